/// Handle-press and handle-press-side: press a handle down, from the front or from the side.
module internal MtrlFunctional.Tasks.MetaWorld.HandlePress

open MtrlFunctional.Tasks

let private handle, pressed = Site "handleStart", Site "goalPress"

/// Places the box, with its handle at a height (metres below the top).
let putBox height random _ = [
    PlaceBody("box", Sawyer.part 0 random)
    SetPositions(9, [ height ])
    SetVelocities(9, [ 0.0 ])
    Forward
]

let private reward (handle0: Vec3) (start: Start) step =
    let handle = Obs.object step.Obs
    let toTarget = abs (handle.Z - start.Target.Z)
    let toTarget0 = abs (handle0.Z - start.Target.Z)
    let inPlace = toTarget |> Reward.near 0.02 (abs (toTarget0 - 0.02))
    let toObject = Vec3.distance handle (StepState.tcp step)

    let reach =
        toObject |> Reward.near 0.02 (abs (Vec3.distance handle0 start.Tcp - 0.02))

    let reward = 10.0 * (if toTarget <= 0.02 then 1.0 else Reward.both reach inPlace)
    RewardTerms.create (toObject, toTarget) (reach, inPlace) reward

/// Version 1, also of handle-pull: the left finger reaches the handle.
let rewardV1 way =
    RewardV1.bring way Vec3.distanceZ _.Scene.LeftFinger

let private start random settled placed =
    let start =
        RewardTerms.start settled (Sawyer.part 0 random) (Snapshot.at pressed placed)

    let handle0 = Snapshot.at handle placed

    RewardTerms.report 0.02 0.05 RewardTerms.always
    |> RewardTerms.episode
        start
        (reward handle0 start)
        (rewardV1 (abs (handle0.Z - start.Target.Z)) start)

let private expert offset effort obs =
    let hand, handle = Obs.hand obs, Obs.object obs + offset

    let desired =
        if Vec3.distanceXY hand handle > 0.02 then
            handle + Sawyer.up 0.2
        else
            handle + Sawyer.up -0.5

    Sawyer.move 25.0 hand desired effort

let private task name scene expert = {
    Sawyer.task name scene (putBox -0.001) start expert with
        Watch = [ handle; pressed ]
        Objects = Sawyer.observedPoint (Snapshot.at handle)
}

/// Success: the handle is within 2 cm of its target height.
let handlePressSide = {
    task "handle-press-side-v3" "handle_side" (expert Vec3.zero 1.0) with
        Objective = "Press a handle down from the side."
        SettledStateIsShared = false
        RandomLow = [| -0.35; 0.65; -0.001 |]
        RandomHigh = [| -0.25; 0.75; 0.001 |]
}

/// Success: the handle is within 2 cm of its target height.
let handlePress = {
    task "handle-press-v3" "handle" (expert (Vec3.create 0.0 -0.02 0.0) -1.0) with
        Objective = "Press a handle down from the front."
        SettledStateIsShared = false
        RandomLow = [| -0.1; 0.8; -0.001 |]
        RandomHigh = [| 0.1; 0.9; 0.001 |]
        GoalBounds = Some(Vec3.create -0.1 0.55 0.04, Vec3.create 0.1 0.7 0.08)
}
