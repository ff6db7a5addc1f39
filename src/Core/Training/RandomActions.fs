/// Exploration without a policy.
module MtrlFunctional.Training.RandomActions

open System
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces

let private uniform i key = Key.uniform (Key.at (int64 i) key)

let private fillBox key (actions: Span<float32>) =
    for i in 0 .. actions.Length - 1 do
        actions[i] <- float32 (2.0 * uniform i key - 1.0)

let private fillChoices count key (actions: Span<float32>) =
    actions.Clear()

    for i in 0 .. actions.Length / count - 1 do
        let choice = min (count - 1) (int (float count * uniform i key))
        actions[i * count + choice] <- 1f

/// Fills actions with independent uniform numbers in [−1, 1), or with one-hot choices of equal probability:
/// number or choice i is drawn from branch i of the key.
///
/// `actions`: the actions of all tasks, one after the other.
[<CompiledName("Fill")>]
let fill space key (actions: Span<float32>) =
    match space with
    | ActionSpace.Box _ -> fillBox key actions
    | ActionSpace.Discrete count -> fillChoices count key actions
