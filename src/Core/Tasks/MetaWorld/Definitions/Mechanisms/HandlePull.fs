/// Handle-pull and handle-pull-side: pull a pressed handle up, from the front or from the side.
module internal MtrlFunctional.Tasks.MetaWorld.HandlePull

open MtrlFunctional.Tasks

let private right, centre = Site "handleRight", Site "handleCenter"
let private top, pulled = Site "handleStart", Site "goalPull"

let private grip radius pads = {
    ObjectRadius = radius
    PadReach = pads
    FrontReach = 0.01
    Effort = 1.0
    Density = CageCounts
}

/// Parameters that differ between the front and the side variant.
type private Way = {
    Grip: Grip
    /// Distance of the handle from its target.
    Away: Vec3 -> Vec3 -> float
    /// The handle's coordinate compared with the initial height for "pulled".
    Height: Vec3 -> float
}

let private side = { Grip = grip 0.032 0.06; Away = Vec3.distance; Height = _.Z }

let private front = {
    Grip = grip 0.022 0.05
    Away = fun a b -> abs (b.Z - a.Z)
    // The original compares the depth with the initial height, so this is always true.
    Height = _.Y
}

let private reward way (start: Start) step =
    let handle, opening = Obs.object step.Obs, Obs.opening step.Obs
    let toTarget = way.Away handle start.Target
    let inPlace = toTarget |> Reward.near 0.05 (way.Away start.Object start.Target)
    let grasp = Gripper.cage way.Grip start handle step
    let toObject = Vec3.distance handle (StepState.tcp step)

    let pulling =
        toObject < 0.035 && opening > 0.0 && way.Height handle - 0.01 > start.Object.Z

    let both = Reward.both grasp inPlace

    let reward = RewardTerms.carried (toTarget < 0.05) pulling both inPlace
    RewardTerms.withOpening step (toObject, toTarget) (grasp, inPlace) reward

let private startSide _ settled placed =
    let start =
        RewardTerms.start settled (Snapshot.at centre placed) (Snapshot.at pulled placed)

    let way = abs ((Snapshot.at top placed).Z - start.Target.Z)

    RewardTerms.report 0.08 0.05 (RewardTerms.lifted 0.03 start)
    |> RewardTerms.episode start (reward side start) (HandlePress.rewardV1 way start)

let private startFront random settled placed =
    let start =
        RewardTerms.start settled (Sawyer.part 0 random) (Snapshot.at pulled placed)
    // The original uses the handle's height above its body, 2.2 cm, as a world coordinate.
    let way = abs (0.022 - start.Target.Z)

    RewardTerms.report 0.05 0.05 (RewardTerms.lifted 0.03 start)
    |> RewardTerms.episode start (reward front start) (HandlePress.rewardV1 way start)

let private expertSide obs =
    let hand, handle = Obs.hand obs, Obs.object obs
    let pulled = handle + Sawyer.up 1.0
    let desired = Sawyer.fetch hand handle (0.04, 0.1) (0.03, 0.0) pulled
    Sawyer.move 25.0 hand desired (Sawyer.effort hand handle (0.04, 0.04) (0.0, 0.6))

let private expertFront obs =
    let hand, handle = Obs.hand obs, Obs.object obs + Vec3.create 0.0 -0.04 0.0

    let desired =
        if Vec3.distanceXY hand handle > 0.02 then
            handle
        // The original passes the height only, which is broadcast to all three coordinates.
        elif abs (hand.Z - handle.Z) > 0.02 then
            Vec3.create handle.Z handle.Z handle.Z
        else
            handle + Sawyer.up 0.1

    Sawyer.move 25.0 hand desired 1.0

let private task name scene handle start expert = {
    Sawyer.task name scene (HandlePress.putBox -0.1) start expert with
        Watch = [ handle; top; pulled ]
        Objects = Sawyer.observedPoint (Snapshot.at handle)
}

/// Success: the handle is within 8 cm of its target.
let handlePullSide = {
    task "handle-pull-side-v3" "handle_side" centre startSide expertSide with
        Objective = "Pull a handle up from the side."
        SettledStateIsShared = false
        RandomLow = [| -0.35; 0.65; 0.0 |]
        RandomHigh = [| -0.25; 0.75; 0.0 |]
}

/// Success: the handle is within 5 cm of its target height.
let handlePull = {
    task "handle-pull-v3" "handle" right startFront expertFront with
        Objective = "Pull a handle up from the front."
        SettledStateIsShared = false
        RandomLow = [| -0.1; 0.8; -0.001 |]
        RandomHigh = [| 0.1; 0.9; 0.001 |]
        GoalBounds = Some(Vec3.create -0.1 0.55 0.04, Vec3.create 0.1 0.7 0.18)
}
