namespace Mtrl.Tasks

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
type Measures = {
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
module Judging =
    /// 1.0 for yes, as the original's info has it.
    let flag condition = if condition then 1.0 else 0.0

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

    /// An episode whose target stands still. `report` words the measures of either version.
    let episode (start: Start) reward rewardV1 (report: Moment -> Measures -> Outcome) : Episode = {
        ObjectInit = start.Object
        TcpInit = start.Tcp
        Target = fun _ -> start.Target
        Judge = fun m -> report m (reward m)
        JudgeV1 = fun m -> report m (rewardV1 m)
    }
