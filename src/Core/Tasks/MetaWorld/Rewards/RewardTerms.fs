namespace MtrlFunctional.Tasks

/// What rewards compare with: the world as the episode began.
[<Struct>]
type Start = {
    /// `obj_init_pos`
    Object: Vec3
    /// `init_tcp`
    Tcp: Vec3
    /// `_target_pos`
    Target: Vec3
}

/// What a reward function found, before a task words it as `Outcome`.
[<Struct>]
type RewardTerms = {
    Reward: float
    /// Distance from tool centre point to object; some tasks put another nearness here.
    ToObject: float
    /// Opening of the gripper, 0 closed to 1 open.
    Opening: float
    /// Distance from object to target, as the task counts it.
    ToTarget: float
    Grasp: float
    InPlace: float
}

/// Putting judgements together.
module RewardTerms =
    /// What an episode starts from: the settled hand, the object and the target.
    let start settled object target = {
        Object = object
        Tcp = Snapshot.tcp settled
        Target = target
    }

    /// 1.0 for yes, as the original's info has it.
    let flag condition = if condition then 1.0 else 0.0

    /// What most tasks of carrying pay: 10 where the object is placed; else what grasp and place
    /// are worth together, and up to 6 more while the object is held.
    let carried placed held both inPlace =
        if placed then 10.0
        elif held then both + (1.0 + 5.0 * inPlace)
        else both

    /// Version 1 measures nothing but the reward and the way to the target; the original fills the
    /// other places with zeros, and its info is formed from these zeros.
    let onlyReward reward toTarget = {
        Reward = reward
        ToObject = 0.0
        Opening = 0.0
        ToTarget = toTarget
        Grasp = 0.0
        InPlace = 0.0
    }

    /// For `report`: the task knows no failed grip.
    let always (_: Moment) (_: RewardTerms) = true

    /// For `report`: the gripper is open at all (the original tests no more in many tasks).
    let opened (_: Moment) found = found.Opening > 0.0

    /// For `report`: open, and the object is this much higher than at the start.
    let lifted by (start: Start) (m: Moment) found =
        found.Opening > 0.0 && (Obs.object m.Obs).Z - by > start.Object.Z

    /// For `report`: as `lifted`, with both pads pressing on the object.
    let heldUp by (start: Start) (m: Moment) found =
        m.Scene.Grasped && lifted by start m found

    /// The usual report: success and nearness where the distances to target and object are small
    /// enough.
    let report success near gripped (m: Moment) found = {
        Reward = found.Reward
        Success = found.ToTarget <= success
        NearObject = flag (found.ToObject <= near)
        GraspSuccess = flag (gripped m found)
        GraspReward = found.Grasp
        InPlaceReward = found.InPlace
        ObjectToTarget = found.ToTarget
    }

    /// How upright an object is, 1 to 0: its quaternion against a wanted one, at most `spread` off.
    let upright (wanted: Quaternion) spread (q: Quaternion) =
        let a, b, c, d = q.A - wanted.A, q.B - wanted.B, q.C - wanted.C, q.D - wanted.D
        max (1.0 - sqrt (a * a + b * b + c * c + d * d) / spread) 0.0

    /// An episode whose target stands still. `report` words the measures of either version.
    let episode
        (start: Start)
        reward
        rewardV1
        (report: Moment -> RewardTerms -> Outcome)
        : Episode = {
        ObjectInit = start.Object
        TcpInit = start.Tcp
        Target = fun _ -> start.Target
        Judge = fun m -> report m (reward m)
        JudgeV1 = fun m -> report m (rewardV1 m)
    }
