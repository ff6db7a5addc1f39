/// Conditions between values, as a list of what is wrong.
module MtrlFunctional.Experiments.Requirement

/// What a key must be, and is not.
let internal wrong key allowed = [ { Key = key; Shown = None; Allowed = allowed; Advice = "" } ]

/// Where a condition does not hold: what a key must be.
let orElse key allowed holds = if holds then [] else wrong key allowed

/// The same with advice, a whole sentence.
let because advice conflicts = [
    for conflict in conflicts -> { conflict with Conflict.Advice = advice }
]

/// The same, shown with a value in the place of the key's.
let internal showing value conflicts = [
    for conflict in conflicts -> { conflict with Shown = Some value }
]
