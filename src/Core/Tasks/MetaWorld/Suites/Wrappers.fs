/// What Meta-World's wrappers do to goals and observations, as pure functions. Those of rewards are in
/// `RewardNormalization`.
module MtrlFunctional.Tasks.Wrappers

open MtrlFunctional.Randomness

/// Order of goals under random selection: one draw of the environment's generator each reset.
let randomSelection (seed: uint64) goals =
    let generator = Pcg64 seed
    Seq.initInfinite (fun _ -> generator.Choice(uint32 goals))

/// Order of goals under pseudo-random selection: all goals, then again all, each time shuffled on
/// from the order before.
let pseudoRandomSelection (seed: uint64) goals =
    seq {
        let generator = Pcg64 seed
        let order = Array.init goals id

        while true do
            generator.Shuffle order
            yield! Array.copy order
    }

/// Observation for recurrent meta-learning: what was seen, done, earned (a tenth of the reward), and
/// whether the episode ended. After a reset the last three are zero.
let withHistory (obs: float[]) (action: float[]) reward ended =
    Array.concat [ obs; action; [| reward / 10.0; (if ended then 1.0 else 0.0) |] ]
