/// Markov decision processes whose rewards and transitions are tables of the task.
///
/// Source: MTEnv, UniformTMDP. Tables are flat, row by row: R [states; actions], P [states; actions; states].
module internal MtrlFunctional.Tasks.Classic.TabularMdp

open MtrlFunctional.Randomness
open MtrlFunctional.Tasks

/// The tables of a task.
type Tables = {
    States: int
    Actions: int
    /// Probability of reward 1.
    Rewards: float[]
    /// Probabilities of the next state.
    Transitions: float[]
}

/// The current state, and the reward of the last step.
[<Struct>]
type State = { Current: int; LastReward: float }

/// 1 where the uniform draw is below the table's probability.
let reward (t: Tables) state action uniform =
    if uniform < t.Rewards[state * t.Actions + action] then
        1.0
    else
        0.0

/// The next state of a uniform draw: the first whose cumulative probability exceeds it; else the last.
let next (t: Tables) state action uniform =
    let row = (state * t.Actions + action) * t.States

    let rec find i cumulative =
        if i = t.States - 1 then
            i
        else
            let cumulative = cumulative + t.Transitions[row + i]
            if uniform < cumulative then i else find (i + 1) cumulative

    find 0 0.0

/// The tables of a task state: R, then P.
let private tables states actions (task: float[]) : Tables = {
    States = states
    Actions = actions
    Rewards = task[.. states * actions - 1]
    Transitions = task[states * actions ..]
}

/// R uniform in [0, 1); each row of P is the softmax of standard normal numbers.
let private sample states actions key =
    let rewards, normals =
        Key.forPurpose "rewards" key, Key.forPurpose "transitions" key

    let row i =
        let weights =
            Array.init states (fun j ->
                normals |> Key.at (int64 (i * states + j)) |> Key.normal |> exp)

        let total = Array.sum weights
        weights |> Array.map (fun w -> w / total)

    Array.append
        (Array.init (states * actions) (fun i -> Key.uniform (Key.at (int64 i) rewards)))
        (Array.init (states * actions) row |> Array.concat)

/// The observation: one-hot state, then the last reward.
let private observe (t: Tables) (s: State) (into: System.Span<float>) =
    into.Clear()
    into[s.Current] <- 1.0
    into[t.States] <- s.LastReward

/// The family of a number of states and actions; task state and task observation are the tables.
[<CompiledName("Rules")>]
let rules states actions : Rules<Tables, State> =
    let box = TaskSpace.Box(0.0, 1.0, states * actions * (1 + states))

    {
        ObsSize = states + 1
        Actions = actions
        Terminates = false
        SuccessReward = None
        TaskStates = box
        TaskObs = box
        SampleTask = sample states actions
        TaskOf = tables states actions
        ObserveTask = id
        Start = fun _ key -> { Current = Key.below states key; LastReward = 0.0 }
        Step =
            StepRule(fun tables s action key ->
                let reward = reward tables s.Current action (Key.uniform (Key.at 0L key))
                let next = next tables s.Current action (Key.uniform (Key.at 1L key))

                {
                    Next = { Current = next; LastReward = reward }
                    Reward = reward
                    Terminal = false
                })
        Observe = ObserveRule(fun tables s into -> observe tables s into)
        NumbersOf = fun s -> [| float s.Current; s.LastReward |]
        StateOf = fun numbers -> { Current = int numbers[0]; LastReward = numbers[1] }
    }
