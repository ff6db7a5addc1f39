/// Bin-picking: take a block out of one bin and drop it into another.
module internal MtrlFunctional.Tasks.MetaWorld.BinPicking

open MtrlFunctional.Tasks

let private block, bin = Body "obj", Body "bin_goal"

/// The block keeps its height from the settled state.
let private object random settled = Push.level block 0 random settled

let private place random settled =
    Sawyer.putObject (object random settled)

let private grip = {
    ObjectRadius = 0.015
    PadReach = 0.05
    FrontReach = 0.01
    Effort = 0.7
    Density = CageCounts
}

/// Above the bins the hand may be low, elsewhere it must stay above a funnel.
let private aboveFloor (start: Start) (hand: Vec3) =
    let floor centre =
        Vec3.distanceXY hand centre |> Reward.funnel 0.03 0.02 0.2

    hand.Z |> Reward.above (min (floor start.Object) (floor start.Target)) 0.05

let private near (step: StepState) =
    Vec3.distance (Obs.object step.Obs) (Obs.hand step.Obs) < 0.04

let private lifted (start: Start) (step: StepState) =
    near step
    && (Obs.object step.Obs).Z - 0.02 > start.Object.Z
    && not (Obs.opening step.Obs < 0.43)

let private reward (start: Start) step =
    let block = Obs.object step.Obs
    let toTarget = Vec3.distance block start.Target
    // Relative to the first step, not to the reset.
    let toTarget0 = Vec3.distance (Obs.object step.FirstObs) start.Target
    let inPlace = toTarget |> Reward.near 0.05 toTarget0
    let grasp = Gripper.cage grip start block step
    let both = Reward.both grasp inPlace
    let above = aboveFloor start (Obs.hand step.Obs)

    {
        Reward =
            if toTarget < 0.05 then
                10.0
            elif lifted start step then
                both + (1.0 + 5.0 * Reward.both above inPlace)
            else
                both
        ToObject = RewardTerms.flag (near step)
        Opening = RewardTerms.flag (lifted start step)
        ToTarget = toTarget
        Grasp = grasp
        InPlace = inPlace
    }

let private rewardV1 (lift: RewardV1.Lift) (start: Start) step =
    let block = Obs.object step.Obs
    let reach = Vec3.distance block (StepState.tcp step)
    let away = block - start.Target
    let toTarget = Vec3.distanceXY block start.Target
    let over = abs away.X < 0.05 && abs away.Y < 0.05
    let placed = over && block.Z < lift.Resting + 0.05
    let letGo = -200.0 * StepState.effort step
    let bonus = RewardV1.bonus lift.Carry toTarget

    let carrying =
        RewardV1.picked lift block
        && reach < 0.1
        && not (RewardV1.dropped lift block toTarget reach)

    let reward =
        if placed then
            letGo + bonus
        else
            RewardV1.approach lift.Over lift.Height start block step
            + RewardV1.raise lift 0.0 block toTarget reach
            + (if carrying && over then letGo + bonus
               elif carrying then bonus
               else 0.0)

    RewardTerms.onlyReward reward toTarget

let private report step found = {
    RewardTerms.report 0.05 0.0 RewardTerms.always step found with
        NearObject = found.ToObject
        GraspSuccess = found.Opening
}

let private start random settled placed =
    let start =
        RewardTerms.start settled (object random settled) (Snapshot.at bin placed)

    let lift = RewardV1.lift 0.06 1.0 (Snapshot.at block placed).Z 0.1 start

    let lift = { lift with Carry = Vec3.distanceXY start.Object start.Target + lift.LiftTo }

    RewardTerms.episode start (reward start) (rewardV1 lift start) report

let private expert obs =
    let hand = Obs.hand obs
    let observed = Obs.object obs + Sawyer.up 0.03
    // Avoids collisions of the hand with the walls of the bin.
    let block = { observed with Y = min (max observed.Y 0.675) 0.725 }
    let bin = Vec3.create 0.12 0.7 0.02

    let next =
        if Vec3.distanceXY hand bin <= 0.02 then bin
        elif hand.Z < 0.15 then hand + Sawyer.up 0.1
        else { bin with Z = 0.18 }

    let desired = Sawyer.fetch hand block (0.02, 0.15) (0.01, 0.0) next
    Sawyer.move 25.0 hand desired (Sawyer.effort hand block (0.02, 0.02) (-1.0, 0.6))

/// Success: the block is within 5 cm of the middle of the other bin.
let binPicking = {
    Sawyer.task "bin-picking-v3" "bins" place start expert with
        Objective = "Pick a puck out of one bin and drop it into another."
        HandLow = Vec3.create -0.5 0.4 0.07
        RandomLow = [| -0.21; 0.65; 0.02; 0.1199; 0.699; -0.001 |]
        RandomHigh = [| -0.03; 0.75; 0.02; 0.1201; 0.701; 0.001 |]
        Watch = [ block; bin ]
        Objects = Sawyer.observed block block
}
