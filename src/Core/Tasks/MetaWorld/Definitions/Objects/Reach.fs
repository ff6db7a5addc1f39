/// Reach: bring the tool centre to a point in the air. The puck on the table is ignored.
/// Reach-wall: the same, with a wall in the way.
module internal MtrlFunctional.Tasks.MetaWorld.Reach

open MtrlFunctional.Tasks

let private puck, shape = Body "obj", Geom "objGeom"
let private handInit = Vec3.create 0.0 0.6 0.2

let private reward (start: Start) step =
    let toTarget = Vec3.distance (StepState.tcp step) start.Target
    let inPlace = toTarget |> Reward.near 0.05 (Vec3.distance handInit start.Target)

    RewardTerms.create (toTarget, toTarget) (toTarget, inPlace) (10.0 * inPlace)

let private rewardV1 (start: Start) step =
    let toTarget = Vec3.distance (StepState.tcp step) start.Target
    let reward = RewardV1.bonus (Vec3.distance start.Tcp start.Target) toTarget

    {
        RewardTerms.onlyReward reward toTarget with
            ToObject = toTarget
            Grasp = toTarget
    }

// The original reports the distance to the goal as near_object and grasp_reward, and always a
// grasp; with a wall it reports neither.
let private report wall step found = {
    RewardTerms.report 0.05 0.0 (fun _ _ -> not wall) step found with
        NearObject = if wall then 0.0 else found.ToObject
        GraspReward = if wall then 0.0 else found.Grasp
}

let private start wall random settled _ =
    let start = RewardTerms.start settled (Sawyer.part 0 random) (Sawyer.part 3 random)
    RewardTerms.episode start (reward start) (rewardV1 start) (report wall)

let private expert obs =
    Sawyer.move 5.0 (Obs.hand obs) (Obs.goal obs) 0.0

let private expertAtWall obs =
    let hand, goal = Obs.hand obs, Obs.goal obs

    let atWall =
        -0.1 <= hand.X
        && hand.X <= 0.3
        && 0.6 <= hand.Y
        && hand.Y <= 0.8
        && hand.Z < 0.25

    Sawyer.move 5.0 hand (if atWall then goal + Sawyer.up 1.0 else goal) 0.0

let private task name scene wall expert = {
    Sawyer.task name scene Sawyer.putObjectAndGoal (start wall) expert with
        Accepts = Sawyer.apart 0.15
        Watch = [ puck; shape ]
        Objects = Sawyer.observed puck shape
}

/// Success: the tool centre is within 5 cm of the target.
let reach = {
    task "reach-v3" "reach" false expert with
        Objective = "Reach a goal in the air with the gripper."
        RandomLow = [| -0.1; 0.6; 0.02; -0.1; 0.8; 0.05 |]
        RandomHigh = [| 0.1; 0.7; 0.02; 0.1; 0.9; 0.3 |]
}

/// Success: the tool centre is within 5 cm of the target.
let reachWall = {
    task "reach-wall-v3" "reach_wall" true expertAtWall with
        Objective = "Reach a goal behind a wall with the gripper."
        RandomLow = [| -0.05; 0.6; 0.015; -0.05; 0.85; 0.05 |]
        RandomHigh = [| 0.05; 0.65; 0.015; 0.05; 0.9; 0.3 |]
}
