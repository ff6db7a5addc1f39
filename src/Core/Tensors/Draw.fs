/// New tensors: constant, or random numbers from a key. Random numbers are drawn in main memory, so that
/// they are the same on every device.
module MtrlFunctional.Tensors.Draw

open MtrlFunctional.Randomness

/// Every element `value`.
let constant options (value: float) (shape: int64[]) =
    Tensor.full options.ScalarType options.Device value shape

let private draw options key (sample: TorchSharp.torch.Generator -> Tensor) =
    use generator = new TorchSharp.torch.Generator(Key.bits key, Libtorch.Cpu)
    let drawn = sample generator

    if Libtorch.IsCpu options.Device then
        drawn
    else
        use drawn = drawn
        Tensor.toDevice options.Device drawn

/// Independent, mean 0, variance 1.
[<CompiledName("Normal")>]
let normal options key (shape: int64[]) =
    draw options key (fun generator ->
        TorchSharp.torch.randn (shape, options.ScalarType, Libtorch.Cpu, generator = generator))

/// Independent, uniform in [−bound, bound).
let internal uniform options bound key (shape: int64[]) =
    draw options key (fun generator ->
        use unit =
            TorchSharp.torch.rand (shape, options.ScalarType, Libtorch.Cpu, generator = generator)

        use scaled = 2.0 * bound *. unit
        -bound +. scaled)

/// Independent, uniform over the 256 numbers (k + ½) / 256: a byte for each is drawn and copied, and the device makes a number of
/// it. Of 8 million numbers the bytes take 1.5 ms on one core of an AMD EPYC, the numbers of them 5 to 7 ms more there;
/// `uniform` takes 24 ms and copies four times as much.
let internal uniformBytes options key (shape: int64[]) =
    let bytes = Tensor.empty ScalarType.Byte Libtorch.Cpu shape
    Key.fill (TensorMemory.Span<byte> bytes) key

    let numbers =
        Tensor.toType options.ScalarType (Tensor.toDevice options.Device bytes)

    (1.0 / 256.0) *. (0.5 +. numbers)
