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

    {
        Reward =
            if lifted && inserted step && toTarget <= 0.12 then
                10.0
            elif lifted && inserted step then
                1.0 + both + 5.0 + 2.0 * stickInPlace + inPlace
            elif lifted then
                1.0 + both + 5.0 * toContainer
            else
                both
        ToObject = toObject
        Opening = opening
        ToTarget = toTarget
        Grasp = grasp
        InPlace = toContainer
    }

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

let private description = {
    Kind = Kind.Tools
    Objective = "Grasp a stick and pull a box to a goal with it."
    Observed = [
        TaskDescription.observed "stick" "frame('stick')" "frame('stick')"
        TaskDescription.observed "handle" "site('insertion')" ""
    ]
    Succeeds =
        "The handle of the container is within 12 cm of its target, and the end of the stick has \
         come through it: at most 4 cm beside and 6 cm above or below."
    Prepared = [
        "start = body('object')"
        "target = (random[3], random[4], 0.02)"
        "stick0 = (random[0], random[1], 0.02)"
        TaskDescription.apart 0.1
    ]
    Formula = [
        "container = handle + (0.05, 0, 0)"
        "margin = norm((stick0 - (start + (0.05, 0, 0))) * (1, 1, 2))"
        "toContainer = near(norm((stick - container) * (1, 1, 2)), 0.05, margin)"
        "stickInPlace = near(distance(stick, target), 0.05, distance(stick0, target))"
        "inPlace = near(distance(container, target), 0.05, distance(start, target))"
        "lifted = distance(stick, tcp) < 0.02 and opening > 0 and stick.z - 0.01 > stick0.z"
        "grasp = 1 if lifted else gripCaged(stick, start, 0.014, 0.05, 0.01, 1)"
        "end = site('stick_end')"
        "beside = abs(end.y - handle.y) <= 0.04 and abs(end.z - handle.z) <= 0.06"
        "inserted = end.x >= handle.x and beside"
        "away = distance(handle, target)"
        "success = away <= 0.12 and inserted"
        "parts = both(grasp, toContainer)"
        "reward = parts if not lifted else 1 + parts + 5 * toContainer if not inserted"
        "         else 10 if away <= 0.12 else 1 + parts + 5 + 2 * stickInPlace + inPlace"
    ]
    FormulaV1 = StickPush.formulaV1 "0.01" "0.001"
    Scripted = 18
}

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
        Description = description
        HandLow = Vec3.create -0.5 0.35 0.05
        RandomLow = [| -0.1; 0.55; 0.0; 0.35; 0.45; 0.0199 |]
        RandomHigh = [| 0.0; 0.65; 0.001; 0.45; 0.55; 0.0201 |]
        GoalLow = Vec3.create 0.35 0.45 0.0199
        GoalHigh = Vec3.create 0.45 0.55 0.0201
        Accepts = Sawyer.apart 0.1
        Watch = [ stick; hole; container; stickEnd ]
        Graspable = Some "objGeom"
        Objects = StickPush.observed Vec3.zero
}
