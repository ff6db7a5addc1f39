/// Door-open: pull a door by its handle until it is open.
module internal MtrlFunctional.Tasks.MetaWorld.DoorOpen

open System
open MtrlFunctional.Tasks

let private handle = Geom "handle"

let private target random =
    Sawyer.part 0 random + Vec3.create -0.3 -0.45 0.0

let private place random _ = [
    PlaceBody("door", Sawyer.part 0 random)
    PlaceSite("goal", target random)
    SetJoint("doorjoint", 0.0)
    SetJointVelocity("doorjoint", 0.0)
    Forward
]

/// The hand is at the handle, and did not approach from above.
let private ready (hand: Vec3) (handle: Vec3) =
    let door = handle + Vec3.create -0.05 0.0 0.0
    let aside = Vec3.distanceXY hand door
    // Near the handle the hand may be low, elsewhere it must stay above a funnel.
    let floor = Reward.funnel 0.12 0.04 0.4 aside
    let aboveFloor = Reward.above floor (floor / 2.0) hand.Z
    let behind = Vec3.norm (hand - door - Vec3.create 0.05 0.03 -0.01)
    Reward.both aboveFloor (behind |> Reward.near 0.06 0.5)

/// Mainly from the angle (negative: open), plus a small term for any motion.
let private opened angle =
    0.2 * RewardTerms.flag (angle < -Math.PI / 90.0)
    + 0.8 * (Math.PI / 2.0 + Math.PI / 6.0 + angle |> Reward.near 0.5 (Math.PI / 3.0))

let private reward (start: Start) step =
    let handle = Obs.object step.Obs
    let closing = (min 1.0 (max -1.0 (StepState.effort step)) + 1.0) / 2.0

    let ready, opened =
        ready (Obs.hand step.Obs) handle, opened step.Scene.JointPositions[0]

    {
        Reward =
            if abs (handle.X - start.Target.X) <= 0.08 then
                10.0
            else
                2.0 * Reward.both ready closing + 8.0 * opened
        ToObject = ready
        Opening = closing
        ToTarget = 0.0
        Grasp = closing
        InPlace = opened
    }

let private rewardV1 way (start: Start) step =
    let handle = Obs.object step.Obs
    let bonus = RewardV1.bonus way (Vec3.distanceXY handle start.Target)
    RewardTerms.onlyReward (RewardV1.gate (Vec3.distance handle (StepState.tcp step)) bonus) 0.0

// The original reports no distance, and a tolerance as near_object.
let private report (start: Start) step found = {
    RewardTerms.report 0.0 0.0 (fun _ found -> found.Opening >= 0.5) step found with
        Success = Vec3.distanceX (Obs.object step.Obs) start.Target <= 0.08
        NearObject = found.ToObject
}

let private start random settled placed =
    let start = RewardTerms.start settled (Sawyer.part 0 random) (target random)

    let way = Vec3.distanceXY (Snapshot.at handle placed) start.Target
    RewardTerms.episode start (reward start) (rewardV1 way start) (report start)

let private expert obs =
    let hand = Obs.hand obs
    let door = Obs.object obs + Vec3.create -0.05 0.0 0.0

    let desired =
        if Vec3.distanceXY hand door > 0.12 then
            door + Vec3.create 0.06 0.02 0.2
        elif abs (hand.Z - door.Z) > 0.04 then
            door + Vec3.create 0.06 0.02 0.0
        else
            door

    Sawyer.move 25.0 hand desired 1.0

/// Success: the handle is within 8 cm of its target along x.
let doorOpen = {
    Sawyer.task "door-open-v3" "door" place start expert with
        Objective = "Open a door that turns on a revolving joint."
        RandomLow = [| 0.0; 0.85; 0.15 |]
        RandomHigh = [| 0.1; 0.95; 0.15 |]
        GoalBounds = Some(Vec3.create -0.3 0.4 0.1499, Vec3.create -0.2 0.5 0.1501)
        Watch = [ handle ]
        Joints = [ "doorjoint" ]
        Objects = Sawyer.observed handle handle
}
