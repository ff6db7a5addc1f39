namespace Mtrl.Tensors

open MtrlFunctional.Tensors

/// As what and where new tensors are made.
type Place = {
    /// Float32 for training, Float64 for verification.
    Numeric: Numeric
    Device: TorchSharp.torch.Device
}

module Place =
    let ofTensor x = { Numeric = Ops.NumericOf x; Device = Ops.DeviceOf x }

    /// 32 bits in main memory.
    let cpu = { Numeric = Numeric.Float32; Device = Ops.Cpu }
