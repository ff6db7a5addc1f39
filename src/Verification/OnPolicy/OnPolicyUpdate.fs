/// One recorded update and ours, with the comparison of their quantities.
///
/// Tolerances are those of tests/golden/garage/README.md.
module internal MtrlFunctional.Verification.OnPolicyUpdate

open MtrlFunctional.Algorithms
open MtrlFunctional.Storage

/// Tolerance of advantages, returns, gradients, losses and products.
let near = 1e-10

/// Tolerance of parameters after Adam epochs.
let far = 1e-9

/// One update of a recording.
type Replayed = {
    File: SafetensorsFile
    Agent: OnPolicyAgent
    /// "iter0/".
    Prefix: string
    Prepared: Preparation.Prepared
    Before: OnPolicyState
    After: OnPolicyState
    Readings: Reading[]
}

/// One check for each given quantity in the file.
let compare (check: string -> float[] -> float[] -> Check) replayed quantities = [
    for name, computed in quantities do
        let name = replayed.Prefix + name

        if replayed.File.Contains name then
            check name (replayed.File.ReadDoubles name) (computed ())
]

let absolute tolerance replayed =
    compare (Check.absolute replayed.File.Path tolerance) replayed

let relative tolerance replayed =
    compare (Check.relative replayed.File.Path tolerance) replayed
