/// New tensors: constant, or random numbers from a key. Random numbers are drawn in main memory, so that
/// they are the same on every device.
module MtrlFunctional.Tensors.Draw

open MtrlFunctional.Randomness

/// Every element `value`.
let constant options (value: float) (shape: int64[]) =
    Ops.Full(shape, value, options.Numeric, options.Device)

/// Independent, mean 0, variance 1.
[<CompiledName("Normal")>]
let normal options key (shape: int64[]) =
    Ops.Normal(Key.bits key, shape, options.Numeric, options.Device)

/// Independent, uniform in [−bound, bound).
let uniform options bound key (shape: int64[]) =
    Ops.Uniform(Key.bits key, -bound, bound, shape, options.Numeric, options.Device)

/// Independent, uniform over the 256 numbers (k + ½) / 256: a byte for each is drawn and copied, and the device makes a number of
/// it. Of 8 million numbers the bytes take 1.5 ms on one core of an AMD EPYC, the numbers of them 5 to 7 ms more there;
/// `uniform` takes 24 ms and copies four times as much.
let uniformBytes options key (shape: int64[]) =
    let bytes = Ops.Empty(shape, Numeric.Byte, Ops.Cpu)
    Key.fill (Ops.Data<byte> bytes) key
    let numbers = Ops.ToType(Ops.To(bytes, options.Device), options.Numeric)
    (1.0 / 256.0) *. (0.5 +. numbers)
