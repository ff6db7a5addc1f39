/// Door-lock and door-unlock: turn the lock of a door.
module internal MtrlFunctional.Tasks.MetaWorld.DoorLock

open MtrlFunctional.Tasks

let private door, lock = Body "door_link", Body "lock_link"

let private handleToLock, handleToUnlock =
    Site "lockStartLock", Site "lockStartUnlock"

// The original's `obj_init_pos` aliases the lock's current position in both tasks. Only the reward
// of door-unlock reads it later.
let private starting offset settled placed =
    let lock = Snapshot.at lock placed
    RewardTerms.start settled lock (lock + offset)

/// The x and z axes of the hand's distance have small weights.
let private scale = Vec3.create 0.25 1.0 0.5

let private lockReward (start: Start) step =
    let handle, opening = Obs.object step.Obs, Obs.opening step.Obs
    let toObject = Vec3.norm ((handle - step.Scene.LeftPad) * scale)
    // The margin should be the initial distance; the original uses the current pad.
    let near = toObject |> Reward.near 0.01 toObject
    let toTarget = abs (start.Target.Z - handle.Z)
    let pressed = toTarget |> Reward.near 0.005 0.1

    let reward = 2.0 * Reward.both (max opening 0.0) near + 8.0 * pressed
    RewardTerms.withOpening step (toObject, toTarget) (near, pressed) reward

let private unlockReward (start: Start) step =
    let handle = Obs.object step.Obs
    let knuckle = Vec3.create 0.0 0.055 0.07
    let toObject = Vec3.norm ((Obs.hand step.Obs + knuckle - handle) * scale)

    let toObject0 =
        Vec3.norm ((start.Tcp + knuckle - Snapshot.at lock step.Scene) * scale)

    let ready = toObject |> Reward.near 0.02 toObject0
    let toTarget = abs (start.Target.X - handle.X)
    let pushed = toTarget |> Reward.near 0.005 0.1

    RewardTerms.withOpening step (toObject, toTarget) (ready, pushed) (2.0 * ready + 8.0 * pushed)

let private start offset reward _ settled placed =
    let start = starting offset settled placed

    RewardTerms.report 0.02 0.05 RewardTerms.opened
    |> RewardTerms.episode start (reward start) (RewardV1.bringObject start)

// Five substeps let the door settle, with the control of the settled hand.
let private placeToLock random _ = [ PlaceBody("door", Sawyer.part 0 random); Advance 5 ]

let private placeToUnlock random _ = [
    PlaceBody("door", Sawyer.part 0 random)
    SetPositions(9, [ 1.5708 ])
    SetVelocities(9, [ 0.0 ])
    Forward
]

let private lockExpert obs =
    let hand = Obs.hand obs
    let handle = Obs.object obs + Vec3.create -0.02 -0.02 0.0

    let desired =
        if Vec3.distanceXY hand handle > 0.02 then
            if hand.Z < 0.25 then
                hand + Vec3.create 0.0 -0.1 0.1
            else
                handle + Sawyer.up 0.3
        elif abs (hand.Z - handle.Z) > 0.02 then
            handle
        else
            handle + Vec3.create -0.1 0.0 -0.1

    Sawyer.move 25.0 hand desired -1.0

let private unlockExpert obs =
    let hand = Obs.hand obs
    let handle = Obs.object obs + Vec3.create -0.04 -0.02 -0.03

    let desired =
        if Vec3.distanceXY hand handle > 0.02 then
            if hand.Z > 0.15 then
                hand + Vec3.create 0.0 -0.1 -0.1
            else
                handle
        else
            handle + Vec3.create 0.1 0.0 0.01

    Sawyer.move 25.0 hand desired 1.0

let private task name handle place start expert = {
    Sawyer.task name "door_lock" place start expert with
        HandInit = Sawyer.single 0.0f 0.6f 0.2f
        HandLow = Vec3.create -0.5 0.4 -0.15
        SettledStateIsShared = false
        RandomLow = [| -0.1; 0.8; 0.15 |]
        RandomHigh = [| 0.1; 0.85; 0.15 |]
        Watch = [ handle; door; lock ]
        Objects = Sawyer.observed handle door
}

/// Success: the handle of the lock is within 2 cm of its target height.
let doorLock = {
    task
        "door-lock-v3"
        handleToLock
        placeToLock
        (start (Vec3.create 0.0 -0.04 -0.1) lockReward)
        lockExpert with
        Objective = "Turn a lock on a door to lock it."
        GoalBounds = Some(Vec3.create -0.5 0.4 -0.15, snd Workspace.bounds)
}

/// Success: the handle of the lock is within 2 cm of its target along x.
let doorUnlock = {
    task
        "door-unlock-v3"
        handleToUnlock
        placeToUnlock
        (start (Vec3.create 0.1 -0.04 0.0) unlockReward)
        unlockExpert with
        Objective = "Turn a lock on a door back to unlock it."
        GoalBounds = Some(Vec3.create 0.0 0.64 0.21, Vec3.create 0.2 0.7 0.2111)
}
