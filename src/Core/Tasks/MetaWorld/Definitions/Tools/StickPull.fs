/// Stick-pull: put a stick through the handle of a container and pull the container with it.
module internal MtrlFunctional.Tasks.MetaWorld.StickPull

open MtrlFunctional.Tasks

let private stick, container, hole =
    StickPush.stick, StickPush.container, StickPush.hole

let private stickEnd = Site "stick_end"
let private target random = { Sawyer.part 3 random with Z = 0.02 }

let private place random _ = [
    yield! StickPush.putStickAndContainer random [ 0.0; 0.09 ]
    PlaceSite("goal", target random)
]

let private grip = {
    ObjectRadius = 0.014
    PadReach = 0.05
    FrontReach = 0.01
    Effort = 1.0
    Density = CageCounts
}

/// The end of the stick is through the handle.
let private inserted (step: StepState) =
    let tip, handle = Snapshot.at stickEnd step.Scene, Obs.secondObject step.Obs

    tip.X >= handle.X
    && abs (tip.Y - handle.Y) <= 0.04
    && abs (tip.Z - handle.Z) <= 0.06

let private reward (stick0: Vec3) (start: Start) step =
    let stick, opening = Obs.object step.Obs, Obs.opening step.Obs
    let handle, target = Obs.secondObject step.Obs, start.Target

    let toObject, toTarget =
        Vec3.distance stick (StepState.tcp step), Vec3.distance handle target
    // The middle of the container; the z axis has weight 2.
    let middle, scale = Vec3.create 0.05 0.0 0.0, Vec3.create 1.0 1.0 2.0
    let container, container0 = handle + middle, start.Object + middle

    let toContainer =
        Vec3.norm ((stick - container) * scale)
        |> Reward.near 0.05 (Vec3.norm ((stick0 - container0) * scale))

    let stickInPlace =
        Vec3.distance stick target |> Reward.near 0.05 (Vec3.distance stick0 target)

    let inPlace =
        Vec3.distance container target
        |> Reward.near 0.05 (Vec3.distance start.Object target)

    let lifted = toObject < 0.02 && opening > 0.0 && stick.Z - 0.01 > stick0.Z
    let grasp = if lifted then 1.0 else Gripper.cage grip start stick step
    let both = Reward.both grasp toContainer

    let reward =
        if lifted && inserted step && toTarget <= 0.12 then
            10.0
        elif lifted && inserted step then
            1.0 + both + 5.0 + 2.0 * stickInPlace + inPlace
        elif lifted then
            1.0 + both + 5.0 * toContainer
        else
            both

    RewardTerms.withOpening step (toObject, toTarget) (grasp, toContainer) reward

// In both versions success depends on the handle, although version 1 reports another distance.
let private report (start: Start) (step: StepState) found =
    let toTarget = Vec3.distance (Obs.secondObject step.Obs) start.Target

    {
        RewardTerms.report 0.12 0.03 (RewardTerms.heldUp 0.02 start) step found with
            Success = toTarget <= 0.12 && inserted step
    }

let private start random settled placed =
    let start = RewardTerms.start settled (Snapshot.at container placed) (target random)
    let stick0 = StickPush.stickAt random
    let way = Vec3.distanceXY start.Object start.Target

    let moved x =
        1000.0 * (way - x) + 2000.0 * (exp (-(x * x) / 0.01) + exp (-(x * x) / 0.001))

    let lift = StickPush.liftOf placed start stick0

    RewardTerms.episode
        start
        (reward stick0 start)
        (StickPush.rewardV1 lift moved start)
        (report start)

/// Success: the handle of the container is within 12 cm of its target, the stick through it.
let stickPull = {
    Sawyer.task
        "stick-pull-v3"
        "stick"
        place
        start
        (StickPush.expert
            25.0
            (Vec3.create -0.015 0.0 0.03)
            (Vec3.create -0.015 0.0 0.03)
            (Vec3.create -0.05 0.0 0.0)) with
        Objective = "Grasp a stick and pull a box to a goal with it."
        HandLow = Vec3.create -0.5 0.35 0.05
        RandomLow = [| -0.1; 0.55; 0.0; 0.35; 0.45; 0.0199 |]
        RandomHigh = [| 0.0; 0.65; 0.001; 0.45; 0.55; 0.0201 |]
        Accepts = Sawyer.apart 0.1
        Watch = [ stick; hole; container; stickEnd ]
        Graspable = Some "objGeom"
        Objects = StickPush.observed Vec3.zero
}
