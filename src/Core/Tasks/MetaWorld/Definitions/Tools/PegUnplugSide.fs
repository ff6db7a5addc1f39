/// Peg-unplug-side: pull a plug sideways out of its box.
module internal MtrlFunctional.Tasks.MetaWorld.PegUnplugSide

open MtrlFunctional.Tasks

let private tip, plug = Site "pegEnd", Body "plug1"

let private plugged random =
    Sawyer.part 0 random + Vec3.create 0.044 0.0 0.131

let private target random =
    plugged random + Vec3.create 0.15 0.0 0.0

let private place random _ = [
    let p = plugged random
    PlaceBody("box", Sawyer.part 0 random)
    SetPositions(9, [ p.X; p.Y; p.Z; 1.0; 0.0; 0.0; 0.0 ])
    SetVelocities(9, [ 0.0; 0.0; 0.0 ])
    Forward
    PlaceSite("goal", target random)
]

let private grip = {
    ObjectRadius = 0.025
    PadReach = 0.05
    FrontReach = 0.005
    Effort = 0.8
    Density = CageCounts
}

let private pulled (start: Start) step found =
    found.Opening > 0.5 && (Obs.object step.Obs).X - start.Object.X > 0.015

let private reward (start: Start) step =
    let tip, opening = Obs.object step.Obs, Obs.opening step.Obs
    let toObject = Vec3.distance tip (StepState.tcp step)
    let toTarget = Vec3.distance tip start.Target
    let grasp = Gripper.cage grip start tip step
    let inPlace = toTarget |> Reward.near 0.05 (Vec3.distance start.Object start.Target)
    let pulled = opening > 0.5 && tip.X - start.Object.X > 0.015

    let reward =
        if toTarget <= 0.05 then
            10.0
        elif pulled && toObject < 0.035 then
            1.0 + 2.0 * grasp + 5.0 * inPlace
        else
            2.0 * grasp

    RewardTerms.withOpening step (toObject, toTarget) (grasp, inPlace) reward

// The original has a constant in the place of the hand's initial height.
let private rewardV1 (start: Start) step =
    let tip = Obs.object step.Obs
    let reach = Vec3.distance tip (StepState.tcp step)
    let toTarget = Vec3.distanceXY tip start.Target
    let approach = RewardV1.approach 0.05 2.0 { start with Start.Tcp.Z = 0.2 } tip step
    let way = Vec3.distance start.Target start.Object
    let pulled = if reach < 0.05 then RewardV1.bonus way toTarget else 0.0
    RewardTerms.onlyReward (approach + pulled) toTarget

let private start random settled placed =
    let start = RewardTerms.start settled (Snapshot.at tip placed) (target random)

    RewardTerms.report 0.07 0.03 (pulled start)
    |> RewardTerms.episode start (reward start) (rewardV1 start)

let private expert obs =
    let hand, plug = Obs.hand obs, Obs.object obs + Vec3.create -0.02 0.0 0.035

    let desired =
        if Vec3.distanceXY hand plug > 0.04 then
            plug + Sawyer.up 0.2
        elif abs (hand.Z - 0.15) > 0.02 then
            { plug with Z = 0.15 }
        else
            hand + Vec3.create 0.01 0.0 0.0

    Sawyer.move 25.0 hand desired (Sawyer.effort hand plug (0.04, 0.15) (-1.0, 0.1))

/// Success: the tip of the plug is within 7 cm of its target.
let pegUnplugSide = {
    Sawyer.task "peg-unplug-side-v3" "peg_unplug" place start expert with
        Objective = "Pull a peg sideways out of a box."
        SettledStateIsShared = false
        RandomLow = [| -0.25; 0.6; -0.001 |]
        RandomHigh = [| -0.15; 0.8; 0.001 |]
        GoalBounds =
            Some(
                Vec3.create -0.055999999999999994 0.6 0.13,
                Vec3.create 0.04400000000000001 0.8 0.132
            )
        Watch = [ tip; plug ]
        Objects = Sawyer.observed tip plug
}
