namespace MtrlFunctional.Tasks

/// One edit of the world while an episode is prepared. Edits run in order; numbers that the
/// engine derives (world positions of bodies, sites, geoms) follow only at `Forward`.
type Edit =
    /// Moves a body in the model, relative to its parent. Survives until the next such edit.
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
    /// Full forward evaluation without advancing time. Renews the solver's warm start, so it is
    /// part of the numerics: as many and in the same places as in the original.
    | Forward
    /// Physics steps with the control left as it is.
    | Advance of substeps: int

/// The world right after an action, as a reward sees it.
type Moment = {
    /// The clipped observation of this step, 39 numbers.
    Obs: float[]
    /// That of the episode's first step: at the first step the same as `Obs`. (The original of
    /// bin-picking measures from there.)
    FirstObs: float[]
    /// The action as given, 4 numbers, not clipped.
    Action: float[]
    Scene: Snapshot
}

/// Reading what a step was like.
module Moment =
    /// Tool centre point.
    let tcp (m: Moment) = Snapshot.tcp m.Scene

    /// The fourth number of the action: positive closes the gripper.
    let effort (m: Moment) = m.Action[3]

    /// The effort to close the gripper, limited to [0, most].
    let closing most (m: Moment) = min (max 0.0 m.Action[3]) most

/// What a step is worth, with the parts that the original reports in its info.
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

/// A prepared episode: what its reset fixed, and how its steps are judged. It keeps no snapshot,
/// so the facade may reuse the arrays of the snapshots it gave.
type Episode = {
    /// `obj_init_pos`.
    ObjectInit: Vec3
    /// `init_tcp`: the tool centre point when the hand had settled.
    TcpInit: Vec3
    /// `_target_pos`; a function because in some tasks it is a live position of the world.
    Target: Snapshot -> Vec3
    /// Reward of version 2, the default: 0 to 10.
    Judge: Moment -> Outcome
    /// Reward of version 1.
    JudgeV1: Moment -> Outcome
}

/// A manipulation task as a value. Everything that touches the simulator is described
/// (`Watch`, `Place`) and carried out by the facade.
type MetaWorldTask = {
    /// With version suffix: "reach-v3".
    Name: string
    /// What its page says, and what a network that reads sees of it.
    Words: Words
    /// Scene file without extension: "reach".
    Scene: string
    /// Where the hand starts, and the box it may move in.
    HandInit: Vec3
    HandLow: Vec3
    HandHigh: Vec3
    /// Bounds of the randomisation vector: object part, then (length 6) goal part.
    RandomLow: float[]
    RandomHigh: float[]
    /// Bounds to which a visible goal is clipped in observations.
    GoalLow: Vec3
    GoalHigh: Vec3
    /// Elements and joints that this task reads, and the geom whose grasp it tests.
    Watch: Element list
    Joints: string list
    Graspable: string option
    /// False: the randomisation vector is drawn again.
    Accepts: float[] -> bool
    /// The hand settles to the same bits whatever the goal, so it need not settle for each anew. False
    /// where an object that the goal has moved, or its joint, takes part in it.
    SettlesAlike: bool
    /// Position and orientation of each observed object, at most two.
    Objects: Snapshot -> Pose list
    /// The edits after the hand has settled; the snapshot is that of the settled hand.
    Place: float[] -> Snapshot -> Edit list
    /// The episode, from the randomisation vector, the snapshot of the settled hand and the
    /// snapshot after the edits.
    Begin: float[] -> Snapshot -> Snapshot -> Episode
    /// Scripted policy: observation with visible goal (39 numbers) to action (4 numbers, float32
    /// precision, not clipped).
    Expert: float[] -> float32[]
}
