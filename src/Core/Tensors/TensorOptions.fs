namespace MtrlFunctional.Tensors

/// Element type and device of new tensors.
type TensorOptions = {
    /// Float32 for training, Float64 for verification.
    ScalarType: ScalarType
    Device: TorchSharp.torch.Device
}

module TensorOptions =
    [<CompiledName("OfTensor")>]
    let ofTensor x = { ScalarType = Tensor.scalarType x; Device = Tensor.device x }

    /// A tensor converted to the element type and device of `options`; the same object if it has both.
    [<CompiledName("Put")>]
    let internal put options tensor =
        Tensor.toDevice options.Device (Tensor.toType options.ScalarType tensor)

    /// As `put`; pixels, which are bytes, and indices, which are whole numbers, keep their element type.
    [<CompiledName("Place")>]
    let internal place options tensor =
        match Tensor.scalarType tensor with
        | ScalarType.Byte
        | ScalarType.Int64 -> Tensor.toDevice options.Device tensor
        | _ -> put options tensor

    /// Numbers in row-major order as a tensor of a shape.
    let fromDoubles options (numbers: float[]) (shape: int64[]) =
        put options (Tensor.ofDoubles shape numbers)

    /// Float32 in main memory.
    [<CompiledName("Cpu")>]
    let cpu = { ScalarType = ScalarType.Float32; Device = Libtorch.Cpu }
