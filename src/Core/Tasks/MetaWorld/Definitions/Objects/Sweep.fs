/// Sweep: sweep a block off the table. Sweep-into: sweep it into a hole.
module internal MtrlFunctional.Tasks.MetaWorld.Sweep

open MtrlFunctional.Tasks

let private block, shape = Body "obj", Geom "objGeom"

let private place object target random settled = [
    yield! Sawyer.putObject (object random settled)
    PlaceSite("goal", target random)
]

/// `aim`: target position in the reward.
let private reward slack frontReach aim (start: Start) step =
    let block = Obs.object step.Obs
    let aim: Vec3 = aim start block
    let toTarget = Vec3.distance block aim
    let inPlace = toTarget |> Reward.near 0.05 (Vec3.distance start.Object aim)
    let grasp = Gripper.cageSweep 0.02 slack frontReach start block step

    let reward =
        if toTarget < 0.05 then
            10.0
        else
            2.0 * grasp + 6.0 * Reward.both grasp inPlace

    RewardTerms.withOpening
        step
        (Vec3.distance block (StepState.tcp step), toTarget)
        (grasp, inPlace)
        reward

/// Maximum reward for a block that has fallen at the target.
let private rewardV1 rightPlace (start: Start) step =
    let block = Obs.object step.Obs
    let reach = Vec3.distance block (StepState.tcp step)
    let fallen = block.Z < start.Object.Z - 0.05 && rightPlace block
    let toTarget = if fallen then 0.0 else Vec3.distanceXY block start.Target
    let way = Vec3.distanceXY start.Object start.Target
    let swept = if reach < 0.05 then RewardV1.bonus way toTarget else 0.0
    RewardTerms.onlyReward ((if fallen then 0.0 else -reach) + swept) toTarget

let private start object target slack frontReach aim rightPlace random settled _ =
    let start = RewardTerms.start settled (object random settled) (target random)

    RewardTerms.report 0.05 0.03 (fun step found -> step.Scene.Grasped && found.Opening > 0.0)
    |> RewardTerms.episode start (reward slack frontReach aim start) (rewardV1 rightPlace start)

let private onTable random _ = { Sawyer.part 0 random with Z = 0.02 }
let private edge (random: float[]) = Vec3.create 0.5 random[1] 0.01

let private expert obs =
    let hand, observed, goal = Obs.hand obs, Obs.object obs, Obs.goal obs
    let block = observed + Sawyer.up 0.015
    let aside = Vec3.distanceXY hand block > 0.04

    let desired =
        if hand.X < 0.2 && aside then
            block + Sawyer.up 0.3
        elif hand.X < 0.2 && abs (hand.Z - block.Z) > 0.04 then
            block
        else
            goal + Sawyer.up 0.1

    let above = Vec3.distanceXY hand observed > 0.04 || abs (hand.Z - observed.Z) > 0.15
    Sawyer.move 25.0 hand desired (if above || observed.X >= 0.4 then -1.0 else 0.7)

/// Success: the block is within 5 cm of its target beyond the edge.
let sweep = {
    Sawyer.task
        "sweep-v3"
        "sweep"
        (place onTable edge)
        (start onTable edge 0.01 0.005 (fun start _ -> start.Target) (fun _ -> true))
        expert with
        Objective = "Sweep a puck off the table."
        RandomLow = [| -0.1; 0.6; 0.02 |]
        RandomHigh = [| 0.1; 0.7; 0.02 |]
        GoalBounds = Some(Vec3.create 0.49 0.6 0.0, Vec3.create 0.51 0.7 0.02)
        Watch = [ block; shape ]
        Graspable = Some "objGeom"
        Objects = Sawyer.observed block block
}

let private hole = Vec3.create 0.0 0.84 0.02
let private resting random settled = Push.level block 0 random settled

let private expertInto obs =
    let hand, observed = Obs.hand obs, Obs.object obs
    let block = observed + Vec3.create -0.005 0.0 0.01
    let desired = Sawyer.fetch hand block (0.04, 0.3) (0.04, 0.0) (Obs.goal obs)
    Sawyer.move 25.0 hand desired (Sawyer.effort hand observed (0.04, 0.15) (-1.0, 0.7))

/// Success: the block is within 5 cm of the middle of the hole, in the xy plane.
let sweepInto = {
    Sawyer.task
        "sweep-into-v3"
        "hole_table"
        (place resting (fun _ -> hole))
        (start
            resting
            (fun _ -> hole)
            0.005
            0.01
            // The height of the block is ignored.
            (fun start block -> { start.Target with Z = block.Z })
            (fun block -> 0.4 < block.Y && block.Y < 1.0))
        expertInto with
        Objective = "Sweep a puck over the table into a hole."
        RandomLow = [| -0.1; 0.6; 0.02; -0.001; 0.8399; 0.0199 |]
        RandomHigh = [| 0.1; 0.7; 0.02; 0.001; 0.8401; 0.0201 |]
        Accepts = fun random -> not (Vec3.distanceXY (Sawyer.part 0 random) hole < 0.15)
        Watch = [ block; shape ]
        Graspable = Some "objGeom"
        Objects = Sawyer.observed block shape
}
