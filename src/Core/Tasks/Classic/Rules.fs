namespace MtrlFunctional.Tasks.Classic

open MtrlFunctional.Randomness
open MtrlFunctional.Spaces

/// Values that a task state or a task observation can have.
[<RequireQualifiedAccess>]
type TaskSpace =
    /// `size` numbers, each in [low, high].
    | Box of low: float * high: float * size: int
    /// One of `count` integers, 0 to count − 1.
    | Discrete of count: int

/// What a step results in.
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
    /// Numbers of an observation, without those of the task.
    ObsSize: int
    /// Actions: 0 to `Actions` − 1.
    Actions: int
    /// Whether episodes end in terminal states.
    Terminates: bool
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

module TaskSpace =
    /// Numbers of a value: those of a box, or one integer.
    [<CompiledName("Size")>]
    let size space =
        match space with
        | TaskSpace.Box(_, _, size) -> size
        | TaskSpace.Discrete _ -> 1

    /// A uniform value.
    [<CompiledName("Sample")>]
    let sample space key =
        match space with
        | TaskSpace.Box(low, high, size) ->
            Array.init size (fun i -> low + (high - low) * Key.uniform (Key.at (int64 i) key))
        | TaskSpace.Discrete count -> [| float (Key.below count key) |]

    /// Why a vector is no value of a space; none where it is one.
    [<CompiledName("Fault")>]
    let fault space (values: float[]) =
        let size = size space

        let isAllowed x =
            match space with
            | TaskSpace.Box(low, high, _) -> low <= x && x <= high
            | TaskSpace.Discrete count -> x = floor x && 0.0 <= x && x < float count

        let allowed =
            match space with
            | TaskSpace.Box(low, high, _) -> $"in [{low}, {high}]"
            | TaskSpace.Discrete count -> $"an integer from 0 to {count - 1}"

        if values.Length <> size then
            Some $"has {values.Length} numbers, must have {size}"
        else
            values
            |> Array.tryFindIndex (isAllowed >> not)
            |> Option.map (fun i -> $"has {values[i]} at index {i}, must be {allowed}")
