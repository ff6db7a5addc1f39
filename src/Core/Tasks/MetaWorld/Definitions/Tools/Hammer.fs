/// Hammer: drive a nail into a wall with a hammer.
module internal MtrlFunctional.Tasks.MetaWorld.Hammer

open MtrlFunctional.Tasks

let private hammer, nail = Body "hammer", Body "nail_link"

let private nailHead, hammerHead, goal =
    Site "nailHead", Geom "HammerHead", Site "goal"

let private place random _ = [
    PlaceBody("box", Vec3.create 0.24 0.85 0.0)
    yield! Sawyer.putObject (Sawyer.part 0 random)
]

let private flat = { Orientation.none with A = 1.0 }
let private success (step: StepState) = step.Scene.JointPositions[0] > 0.09

let private reward (start: Start) step =
    let hammer = Obs.object step.Obs
    let head = hammer + Vec3.create 0.16 0.06 0.0
    let flatness = Obs.orientation step.Obs |> RewardTerms.upright flat 0.4
    let handle = hammer |> Assembly.alongHandle 0.07 (Obs.hand step.Obs)
    let grasp = Gripper.cage (Assembly.grip CageCounts) start handle step
    let toNail = Vec3.distance start.Target head |> Reward.near 0.02 0.2
    let placed = 0.1 * RewardTerms.flag (head.Z > 0.02) + 0.9 * toNail
    let reward = (2.0 * grasp + 6.0 * placed) * flatness

    let reward = if success step && reward > 5.0 then 10.0 else reward
    RewardTerms.create (flatness, 0.0) (grasp, placed) reward

let private rewardV1 (lift: RewardV1.Lift) (start: Start) step =
    let hammer, nail = Obs.object step.Obs, Snapshot.at nailHead step.Scene
    let reach = Vec3.distance hammer (StepState.tcp step)
    let headToNail = Vec3.distance nail (Snapshot.at hammerHead step.Scene)
    let out = abs (nail.Y - start.Target.Y)

    let reward =
        RewardV1.approach infinity 0.0 start hammer step
        + RewardV1.raise lift 0.0 hammer headToNail reach
        + RewardV1.carry lift hammer headToNail (headToNail + out) reach

    RewardTerms.onlyReward reward 0.0

let private start random settled placed =
    // The goal in the settled state.
    let start =
        RewardTerms.start settled (Sawyer.part 0 random) (Snapshot.at goal settled)

    let lift = RewardV1.lift 0.0 0.0 (Snapshot.at hammer placed).Z 0.09 start
    let raised = { start.Object with Z = lift.LiftTo }

    let lift = {
        lift with
            Carry =
                Vec3.distance raised start.Object
                + lift.LiftTo
                + abs (start.Object.Y - start.Target.Y)
    }

    RewardTerms.episode start (reward start) (rewardV1 lift start) (Assembly.report success)

let private expert obs =
    let hand = Obs.hand obs
    let hammer = Obs.object obs + Vec3.create -0.04 0.0 -0.01
    let nail = Vec3.create (0.24 - 0.19) 0.71 (0.11 + 0.05)

    let desired =
        if Vec3.distanceXY hand hammer > 0.04 then
            hammer + Sawyer.up 0.1
        elif abs (hand.Z - hammer.Z) > 0.05 && hammer.Z < 0.03 then
            hammer + Sawyer.up 0.03
        elif Vec3.distanceXZ hand nail > 0.02 then
            { nail with Y = hand.Y }
        else
            nail

    Sawyer.move 10.0 hand desired (Sawyer.effort hand hammer (0.04, 0.1) (0.0, 0.8))

/// Success: the nail is driven in by 9 cm.
let hammerNail = {
    Sawyer.task "hammer-v3" "hammer" place start expert with
        Objective = "Drive a nail into a board with a hammer."
        HandInit = Vec3.create 0.0 0.4 0.2
        RandomLow = [| -0.1; 0.4; 0.0 |]
        RandomHigh = [| 0.1; 0.5; 0.0 |]
        GoalBounds = Some(Vec3.create 0.2399 0.7399 0.109, Vec3.create 0.2401 0.7401 0.111)
        Watch = [ hammer; nail; nailHead; hammerHead; goal ]
        Joints = [ "NailSlideJoint" ]
        Objects = fun s -> [ Snapshot.pose hammer s; Snapshot.pose nail s ]
}
