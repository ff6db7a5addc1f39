/// Hand-insert: carry a block into a hole in the table.
module internal MtrlFunctional.Tasks.MetaWorld.HandInsert

open MtrlFunctional.Tasks

let private block = Body "obj"
let private handInit = Sawyer.single 0.0f 0.6f 0.2f
let private object random = { Sawyer.part 0 random with Z = 0.05 }

let private place random _ = [
    yield! Sawyer.putObject (object random)
    PlaceSite("goal", Sawyer.part 3 random)
]

let private grip = {
    ObjectRadius = 0.015
    PadReach = 0.05
    FrontReach = 0.005
    Effort = 1.0
    Density = CageCounts
}

let private reward (start: Start) step =
    let state = Carrying.state 0.05 start step
    let grasp = Gripper.cage grip start state.Position step
    let both = Reward.both grasp state.InPlace

    let reward =
        if state.ToTarget < 0.05 then
            10.0
        elif Carrying.held 0.02 state then
            both + (1.0 + 7.0 * state.InPlace)
        else
            both

    Carrying.measures state grasp reward

// Version 1 moves the empty hand into the hole, and reports the block's initial position.
let private rewardV1 (start: Start) step =
    let tcp = StepState.tcp step
    let aside = Vec3.distanceXY tcp start.Target
    let way = abs (handInit.Z - start.Target.Z)
    let bonus = RewardV1.bonus way (abs (tcp.Z - start.Target.Z))
    RewardTerms.onlyReward (RewardV1.gate aside bonus) (Vec3.distance start.Object start.Target)

let private start random settled _ =
    let start = RewardTerms.start settled (object random) (Sawyer.part 3 random)

    RewardTerms.report 0.05 0.03 (RewardTerms.heldUp 0.02 start)
    |> RewardTerms.episode start (reward start) (rewardV1 start)

let private expert obs =
    let hand, block, goal = Obs.hand obs, Obs.object obs, Obs.goal obs

    let next =
        if Vec3.distanceXY hand goal > 0.04 then
            { goal with Z = hand.Z }
        else
            goal

    let desired = Sawyer.fetch hand block (0.02, 0.1) (0.05, 0.03) next
    Sawyer.move 10.0 hand desired (Sawyer.effort hand block (0.02, 0.1) (0.0, 0.65))

/// Success: the block is within 5 cm of its target in the hole.
let handInsert = {
    Sawyer.task "hand-insert-v3" "hole_table" place start expert with
        Objective = "Reach a goal in a hole with the gripper."
        HandInit = handInit
        HandLow = Vec3.create -0.5 0.4 -0.15
        RandomLow = [| -0.1; 0.6; 0.05; -0.04; 0.8; -0.0201 |]
        RandomHigh = [| 0.1; 0.7; 0.05; 0.04; 0.88; -0.0199 |]
        Accepts = Sawyer.apart 0.15
        Watch = [ block ]
        Graspable = Some "objGeom"
        Objects = Sawyer.observed block block
}
