/// Meta-World's wrappers of goals and observations as pure functions. Reward wrappers are in
/// `RewardNormalization`.
module internal MtrlFunctional.Tasks.Wrappers

open MtrlFunctional.Randomness

/// Order of goals under random selection: one draw of the environment's generator per reset.
[<CompiledName("RandomSelection")>]
let randomSelection (seed: uint64) goals =
    let generator = Pcg64 seed
    Seq.initInfinite (fun _ -> generator.Choice(uint32 goals))

/// Order of goals under pseudo-random selection: a permutation of all goals per epoch, each
/// shuffled from the previous one.
[<CompiledName("PseudoRandomSelection")>]
let pseudoRandomSelection (seed: uint64) goals =
    seq {
        let generator = Pcg64 seed
        let order = Array.init goals id

        while true do
            generator.Shuffle order
            yield! Array.copy order
    }

/// Observation for recurrent meta-learning: observation, action, reward / 10 and end-of-episode
/// flag. After a reset the last three are 0.
[<CompiledName("WithHistory")>]
let withHistory (obs: float[]) (action: float[]) reward ended =
    Array.concat [ obs; action; [| reward / 10.0; (if ended then 1.0 else 0.0) |] ]
