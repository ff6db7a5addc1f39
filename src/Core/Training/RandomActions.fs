/// Exploration without a policy.
module MtrlFunctional.Training.RandomActions

open System
open MtrlFunctional.Randomness

/// Fills actions with independent uniform numbers in [−1, 1): number i is drawn from twig i of the key.
///
/// `actions`: the actions of all tasks, one after the other.
[<CompiledName("Fill")>]
let fill key (actions: Span<float32>) =
    for i in 0 .. actions.Length - 1 do
        actions[i] <- float32 (2.0 * Key.uniform (Key.at (int64 i) key) - 1.0)
