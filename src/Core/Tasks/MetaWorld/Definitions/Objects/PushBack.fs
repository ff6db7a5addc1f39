/// Push-back: pull a block over the table towards the robot.
module internal MtrlFunctional.Tasks.MetaWorld.PushBack

open MtrlFunctional.Tasks

let private shape = Geom "objGeom"

let private place random settled = [
    yield! Sawyer.putObject (Push.level shape 0 random settled)
    PlaceSite("goal", Push.level shape 3 random settled)
]

let private reward (start: Start) step =
    let state = Carrying.state 0.05 start step
    let grasp = Gripper.cageSweep 0.007 0.003 0.01 start state.Position step
    let pulled = Vec3.distance start.Object start.Target - state.ToTarget > 0.01
    let held = Carrying.held 0.01 state && state.Opening < 0.55 && pulled
    let both = Reward.both grasp state.InPlace

    RewardTerms.carried (state.ToTarget < 0.05) held both state.InPlace
    |> Carrying.measures state grasp

let private start random settled _ =
    let level part = Push.level shape part random settled
    let start = RewardTerms.start settled (level 0) (level 3)

    RewardTerms.placing start (reward start) (Push.rewardV1 start)

let private expert obs =
    let hand, block = Obs.hand obs, Obs.object obs
    let next = Obs.goal obs + Sawyer.up hand.Z
    let desired = Sawyer.fetch hand block (0.04, 0.3) (0.055, 0.0) next
    Sawyer.move 10.0 hand desired (Sawyer.effort hand block (0.04, 0.05) (0.0, 0.9))

/// Success: the block is within 7 cm of the target.
let pushBack = {
    Sawyer.task "push-back-v3" "push_back" place start expert with
        Objective = "Push a puck back towards the robot to a goal."
        HandInit = Sawyer.single 0.0f 0.6f 0.2f
        RandomLow = [| -0.1; 0.8; 0.02; -0.1; 0.6; 0.0199 |]
        RandomHigh = [| 0.1; 0.85; 0.02; 0.1; 0.7; 0.0201 |]
        Accepts = Sawyer.apart 0.15
        Watch = [ shape ]
        Graspable = Some "objGeom"
        Objects = Sawyer.observed shape shape
}
