namespace MtrlFunctional.Spaces

/// How a number of an observation is stored.
[<RequireQualifiedAccess>]
type ElementType =
    /// Single precision: joint angles, positions, velocities.
    | Float32
    /// A byte, 0 to 255: a channel of a pixel.
    | UInt8

/// What an environment returns from reset and step.
type ObservationSpace = {
    /// Sizes of its dimensions: [39] for a vector, [9; 84; 84] for three stacked RGB pictures.
    Shape: int list
    Element: ElementType
    /// Frames of consecutive steps along the first dimension; at least 1. Numbers have the newest frame
    /// first, pictures the oldest. Replay stores each frame once.
    Frames: int
    /// Numbers behind the frames that are not stacked, such as a goal.
    Tail: int
}

/// What an environment takes.
[<RequireQualifiedAccess>]
type ActionSpace =
    /// A vector of numbers, each in [−1, 1].
    | Box of Size: int
    /// One of `Count` choices, 0 to Count − 1.
    | Discrete of Count: int

/// Sizes of action spaces.
module ActionSpace =
    /// Numbers of an action as agents and replay have it: the size of a box, or one for each choice.
    [<CompiledName("Size")>]
    let size actions =
        match actions with
        | ActionSpace.Box size -> size
        | ActionSpace.Discrete count -> count

/// The interface between environments and agents, as data: everything that networks, replay,
/// samplers, memory estimates and checks need to know of an environment.
type EnvironmentSpec = {
    Observation: ObservationSpace
    Action: ActionSpace
    /// Steps after which an episode is truncated.
    Horizon: int
    /// Whether an episode can end in a terminal state, after which no reward follows.
    Terminates: bool
}

/// Sizes that follow from a specification.
module EnvironmentSpec =
    /// A vector observation without stacked frames.
    [<CompiledName("Vector")>]
    let vector size : ObservationSpace = {
        Shape = [ size ]
        Element = ElementType.Float32
        Frames = 1
        Tail = 0
    }

    /// Stacked pictures of three colours: channels first, the oldest picture first.
    [<CompiledName("Pictures")>]
    let internal pictures height width stack : ObservationSpace = {
        Shape = [ 3 * stack; height; width ]
        Element = ElementType.UInt8
        Frames = stack
        Tail = 0
    }

    /// Numbers of an observation.
    [<CompiledName("ObservationSize")>]
    let observationSize spec = List.reduce (*) spec.Observation.Shape

    /// Numbers of one frame of a stacked observation, without its tail.
    [<CompiledName("FrameSize")>]
    let frameSize spec =
        (observationSize spec - spec.Observation.Tail) / spec.Observation.Frames

    /// Numbers of an action, as `ActionSpace.size`.
    [<CompiledName("ActionSize")>]
    let actionSize spec = ActionSpace.size spec.Action

    /// Bytes that replay stores for a step: one frame, the tail, the action and the reward, and a byte of
    /// flags.
    [<CompiledName("StoredBytes")>]
    let internal storedBytes spec =
        let number = sizeof<float32>

        let element =
            match spec.Observation.Element with
            | ElementType.Float32 -> number
            | ElementType.UInt8 -> sizeof<byte>

        element * (frameSize spec + spec.Observation.Tail)
        + number * (actionSize spec + 1)
        + sizeof<byte>
