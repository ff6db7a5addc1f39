/// Reach: bring the tool centre to a point in the air. The puck on the table plays no part.
module Mtrl.Tasks.MetaWorld.Reach

open Mtrl.Tasks

let private puck, shape = Body "obj", Geom "objGeom"
let private handInit = Vec3.create 0.0 0.6 0.2

let private place (random: float[]) _ = [
    yield! Sawyer.putObject (Sawyer.part 0 random)
    PlaceSite("goal", Sawyer.part 3 random)
]

let private reward (start: Start) m =
    let toTarget = Vec3.distance (Moment.tcp m) start.Target
    let inPlace = toTarget |> Reward.near 0.05 (Vec3.distance handInit start.Target)

    {
        Reward = 10.0 * inPlace
        ToObject = toTarget
        Opening = 0.0
        ToTarget = toTarget
        Grasp = toTarget
        InPlace = inPlace
    }

let private rewardV1 (start: Start) m =
    let toTarget = Vec3.distance (Moment.tcp m) start.Target
    let reward = RewardV1.bonus (Vec3.distance start.Tcp start.Target) toTarget

    {
        Judging.onlyReward reward toTarget with
            ToObject = toTarget
            Grasp = toTarget
    }

// The original puts the distance to the goal in the places of near_object and grasp_reward.
let private report _ found = {
    Reward = found.Reward
    Success = found.ToTarget <= 0.05
    NearObject = found.ToObject
    GraspSuccess = 1.0
    GraspReward = found.Grasp
    InPlaceReward = found.InPlace
    ObjectToTarget = found.ToTarget
}

let private start random settled _ =
    let start = {
        Object = Sawyer.part 0 random
        Tcp = Snapshot.tcp settled
        Target = Sawyer.part 3 random
    }

    Judging.episode start (reward start) (rewardV1 start) report

let private expert obs =
    Sawyer.move 5.0 (Obs.hand obs) (Obs.goal obs) 0.0

let reach = {
    Sawyer.task "reach-v3" "reach" place start expert with
        RandomLow = [| -0.1; 0.6; 0.02; -0.1; 0.8; 0.05 |]
        RandomHigh = [| 0.1; 0.7; 0.02; 0.1; 0.9; 0.3 |]
        GoalLow = Vec3.create -0.1 0.8 0.05
        GoalHigh = Vec3.create 0.1 0.9 0.3
        Accepts = Sawyer.apart 0.15
        Watch = [ puck; shape ]
        Objects = Sawyer.seen puck shape
}
