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
