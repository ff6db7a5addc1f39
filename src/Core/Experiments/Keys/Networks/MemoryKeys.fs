namespace MtrlFunctional.Experiments

open MtrlFunctional.Spaces

/// A memory over trials.
type MemoryKeys = {
    Trial: Trial
    /// Of an evaluation (`EvaluatedTasks.withTrial`): each episode after the exploration ends at its first success and counts by
    /// itself. Else a trial is a success where any of them is.
    CountsEach: bool
    /// Units of the memory.
    Units: int
    /// Longest time constant of a unit before training, in steps.
    TimeConstant: float
    /// Steps through which the policy's gradients go back; none: whole trials.
    ChunkLength: int option
    /// Weight of the squared error by which the memory predicts the hidden goal; none: no privileged goals.
    GoalWeight: float option
}

module internal MemoryKeys =
    open Schema

    /// The path of the keys of an algorithm that always has a memory.
    let ofAlgorithm = "agent.rl2"

    let exploration path = $"{path}.exploration_episodes"
    let episodes path = $"{path}.episodes_per_trial"
    let chunkLength path = $"{path}.chunk_length"
    let goalWeight path = $"{path}.goal_weight"

    let private trial path : Schema<Trial> =
        record [
            key (episodes path) (Codec.int 1 1000) (is 10) _.Episodes
            <| $"episodes of one task over which the agent keeps its memory. Ours, as all keys of {path}"

            key (exploration path) (Codec.int 0 999) (is 2) _.Exploration
            <| "first episodes of a trial in which success does not count; their rewards are learned from as all others"
        ]

    let private steps =
        Codec.finite |> Codec.only "a number from 2" (fun steps -> steps >= 2.0)

    let schema path =
        record [
            part (trial path) _.Trial

            without false _.CountsEach

            key $"{path}.units" Codec.size (is 256) _.Units
            <| "units of the memory of policy and value function (GRU)"

            key $"{path}.time_constant" steps (is 100.0) _.TimeConstant
            <| "longest time constant of the memory before training, in steps; the units' are spread from 2 to it"

            orNull (chunkLength path) Codec.size _.ChunkLength
            <| "steps through which the gradients of the policy go back, and which minibatches keep together: a trial is cut into chunks of so many steps, each from the memory that the policy had before it. null: whole trials"

            orNull (goalWeight path) Codec.notNegative _.GoalWeight
            <| "with a number, the value function observes the hidden goals of Meta-World's tasks and the memory predicts them (auxiliary squared error of this weight; Humplik et al. 2019). null: nothing observes them"
        ]

    /// The keys of a memory below `path`.
    let paths path = (schema path).Keys |> List.map _.Path
