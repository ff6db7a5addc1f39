namespace MtrlFunctional.Tasks

/// Initial positions of an episode.
[<Struct>]
type internal Start = {
    /// `obj_init_pos`
    Object: Vec3
    /// `init_tcp`
    Tcp: Vec3
    /// `_target_pos`
    Target: Vec3
}

/// Reward and its components, from which a task's `report` forms the `Outcome`.
[<Struct>]
type internal RewardTerms = {
    Reward: float
    /// Distance from tool centre point to object; some tasks use another distance.
    ToObject: float
    /// Opening of the gripper, 0 closed to 1 open.
    Opening: float
    /// Distance from object to target, in the task's metric.
    ToTarget: float
    Grasp: float
    InPlace: float
}

/// Construction of `Start`, `Outcome` and `Episode`.
module internal RewardTerms =
    /// The initial positions, from the settled snapshot, the object and the target.
    let start settled object target = {
        Object = object
        Tcp = Snapshot.tcp settled
        Target = target
    }

    /// 1.0 for true, 0.0 for false, as in the original's info.
    let flag condition = if condition then 1.0 else 0.0

    /// Reward of most carrying tasks: 10 where the object is placed; else `both`, plus up to 6
    /// while the object is held.
    let carried placed held both inPlace =
        if placed then 10.0
        elif held then both + (1.0 + 5.0 * inPlace)
        else both

    /// A reward with the distances from tool to object and from object to target, and how good grasp and place are. The
    /// gripper counts as closed.
    let create (toObject, toTarget) (grasp, inPlace) reward = {
        Reward = reward
        ToObject = toObject
        Opening = 0.0
        ToTarget = toTarget
        Grasp = grasp
        InPlace = inPlace
    }

    /// The same with the observed opening of the gripper.
    let withOpening (step: StepState) (toObject, toTarget) (grasp, inPlace) reward = {
        create (toObject, toTarget) (grasp, inPlace) reward with
            Opening = Obs.opening step.Obs
    }

    /// Terms of version 1: reward and distance to the target; all others are 0, as in the
    /// original's info.
    let onlyReward reward toTarget =
        create (0.0, toTarget) (0.0, 0.0) reward

    /// For `report`: the grasp always counts as successful.
    let always (_: StepState) (_: RewardTerms) = true

    /// For `report`: the opening of the gripper is positive, as in many of the original's tasks.
    let opened (_: StepState) found = found.Opening > 0.0

    /// For `report`: open, and the object is this much higher than at the start.
    let lifted by (start: Start) (step: StepState) found =
        found.Opening > 0.0 && (Obs.object step.Obs).Z - by > start.Object.Z

    /// For `report`: as `lifted`, with both pads pressing on the object.
    let heldUp by (start: Start) (step: StepState) found =
        step.Scene.Grasped && lifted by start step found

    /// The common report: success and near-object are thresholds of the distances to target and
    /// object.
    let report success near gripped (step: StepState) found = {
        Reward = found.Reward
        Success = found.ToTarget <= success
        NearObject = flag (found.ToObject <= near)
        GraspSuccess = flag (gripped step found)
        GraspReward = found.Grasp
        InPlaceReward = found.InPlace
        ObjectToTarget = found.ToTarget
    }

    /// 1 at the target quaternion, falling linearly to 0 at distance `tolerance`.
    let upright (wanted: Quaternion) tolerance (q: Quaternion) =
        let a, b, c, d = q.A - wanted.A, q.B - wanted.B, q.C - wanted.C, q.D - wanted.D
        max (1.0 - sqrt (a * a + b * b + c * c + d * d) / tolerance) 0.0

    /// An episode with a fixed target. `report` forms the outcome of either version.
    let episode
        (start: Start)
        reward
        rewardV1
        (report: StepState -> RewardTerms -> Outcome)
        : Episode = {
        ObjectInit = start.Object
        TcpInit = start.Tcp
        Target = fun _ -> start.Target
        Evaluate = fun step -> report step (reward step)
        EvaluateV1 = fun step -> report step (rewardV1 step)
    }

    /// The episode of bringing a held object within 7 cm of its target.
    let placing (start: Start) reward rewardV1 =
        report 0.07 0.03 (heldUp 0.02 start) |> episode start reward rewardV1
