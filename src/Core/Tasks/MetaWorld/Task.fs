namespace MtrlFunctional.Tasks

/// A reward function of Meta-World; part of every result.
type RewardVersion =
    /// The reward of the first publication; unbounded.
    | V1 = 1
    /// The default of Meta-World v2 and v3: 0 to 10.
    | V2 = 2

/// One edit of the simulation state at a reset. Edits run in order; numbers that the
/// engine derives (world positions of bodies, sites, geoms) are updated only by `Forward`.
type Edit =
    internal
    /// Moves a body in the model, relative to its parent. Persists until the next such edit.
    | PlaceBody of body: string * position: Vec3
    /// Moves a site in the model, relative to its body.
    | PlaceSite of site: string * position: Vec3
    /// Writes generalised positions from an index on.
    | SetPositions of start: int * values: float list
    /// Writes generalised velocities from an index on.
    | SetVelocities of start: int * values: float list
    /// Writes the coordinate of a named hinge or slide joint.
    | SetJoint of joint: string * position: float
    /// Writes the velocity of a named hinge or slide joint.
    | SetJointVelocity of joint: string * velocity: float
    /// Full forward evaluation without advancing time. Renews the solver's warm start and
    /// so affects the numerics: same number and same places as in the original.
    | Forward
    /// Physics steps with unchanged control.
    | Advance of substeps: int

/// Inputs of the reward: the state after an action.
type StepState = internal {
    /// The clipped observation of this step, 39 numbers.
    Obs: float[]
    /// Observation of the episode's first step; equals `Obs` at that step. (Used by bin-picking,
    /// as in the original.)
    FirstObs: float[]
    /// The action, 4 numbers, not clipped.
    Action: float[]
    Scene: Snapshot
}

/// Accessors of `StepState`.
module internal StepState =
    /// Tool centre point.
    let tcp (step: StepState) = Snapshot.tcp step.Scene

    /// The fourth number of the action: positive closes the gripper.
    let effort (step: StepState) = step.Action[3]

    /// The effort to close the gripper, limited to [0, most].
    let closing most (step: StepState) = min (max 0.0 step.Action[3]) most

/// Reward and success of a step, with the components in the original's info.
[<Struct>]
type Outcome = {
    Reward: float
    /// At this step; not sticky.
    Success: bool
    NearObject: float
    GraspSuccess: float
    GraspReward: float
    InPlaceReward: float
    ObjectToTarget: float
}

/// State fixed by a reset, and the reward functions of the episode. Holds no snapshot, so the
/// facade may reuse the arrays of its snapshots.
type Episode = internal {
    /// `obj_init_pos`.
    ObjectInit: Vec3
    /// `init_tcp`: the tool centre point after the hand has settled.
    TcpInit: Vec3
    /// `_target_pos`; a function because in some tasks it is a live position of the world.
    Target: Snapshot -> Vec3
    /// Reward of version 2, the default: 0 to 10.
    Evaluate: StepState -> Outcome
    /// Reward of version 1.
    EvaluateV1: StepState -> Outcome
}

/// The usual bounds of hand and goal.
module internal Workspace =
    let bounds = Vec3.create -0.5 0.4 0.05, Vec3.create 0.5 1.0 0.5

/// A manipulation task as a value. Simulator access is described as data (`Watch`, `Place`) and
/// executed by the facade.
type MetaWorldTask = {
    /// With version suffix: "reach-v3".
    Name: string
    /// One sentence. Input of CARE's task encoder; its words also select experts.
    Objective: string
    /// Scene file without extension: "reach".
    Scene: string
    /// Initial position of the hand, and its bounds.
    HandInit: Vec3
    HandLow: Vec3
    HandHigh: Vec3
    /// Bounds of the randomisation vector: object part, then (length 6) goal part.
    RandomLow: float[]
    RandomHigh: float[]
    /// Bounds to which a visible goal is clipped in observations; none: the goal part of the randomisation vector, or without
    /// one the whole workspace.
    GoalBounds: (Vec3 * Vec3) option
    /// Elements and joints read by this task, and the geom tested for a grasp.
    Watch: Element list
    Joints: string list
    Graspable: string option
    /// False: the randomisation vector is redrawn.
    Accepts: float[] -> bool
    /// The settled state is bit-identical for all goals and can be cached. False where an object
    /// moved by the goal, or its joint, affects settling.
    SettledStateIsShared: bool
    /// Position and orientation of each observed object, at most two.
    Objects: Snapshot -> Pose list
    /// The edits after the hand has settled, from the randomisation vector and the snapshot of the settled hand.
    Place: float[] -> Snapshot -> Edit list
    /// The episode, from the randomisation vector, the snapshot of the settled hand and the
    /// snapshot after the edits.
    Begin: float[] -> Snapshot -> Snapshot -> Episode
    /// Scripted policy: observation with visible goal (39 numbers) to action (4 numbers, float32
    /// precision, not clipped).
    Expert: float[] -> float32[]
} with

    member private task.Goal(bound: Vec3 * Vec3 -> Vec3, random: float[]) =
        match task.GoalBounds with
        | Some bounds -> bound bounds
        | None when random.Length = 6 -> Vec3.create random[3] random[4] random[5]
        | None -> bound Workspace.bounds

    /// Bounds to which a visible goal is clipped in observations.
    member task.GoalLow = task.Goal(fst, task.RandomLow)
    member task.GoalHigh = task.Goal(snd, task.RandomHigh)
