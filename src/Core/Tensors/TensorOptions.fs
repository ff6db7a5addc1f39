namespace MtrlFunctional.Tensors

open MtrlFunctional.Tensors

/// As what and where new tensors are made.
type TensorOptions = {
    /// Float32 for training, Float64 for verification.
    Numeric: Numeric
    Device: TorchSharp.torch.Device
}

module TensorOptions =
    let ofTensor x = { Numeric = Ops.NumericOf x; Device = Ops.DeviceOf x }

    /// The same numbers as and where tensors of a place are; the tensor itself, if it is such a one.
    [<CompiledName("Put")>]
    let put place tensor =
        Ops.To(Ops.ToType(tensor, place.Numeric), place.Device)

    /// Numbers as a tensor of a shape.
    let fromDoubles place (numbers: float[]) (shape: int64[]) =
        put place (Ops.FromDoubles(numbers, shape))

    /// 32 bits in main memory.
    let cpu = { Numeric = Numeric.Float32; Device = Ops.Cpu }
