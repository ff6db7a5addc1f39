namespace MtrlFunctional.Tensors

/// Element type and device of new tensors.
type TensorOptions = {
    /// Float32 for training, Float64 for verification.
    Numeric: Numeric
    Device: TorchSharp.torch.Device
}

module TensorOptions =
    let ofTensor x = { Numeric = Ops.NumericOf x; Device = Ops.DeviceOf x }

    /// A tensor converted to the element type and device of `options`; the same object if it has both.
    [<CompiledName("Put")>]
    let put options tensor =
        Ops.To(Ops.ToType(tensor, options.Numeric), options.Device)

    /// As `put`; bytes, such as pixels, keep their element type.
    [<CompiledName("Place")>]
    let place options tensor =
        match Ops.NumericOf tensor with
        | Numeric.Byte -> Ops.To(tensor, options.Device)
        | _ -> put options tensor

    /// Numbers in row-major order as a tensor of a shape.
    let fromDoubles options (numbers: float[]) (shape: int64[]) =
        put options (Ops.FromDoubles(numbers, shape))

    /// Float32 in main memory.
    let cpu = { Numeric = Numeric.Float32; Device = Ops.Cpu }
