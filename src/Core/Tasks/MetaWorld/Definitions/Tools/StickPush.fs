/// Stick-push: push a container with a stick.
module internal MtrlFunctional.Tasks.MetaWorld.StickPush

open MtrlFunctional.Tasks

/// The stick, the container, and the hole in the container's handle.
let stick, container, hole = BodyFrame "stick", Body "object", Site "insertion"

/// Position of the stick.
let stickAt random = { Sawyer.part 0 random with Z = 0.02 }

/// Places stick and container. The original clears two velocities of the container from
/// index 16 on; the model has only one.
let putStickAndContainer random (slides: float list) = [
    yield! Sawyer.putObject (stickAt random)
    SetPositions(16, slides)
    SetVelocities(16, [ 0.0 ])
    Forward
]

/// The stick, and a point of the container without orientation.
let observed offset s = [
    Snapshot.pose stick s
    { Position = Snapshot.at hole s + offset; Orientation = Orientation.none }
]

/// Version 1 uses these three numbers as the container's position: the stick's height and two
/// numbers of its quaternion.
let private containerV1 (obs: float[]) = Vec3.create obs[6] obs[7] obs[8]

/// Version 1 of pushing and pulling; `moved`: additional reward of the container's distance.
let rewardV1 (lift: RewardV1.Lift) moved (start: Start) step =
    let stick, container = Obs.object step.Obs, containerV1 step.Obs
    let toTarget = Vec3.distanceXY container start.Target
    let toContainer = Vec3.distance container stick
    let reach = Vec3.distance stick (StepState.tcp step)
    let dropped = RewardV1.dropped lift stick toTarget reach
    let carrying = RewardV1.picked lift stick && reach < 0.1 && not dropped

    let approach = RewardV1.approach infinity 0.0 start stick step

    let carried =
        if carrying then
            let progress = RewardV1.distanceReward 0.01 0.001 lift.Carry toContainer

            max
                (if toContainer < 0.05 then
                     progress + moved toTarget
                 else
                     progress)
                0.0
        else
            0.0

    let raised = RewardV1.raise lift 0.0 stick toTarget reach
    RewardTerms.onlyReward (approach + raised + carried) toTarget

/// Lifting the stick by 4 cm; `Carry` is the distance of the lifted container from the stick.
let liftOf placed (start: Start) stick0 =
    let lift = RewardV1.lift 0.0 0.0 (Snapshot.at stick placed).Z 0.04 start

    {
        lift with
            Carry = Vec3.distance { start.Object with Z = lift.LiftTo } stick0 + lift.LiftTo
    }

let private place random settled = [
    yield! putStickAndContainer random [ 0.0; 0.0 ]
    PlaceSite("goal", { Sawyer.part 3 random with Z = (Snapshot.at hole settled).Z })
]

let private grip = {
    ObjectRadius = 0.04
    PadReach = 0.05
    FrontReach = 0.01
    Effort = 1.0
    Density = CageCounts
}

let private reward stick0 (start: Start) step =
    let target = start.Target
    let stick = Obs.object step.Obs + Vec3.create 0.015 0.0 0.0
    let opening = Obs.opening step.Obs
    let toObject = Vec3.distance stick (StepState.tcp step)
    let toTarget = Vec3.distance (Obs.secondObject step.Obs) target
    let stickWay = Vec3.distance stick0 target - 0.12
    let stickInPlace = Vec3.distance stick target |> Reward.near 0.12 stickWay
    let way = Vec3.distance start.Object target - 0.12
    let inPlace = toTarget |> Reward.near 0.12 way
    let lifted = toObject < 0.02 && opening > 0.0 && stick.Z - 0.01 > stick0.Z

    let grasp =
        if lifted then
            1.0
        else
            Gripper.cage grip { start with Object = stick0 } stick step

    let reward =
        if lifted && toTarget <= 0.12 then 10.0
        elif lifted then 2.0 + 5.0 * stickInPlace + 3.0 * inPlace
        else grasp

    RewardTerms.withOpening step (toObject, toTarget) (grasp, stickInPlace) reward

let private report (stick0: Vec3) step found =
    let lifted = (Obs.object step.Obs).Z - 0.01 > stick0.Z
    let gripped = step.Scene.Grasped && found.Opening > 0.0 && lifted

    {
        RewardTerms.report 0.12 0.03 (fun _ _ -> gripped) step found with
            Success = gripped && found.ToTarget <= 0.12
    }

let private start random settled placed =
    let target = { Sawyer.part 3 random with Z = (Snapshot.at hole settled).Z }
    let start = RewardTerms.start settled (Snapshot.at container placed) target
    let stick0 = stickAt random
    let way = Vec3.distanceXY start.Object target

    let moved x =
        1000.0 * (way - x) + 2000.0 * (exp (-(x * x) / 0.001) + exp (-(x * x) / 0.0001))

    RewardTerms.episode
        start
        (reward stick0 start)
        (rewardV1 (liftOf placed start stick0) moved start)
        (report stick0)

/// Over the stick, down to it, then with it to the hole of the container.
let expert gain stickOffset holeOffset goalOffset obs =
    let hand = Obs.hand obs
    let stick = Obs.object obs + stickOffset
    let hole: Vec3 = Obs.secondObject obs + holeOffset

    let inserting =
        if abs (stick.Y - hole.Y) > 0.02 then
            { stick with Y = hole.Y }
        elif abs (stick.Z - hole.Z) > 0.02 then
            { hole with X = stick.X }
        else
            hole

    let desired =
        if abs (stick.X - hole.X) > 0.04 then
            Sawyer.fetch hand stick (0.02, 0.1) (0.02, 0.0) inserting
        else
            Obs.goal obs + goalOffset

    Sawyer.move gain hand desired (Sawyer.effort hand stick (0.02, 0.1) (-1.0, 0.7))

/// Success: the container is within 12 cm of its target, and the stick held above the table.
let stickPush = {
    Sawyer.task
        "stick-push-v3"
        "stick"
        place
        start
        (expert 10.0 (Vec3.create 0.015 0.0 0.03) Vec3.zero (Sawyer.up 0.132)) with
        Objective = "Grasp a stick and push a box to a goal with it."
        RandomLow = [| -0.08; 0.58; 0.0; 0.399; 0.55; 0.1319 |]
        RandomHigh = [| -0.03; 0.62; 0.001; 0.401; 0.6; 0.1321 |]
        Accepts = Sawyer.apart 0.1
        Watch = [ stick; hole; container ]
        Graspable = Some "objGeom"
        Objects = observed (Vec3.create 0.0 0.09 0.0)
}
