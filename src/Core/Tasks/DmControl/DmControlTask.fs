namespace MtrlFunctional.Tasks.DmControl

open MtrlFunctional.Randomness
open MtrlFunctional.Spaces

/// A joint of a model; all joints of DeepMind Control's domains here are hinges and slides.
[<Struct>]
type Joint = {
    Name: string
    IsHinge: bool
    /// Coordinate at the start configuration of the model.
    Default: float
    /// Lowest and highest coordinate of a limited joint.
    Range: struct (float * float) voption
}

/// What the start of an episode writes into the simulation.
type Start = {
    /// Coordinates in the order of the joints.
    Positions: float[]
    /// Velocities in the order of the joints.
    Velocities: float[]
    /// Values of the task's `Edits`, in their order.
    Edits: float[]
}

/// A robot and its surroundings.
type DmControlDomain = {
    /// "ball_in_cup".
    Name: string
    /// Model file without extension.
    Model: string
    /// Physics steps of a control step.
    Substeps: int
    /// Actuators: numbers of an action.
    Actions: int
}

/// Part of an observation.
[<NoEquality; NoComparison>]
type ObservationPart = {
    /// Its name in DeepMind Control: "position".
    Name: string
    Terms: Term list
}

/// A task of DeepMind Control as a value: 1,000 control steps, no terminal states, rewards in [0, 1].
///
/// Source: Tassa et al. 2018, "DeepMind Control Suite", arXiv:1801.00690.
[<NoEquality; NoComparison>]
type DmControlTask = {
    Domain: DmControlDomain
    /// Within its domain: "catch".
    Name: string
    /// One sentence: what is rewarded.
    Description: string
    Observation: ObservationPart list
    Reward: Formula
    /// Numbers of the model that each episode sets.
    Edits: ModelNumber list
    /// Draws the start of an episode.
    Start: Joint[] -> Key -> Start
    /// Whether a start with contacts is drawn anew.
    AvoidsContacts: bool
    /// Physics steps without control before the first observation.
    Settle: int
}

/// Names of tasks.
module DmControlTask =
    /// Control steps of an episode.
    [<CompiledName("Horizon")>]
    let horizon = 1000

    /// Actions of an episode where each takes `actionRepeat` control steps; the last may take fewer.
    [<CompiledName("Actions")>]
    let internal actions actionRepeat =
        (horizon + actionRepeat - 1) / actionRepeat

    /// Control steps of an episode that ends after `count` actions.
    [<CompiledName("ControlSteps")>]
    let internal controlSteps actionRepeat count =
        if count = actions actionRepeat then
            horizon
        else
            count * actionRepeat

    /// With the domain: "ball_in_cup-catch".
    [<CompiledName("FullName")>]
    let fullName task = $"{task.Domain.Name}-{task.Name}"

    /// Numbers of an observation.
    [<CompiledName("ObservationSize")>]
    let observationSize task =
        task.Observation |> List.sumBy _.Terms.Length

    /// The spec of several tasks: the largest observation and action, no terminal states. `horizon` counts
    /// control steps, of which an action takes `actionRepeat`.
    [<CompiledName("Spec")>]
    let internal spec actionRepeat horizon (tasks: DmControlTask list) : EnvironmentSpec = {
        Observation = tasks |> List.map observationSize |> List.max |> EnvironmentSpec.vector
        Action = ActionSpace.Box(tasks |> List.map _.Domain.Actions |> List.max)
        Horizon = (horizon + actionRepeat - 1) / actionRepeat
        Terminates = false
    }
