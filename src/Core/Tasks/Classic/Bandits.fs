/// Bandits: each arm has reward 1 with a probability of the task, else 0. Episodes have no terminal state and
/// one observation, 0.
///
/// Source: MTEnv, its three example bandits.
module internal MtrlFunctional.Tasks.Classic.Bandits

open MtrlFunctional.Randomness
open MtrlFunctional.Tasks

/// A bandit has no state.
[<Struct>]
type State = | Idle

/// 1 where the uniform draw is below the probability of the arm.
let reward (probabilities: float[]) arm uniform =
    if uniform < probabilities[arm] then 1.0 else 0.0

let private rules arms states taskOf observe : Rules<float[], State> = {
    ObsSize = 1
    Actions = arms
    Terminates = false
    SuccessReward = None
    TaskStates = states
    TaskObs = TaskSpace.Box(0.0, 1.0, arms)
    SampleTask = TaskSpace.sample states
    TaskOf = taskOf
    ObserveTask = observe
    Start = fun _ _ -> Idle
    Step =
        StepRule(fun probabilities state arm key -> {
            Next = state
            Reward = reward probabilities arm (Key.uniform key)
            Terminal = false
        })
    Observe = ObserveRule(fun _ _ into -> into[0] <- 0.0)
    NumbersOf = fun _ -> [||]
    StateOf = fun _ -> Idle
}

/// The task state is the vector of probabilities, uniform in [0, 1]ⁿ.
[<CompiledName("Uniform")>]
let uniform arms =
    rules arms (TaskSpace.Box(0.0, 1.0, arms)) id id

/// The task state is a row of a fixed table of probabilities, [tasks; arms].
[<CompiledName("Finite")>]
let finite (table: float[][]) =
    let row (task: float[]) = table[int task[0]]
    rules table[0].Length (TaskSpace.Discrete table.Length) row row

/// The table of `finite` for a number of tasks and arms: part of the family's definition.
[<CompiledName("Table")>]
let table tasks arms : float[][] =
    let key = Key.ofSeed 0L |> Key.forPurpose "bandit/table"
    let box = TaskSpace.Box(0.0, 1.0, arms)
    Array.init tasks (fun i -> TaskSpace.sample box (Key.at (int64 i) key))
