namespace MtrlFunctional.Tasks.Classic

open MtrlFunctional.Randomness
open MtrlFunctional.Tasks

/// The result of a step.
[<Struct>]
type Transition<'state> = {
    Next: 'state
    Reward: float
    /// Whether `Next` is terminal.
    Terminal: bool
}

/// Task, state before the step, action (an index) and key of its random draws to the transition.
type StepRule<'task, 'state> = delegate of 'task * 'state * int * Key -> Transition<'state>

/// Writes the observation of a state.
type ObserveRule<'task, 'state> = delegate of 'task * 'state * System.Span<float> -> unit

/// A family of tasks with common rules, as pure functions. A task state is a vector of numbers, the
/// value that is sampled, set and stored; `'task` is what the rules read of it.
[<NoEquality; NoComparison>]
type Rules<'task, 'state> = {
    /// Numbers of an observation, without the task observation.
    ObsSize: int
    /// Actions: 0 to `Actions` − 1.
    Actions: int
    /// Whether episodes end in terminal states.
    Terminates: bool
    /// The reward of a step that succeeds, and of no other; none where the family defines no success.
    SuccessReward: float option
    /// Task states.
    TaskStates: TaskSpace
    /// Task observations.
    TaskObs: TaskSpace
    /// A task state of the task distribution.
    SampleTask: Key -> float[]
    /// The task of a valid task state.
    TaskOf: float[] -> 'task
    /// The task observation of a task state.
    ObserveTask: float[] -> float[]
    /// The state before the first step.
    Start: 'task -> Key -> 'state
    Step: StepRule<'task, 'state>
    /// Writes `ObsSize` numbers.
    Observe: ObserveRule<'task, 'state>
    /// The numbers of a state, from which `StateOf` makes it again.
    NumbersOf: 'state -> float[]
    StateOf: float[] -> 'state
}
