/// Conditions between values, as a list of what is wrong.
module MtrlFunctional.Experiments.Requirement

/// Where `holds` is false: key, value, what it must be, and advice.
let unless holds key value allowed advice =
    if holds then
        []
    else
        [ ConfigError.BadValue(key, value, allowed, advice) ]

/// An agent of our own, which no fidelity to an original program is defined for.
let corrected (e: Experiment) =
    unless
        (e.Choices.Fidelity = Fidelity.Corrected)
        "fidelity"
        (Value.Text "original")
        $"corrected with agent={e.Choices.Agent.Name}"
        "No original program of this agent is reproduced."

/// A whole number as a value.
let whole (n: int) = Value.Int(int64 n)
