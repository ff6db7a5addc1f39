/// Assembly: lift a nut by its wrench and put it over a peg.
module internal MtrlFunctional.Tasks.MetaWorld.Assembly

open MtrlFunctional.Tasks

/// The end of the wrench, the nut as a body, and the centre of its hole.
let wrench, nut, hole = Site "RoundNut-8", Body "RoundNut", Site "RoundNut"

/// Target orientation of the nut.
let flat = { A = 0.707; B = 0.0; C = 0.0; D = 0.707 }

/// Tolerance of the nut's orientation.
let flatness obs =
    Obs.orientation obs |> RewardTerms.upright flat 0.4

/// The wrench may be gripped anywhere along its handle.
let alongHandle slack (hand: Vec3) (wrench: Vec3) =
    if abs (wrench.X - hand.X) < slack then
        { wrench with X = hand.X }
    else
        wrench

/// The grip of a wrench or hammer.
let grip density = {
    ObjectRadius = 0.015
    PadReach = 0.02
    FrontReach = 0.01
    Effort = 1.0
    Density = density
}

/// near_object is the orientation term; the distance to the target is not reported.
let report success step found = {
    RewardTerms.report 0.0 0.0 (fun _ found -> found.Grasp >= 0.5) step found with
        Success = success step
        NearObject = found.ToObject
        ObjectToTarget = 0.0
}

let private place random _ = [
    yield! Sawyer.putObject (Sawyer.part 0 random)
    PlaceBody("peg", Sawyer.part 3 random - Sawyer.up 0.05)
    PlaceSite("pegTop", Sawyer.part 3 random)
]

/// Position of the hole relative to the target, and its horizontal distance.
let private offset (start: Start) (step: StepState) =
    let offset = start.Target - Snapshot.at hole step.Scene
    struct (offset, sqrt (offset.X * offset.X + offset.Y * offset.Y))

let private success start (step: StepState) =
    let struct (offset, aside) = offset start step
    aside < 0.02 && offset.Z > 0.0

/// Placing term: lift the nut over the peg, above a funnel.
let private placed (start: Start) (step: StepState) =
    let centre = Snapshot.at hole step.Scene
    let struct (offset, aside) = offset start step
    let slack = if success start step then 0.02 else 0.01

    let height = Reward.funnel slack 0.02 0.2 aside
    let away = { offset with Z = height - centre.Z } * Vec3.create 1.0 1.0 3.0
    let lifted = centre.Z > 0.02 || aside < slack
    0.1 * RewardTerms.flag lifted + 0.9 * (Vec3.norm away |> Reward.near 0.02 0.4)

/// The reward of a nut that is held flat by its wrench, with the fraction to which it is placed.
let rewardOf counts isDone placed (start: Start) (step: StepState) =
    let flatness = flatness step.Obs
    let wrench = Obs.object step.Obs |> alongHandle 0.01 (Obs.hand step.Obs)
    let grasp = Gripper.cage (grip counts) start wrench step

    let reward =
        if isDone then
            10.0
        else
            (2.0 * grasp + 6.0 * placed) * flatness

    RewardTerms.create (flatness, 0.0) (grasp, placed) reward

let private reward start step =
    rewardOf (NearCounts 0.01) (success start step) (placed start step) start step

let private besidePeg least (start: Start) (nut: Vec3) =
    abs (nut.X - start.Target.X) < least && abs (nut.Y - start.Target.Y) < least

let private rewardV1 (lift: RewardV1.Lift) (start: Start) step =
    let wrench, nut = Obs.object step.Obs, Snapshot.at nut step.Scene
    let reach = Vec3.distance wrench (StepState.tcp step)
    let approach = RewardV1.approachTo 0.04 0.04 1.0 start wrench step
    let toTarget, down = Vec3.distanceXY nut start.Target, abs (nut.Z - lift.Resting)
    let placed = besidePeg 0.03 start nut
    let picked = RewardV1.picked lift nut && reach < 0.03
    let dropped = RewardV1.dropped lift nut toTarget reach

    let raised =
        if placed || picked && not dropped then
            100.0 * lift.LiftTo
        elif reach < 0.04 && nut.Z > lift.Resting + 0.005 then
            100.0 * min lift.LiftTo nut.Z
        else
            0.0

    let progress =
        RewardV1.distanceReward 0.01 0.001 lift.Carry toTarget
        + if placed then
              2000.0 * (lift.LiftTo - down)
              + 2000.0 * (exp (-(down * down) / 0.003) + exp (-(down * down) / 0.0003))
          else
              0.0

    let carried =
        if placed || picked && reach < 0.04 && not dropped then
            max progress 0.0
        else
            0.0

    RewardTerms.onlyReward (approach + raised + carried) 0.0

let private successV1 (lift: RewardV1.Lift) start (step: StepState) =
    let nut = Snapshot.at nut step.Scene
    besidePeg 0.03 start nut && abs (nut.Z - lift.Resting) <= 0.04

let private start random settled placed =
    let start = RewardTerms.start settled (Sawyer.part 0 random) (Sawyer.part 3 random)
    let lift = RewardV1.lift 0.04 1.0 (Snapshot.at wrench placed).Z 0.1 start

    {
        RewardTerms.episode start (reward start) (rewardV1 lift start) (report (success start)) with
            EvaluateV1 = fun step -> report (successV1 lift start) step (rewardV1 lift start step)
    }

let private expert obs =
    let hand = Obs.hand obs
    let wrench = Obs.object obs + Vec3.create -0.02 0.0 0.0
    let peg = Obs.goal obs + Vec3.create 0.12 0.0 0.14

    let desired =
        if Vec3.distanceXY hand wrench > 0.02 then
            wrench + Sawyer.up 0.1
        elif Vec3.distanceXY hand peg <= 0.02 then
            peg + Vec3.create 0.0 0.0 -0.2
        elif abs (hand.Z - wrench.Z) > 0.05 then
            wrench + Sawyer.up 0.03
        elif abs (hand.Z - peg.Z) > 0.04 then
            { hand with Z = peg.Z }
        else
            peg

    Sawyer.move 10.0 hand desired (Sawyer.effort hand wrench (0.02, 0.12) (0.0, 0.6))

/// Success: the centre of the nut is within 2 cm of the peg, in the xy plane, and below its top.
let assembly = {
    Sawyer.task "assembly-v3" "assembly" place start expert with
        Objective = "Pick a ring up and hang it on a peg."
        HandInit = Sawyer.single 0.0f 0.6f 0.2f
        RandomLow = [| 0.0; 0.6; 0.02; -0.1; 0.75; 0.1 |]
        RandomHigh = [| 0.0; 0.6; 0.02; 0.1; 0.85; 0.1 |]
        Accepts = Sawyer.apart 0.1
        Watch = [ wrench; nut; hole ]
        Objects = Sawyer.observed wrench nut
}
