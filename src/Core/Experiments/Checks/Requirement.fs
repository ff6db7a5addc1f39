/// Conditions between values, as a list of what is wrong.
module internal MtrlFunctional.Experiments.Requirement

/// Where `holds` is false: key, value, what it must be, and advice.
let unless holds key value allowed advice =
    if holds then
        []
    else
        [ ConfigError.BadValue(key, value, allowed, advice) ]

let whole (n: int) = Value.Int(int64 n)
