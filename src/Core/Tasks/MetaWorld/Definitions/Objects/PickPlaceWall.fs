/// Pick-place-wall: lift a puck over a wall and hold it at a point behind.
module internal MtrlFunctional.Tasks.MetaWorld.PickPlaceWall

open MtrlFunctional.Tasks

let private shape = Geom "objGeom"

let private grip = {
    ObjectRadius = 0.015
    PadReach = 0.05
    FrontReach = 0.005
    Effort = 1.0
    Density = Plain
}

/// Progress of the puck over the wall; the z axis has the largest weight.
let private over (start: Start) (puck: Vec3) =
    let above = Vec3.create start.Target.X 0.77 0.25
    Carrying.nearPoint 0.05 (Vec3.create 1.0 1.0 3.0) above start puck

let private reward (start: Start) step =
    let state = Carrying.state 0.05 start step
    let over = over start state.Position
    let lifted = Carrying.lifted 0.02 0.015 start state
    let grasp = Gripper.cage grip start state.Position step

    Carrying.aroundWall lifted (Reward.both grasp over) over state
    |> Carrying.measures state grasp

let private start random settled placed =
    let start = RewardTerms.start settled (Sawyer.part 0 random) (Sawyer.part 3 random)

    RewardTerms.placing start (reward start) (Carrying.rewardV1 0.04 placed shape start)

let private expert obs =
    let hand, observed, goal = Obs.hand obs, Obs.object obs, Obs.goal obs
    let puck = observed + Vec3.create -0.005 0.0 0.0
    let atWall = -0.15 <= hand.X && hand.X <= 0.35 && 0.6 <= hand.Y && hand.Y <= 0.8

    let desired =
        if Vec3.distanceXY hand puck > 0.015 then
            puck + Sawyer.up 0.1
        elif abs (hand.Z - puck.Z) > 0.04 && puck.Z < 0.03 then
            puck + Sawyer.up 0.03
        elif atWall && hand.Z < 0.25 then
            hand + Sawyer.up 1.0
        elif atWall && hand.Z < 0.35 then
            { goal with Z = hand.Z }
        elif abs (hand.Z - goal.Z) > 0.01 then
            { hand with Z = goal.Z }
        else
            goal

    Sawyer.move 10.0 hand desired (Sawyer.effort hand observed (0.015, 0.1) (0.0, 0.9))

/// Success: the puck is within 7 cm of the target behind the wall.
let pickPlaceWall = {
    Sawyer.task "pick-place-wall-v3" "pick_place_wall" Sawyer.putObjectAndGoal start expert with
        Objective = "Pick a puck up and carry it over a wall to a goal."
        RandomLow = [| -0.05; 0.6; 0.015; -0.05; 0.85; 0.05 |]
        RandomHigh = [| 0.05; 0.65; 0.015; 0.05; 0.9; 0.3 |]
        Accepts = Sawyer.apart 0.15
        Watch = [ shape ]
        Graspable = Some "objGeom"
        Objects = Sawyer.observed shape shape
}
