/// Pick-out-of-hole: lift a puck out of a hole and hold it at a point in the air.
module internal MtrlFunctional.Tasks.MetaWorld.PickOutOfHole

open MtrlFunctional.Tasks

let private puck, shape = Body "obj", Geom "objGeom"

let private grip = {
    ObjectRadius = 0.015
    PadReach = 0.02
    FrontReach = 0.03
    Effort = 0.1
    Density = CageCounts
}

/// Above the hole the hand may be low, elsewhere it must stay above a funnel.
let private aboveFloor (start: Start) (tcp: Vec3) =
    let aside = Vec3.distanceXY tcp start.Object
    tcp.Z |> Reward.above (Reward.funnel 0.03 0.015 0.15 aside) 0.02

let private reward (start: Start) step =
    let state = Carrying.state 0.02 start step
    let inPlace = state.InPlace
    let grasp = Gripper.cage grip start state.Position step
    let both = Reward.both grasp inPlace

    let lifted =
        state.ToObject < 0.04
        && state.Position.Z - 0.02 > start.Object.Z
        && not (state.Opening < 0.33)

    let reward =
        if state.ToTarget < 0.05 then
            10.0
        elif lifted then
            both + (1.0 + 5.0 * Reward.both inPlace (aboveFloor start (StepState.tcp step)))
        else
            both

    Carrying.measures state grasp reward

let private lifted (start: Start) step found =
    found.ToObject < 0.04
    && (Obs.object step.Obs).Z - 0.02 > start.Object.Z
    && not (found.Opening < 0.33)

let private rewardV1 (lift: RewardV1.Lift) (start: Start) step =
    let puck = Obs.object step.Obs
    let reach = Vec3.distance puck (StepState.tcp step)
    let toTarget = Vec3.distance puck start.Target

    let reward =
        RewardV1.approach lift.Over lift.Height start puck step
        // The height is relative to a level below the resting puck.
        + RewardV1.raise lift (lift.Resting - 0.02) puck toTarget reach
        + RewardV1.carry lift puck toTarget toTarget reach

    RewardTerms.onlyReward reward toTarget

let private start random settled placed =
    let start = RewardTerms.start settled (Sawyer.part 0 random) (Sawyer.part 3 random)
    let lift = RewardV1.lift 0.05 2.0 (Snapshot.at shape placed).Z 0.11 start

    RewardTerms.report 0.07 0.03 (lifted start)
    |> RewardTerms.episode start (reward start) (rewardV1 lift start)

let private expert obs =
    let hand, goal = Obs.hand obs, Obs.goal obs
    let puck = Obs.object obs + Sawyer.up 0.02

    let next =
        if abs (hand.Z - goal.Z) > 0.04 then
            { hand with Z = goal.Z }
        else
            goal

    let desired = Sawyer.fetch hand puck (0.02, 0.15) (0.01, 0.0) next
    Sawyer.move 25.0 hand desired (Sawyer.effort hand puck (0.02, 0.15) (0.0, 0.1))

/// Success: the puck is within 7 cm of the target.
let pickOutOfHole = {
    Sawyer.task "pick-out-of-hole-v3" "pick_out_of_hole" Sawyer.putObjectAndGoal start expert with
        Objective = "Pick a puck up out of a hole."
        HandLow = Vec3.create -0.5 0.4 -0.05
        RandomLow = [| 0.0; 0.75; 0.02; -0.1; 0.5; 0.15 |]
        RandomHigh = [| 0.0; 0.75; 0.02; 0.1; 0.6; 0.3 |]
        Accepts = Sawyer.apart 0.15
        Watch = [ puck; shape ]
        Objects = Sawyer.observed puck puck
}
