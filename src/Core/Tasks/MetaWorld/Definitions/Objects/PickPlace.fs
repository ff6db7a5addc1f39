/// Pick-place: lift a puck from the table and hold it at a point in the air.
module internal MtrlFunctional.Tasks.MetaWorld.PickPlace

open MtrlFunctional.Tasks

let private puck, shape = Body "obj", Geom "objGeom"

let private reward (start: Start) step =
    let state = Carrying.state 0.05 start step
    let lifted = Carrying.lifted 0.02 0.01 start state
    let grasp = Gripper.cagePickPlace start state.Position step
    let both = Reward.both grasp state.InPlace

    RewardTerms.carried (state.ToTarget < 0.05) lifted both state.InPlace
    |> Carrying.measures state grasp

let private start random settled placed =
    let start = RewardTerms.start settled (Sawyer.part 0 random) (Sawyer.part 3 random)

    RewardTerms.placing start (reward start) (Carrying.rewardV1 0.04 placed shape start)

let private expert obs =
    let hand, observed = Obs.hand obs, Obs.object obs
    let puck = observed + Vec3.create -0.005 0.0 0.0

    let desired =
        if Vec3.distanceXY hand puck > 0.02 then
            puck + Sawyer.up 0.1
        elif abs (hand.Z - puck.Z) > 0.05 && puck.Z < 0.04 then
            puck + Sawyer.up 0.03
        // Wait for the gripper to close.
        elif Obs.opening obs > 0.73 then
            hand
        else
            Obs.goal obs

    Sawyer.move 10.0 hand desired (if Vec3.distance hand observed < 0.07 then 1.0 else 0.0)

/// Success: the puck is within 7 cm of the target.
let pickPlace = {
    Sawyer.task "pick-place-v3" "pick_place" Sawyer.putObjectAndGoal start expert with
        Objective = "Pick a puck up and carry it to a goal in the air."
        RandomLow = [| -0.1; 0.6; 0.02; -0.1; 0.8; 0.05 |]
        RandomHigh = [| 0.1; 0.7; 0.02; 0.1; 0.9; 0.3 |]
        Accepts = Sawyer.apart 0.15
        Watch = [ puck; shape ]
        Graspable = Some "objGeom"
        Objects = Sawyer.observed puck shape
}
