/// Door-close: push an open door shut.
module internal MtrlFunctional.Tasks.MetaWorld.DoorClose

open MtrlFunctional.Tasks

let private handle = Geom "handle"
let private handInit = Sawyer.single -0.5f 0.6f 0.2f

let private target random =
    Sawyer.part 0 random + Vec3.create 0.2 -0.2 0.0

let private place random _ = [
    PlaceBody("door", Sawyer.part 0 random)
    PlaceSite("goal", target random)
    SetJoint("doorjoint", -1.5708)
    SetJointVelocity("doorjoint", 0.0)
    Forward
]

let private reward (start: Start) step =
    let handle = Obs.object step.Obs
    let toTarget = Vec3.distance handle start.Target

    let closed =
        toTarget |> Reward.nearOnly 0.05 (Vec3.distance start.Object start.Target)

    let handInPlace =
        Vec3.distance (StepState.tcp step) start.Target
        |> Reward.nearOnly 0.0125 (Vec3.distance handInit handle + 0.1)

    let reward =
        if toTarget < 0.05 then
            10.0
        else
            3.0 * handInPlace + 6.0 * closed

    RewardTerms.create (0.0, toTarget) (1.0, handInPlace) reward

let private report step found = {
    RewardTerms.report 0.08 0.0 RewardTerms.always step found with
        NearObject = 0.0
}

let private start random settled placed =
    let start = RewardTerms.start settled (Sawyer.part 0 random) (target random)
    let way = Vec3.distanceXY (Snapshot.at handle placed) start.Target
    let rewardV1 = RewardV1.bring way Vec3.distanceXY StepState.tcp start
    RewardTerms.episode start (reward start) rewardV1 report

let private expert obs =
    let hand = Obs.hand obs
    let door = Obs.object obs + Vec3.create 0.05 0.12 0.1

    let desired =
        // Behind the door: up, then over it.
        if hand.X > door.X && hand.Z < door.Z + 0.2 then
            { hand with Z = door.Z + 0.25 }
        elif hand.X > door.X then
            Vec3.create (door.X - 0.02) door.Y hand.Z
        elif abs (hand.Z - door.Z) > 0.04 then
            door + Vec3.create -0.02 0.0 0.0
        else
            Obs.goal obs

    Sawyer.move 25.0 hand desired 1.0

/// Success: the handle is within 8 cm of its target.
let doorClose = {
    Sawyer.task "door-close-v3" "door" place start expert with
        Objective = "Push a door on a revolving joint to close it."
        HandInit = handInit
        RandomLow = [| 0.0; 0.85; 0.15 |]
        RandomHigh = [| 0.1; 0.95; 0.15 |]
        GoalBounds = Some(Vec3.create 0.2 0.65 0.1499, Vec3.create 0.3 0.75 0.1501)
        Watch = [ handle ]
        Joints = [ "doorjoint" ]
        Objects = Sawyer.observed handle handle
}
