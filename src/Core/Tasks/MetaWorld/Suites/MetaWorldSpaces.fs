/// Observation and action space of all Meta-World tasks.
module MtrlFunctional.Tasks.MetaWorld.MetaWorldSpaces

open MtrlFunctional.Spaces

/// Two frames of 18 numbers (the newest first), and the goal. Source: Yu et al. (2020),
/// arXiv:1910.10897; Meta-World, `SawyerXYZEnv`.
let internal observation: ObservationSpace = {
    Shape = [ 39 ]
    Element = ElementType.Float32
    Frames = 2
    Tail = 3
}

/// The first number of the goal, the tail of an observation: zeros where it is hidden.
let internal goalFirst = List.sum observation.Shape - observation.Tail

/// Displacement of the hand (3), effort of the gripper (1).
let internal action = ActionSpace.Box 4

/// Steps after which Meta-World truncates an episode.
[<CompiledName("Horizon")>]
let horizon = 500

/// Meta-World has no terminal states.
[<CompiledName("Spec")>]
let spec horizon : EnvironmentSpec = {
    Observation = observation
    Action = action
    Horizon = horizon
    Terminates = false
}
