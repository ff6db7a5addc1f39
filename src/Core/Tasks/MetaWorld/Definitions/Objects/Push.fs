/// Push: slide a puck over the table to a target.
module internal MtrlFunctional.Tasks.MetaWorld.Push

open MtrlFunctional.Tasks

let private puck, shape = Body "obj", Geom "objGeom"

/// Grip parameters of the puck, also in push-wall.
let grip = {
    ObjectRadius = 0.015
    PadReach = 0.05
    FrontReach = 0.005
    Effort = 1.0
    Density = CageCounts
}

/// Puck and target at the height of a scene element that rests on the table.
let level element part random settled = {
    Sawyer.part part random with
        Z = (Snapshot.at element settled).Z
}

let private place random settled = [
    yield! Sawyer.putObject (level puck 0 random settled)
    PlaceSite("goal", level puck 3 random settled)
]

let private reward (start: Start) step =
    let state = Carrying.state 0.05 start step
    let grasp = Gripper.cage grip start state.Position step

    let reward =
        if state.ToTarget < 0.05 then
            10.0
        elif Carrying.held 0.02 state then
            2.0 * grasp + (1.0 + 2.0 * grasp + 5.0 * state.InPlace)
        else
            2.0 * grasp

    Carrying.measures state grasp reward

/// Version 1 of the pushing tasks.
let rewardV1 (start: Start) =
    RewardV1.bring (Vec3.distanceXY start.Object start.Target) Vec3.distanceXY StepState.tcp start

let private start random settled _ =
    let start =
        RewardTerms.start settled (level puck 0 random settled) (level puck 3 random settled)

    RewardTerms.report 0.05 0.03 (RewardTerms.heldUp 0.02 start)
    |> RewardTerms.episode start (reward start) (rewardV1 start)

let private expert obs =
    let hand, observed = Obs.hand obs, Obs.object obs
    let puck = observed + Vec3.create -0.005 0.0 0.0
    let desired = Sawyer.fetch hand puck (0.02, 0.2) (0.04, 0.03) (Obs.goal obs)
    Sawyer.move 10.0 hand desired (Sawyer.effort hand observed (0.02, 0.1) (0.0, 0.6))

/// Success: the puck is within 5 cm of the target.
let push = {
    Sawyer.task "push-v3" "push" place start expert with
        Objective = "Push a puck over the table to a goal."
        RandomLow = [| -0.1; 0.6; 0.02; -0.1; 0.8; 0.01 |]
        RandomHigh = [| 0.1; 0.7; 0.02; 0.1; 0.9; 0.02 |]
        Accepts = Sawyer.apart 0.15
        Watch = [ puck; shape ]
        Graspable = Some "objGeom"
        Objects = Sawyer.observed puck shape
}
