/// New tensors: one value everywhere, or random numbers from a key. Random numbers are drawn in
/// main memory, so that they are the same on every device.
module MtrlFunctional.Tensors.Draw

open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// Every element `value`.
let constant place (value: float) (shape: int64[]) =
    Ops.Full(shape, value, place.Numeric, place.Device)

/// Independent, mean 0, variance 1.
let normal place key (shape: int64[]) =
    Ops.Normal(Key.bits key, shape, place.Numeric, place.Device)

/// Independent, uniform in [−bound, bound).
let uniform place bound key (shape: int64[]) =
    Ops.Uniform(Key.bits key, -bound, bound, shape, place.Numeric, place.Device)
