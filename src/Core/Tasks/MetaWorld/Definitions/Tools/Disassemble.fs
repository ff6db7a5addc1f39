/// Disassemble: lift a nut off a peg by its wrench.
module internal MtrlFunctional.Tasks.MetaWorld.Disassemble

open MtrlFunctional.Tasks

let private wrench, nut, hole = Assembly.wrench, Assembly.nut, Assembly.hole
let private peg random = Sawyer.part 0 random + Sawyer.up 0.03

let private place random _ = [
    PlaceBody("peg", peg random)
    PlaceSite("pegTop", Sawyer.part 0 random + Sawyer.up 0.08)
    Forward
    yield! Sawyer.putObject (Sawyer.part 0 random)
]

let private success (start: Start) (step: StepState) =
    (Obs.object step.Obs).Z > start.Target.Z

let private reward (start: Start) (step: StepState) =
    let centre = Snapshot.at hole step.Scene
    let away = Vec3.norm (start.Target + Sawyer.up 0.1 - centre)

    let lifted =
        0.1 * RewardTerms.flag (centre.Z > 0.02) + 0.9 * (away |> Reward.near 0.02 0.2)

    Assembly.rewardOf CageCounts (success start step) lifted start step

let private rewardV1 (lift: RewardV1.Lift) (peg: Vec3) (start: Start) step =
    let wrench, nut = Obs.object step.Obs, Snapshot.at nut step.Scene
    let reach = Vec3.distance wrench (StepState.tcp step)
    let approach = RewardV1.approachTo 0.04 0.04 2.0 start wrench step
    let toTarget = Vec3.distance wrench start.Target
    let picked = RewardV1.picked lift wrench && reach < 0.04
    let dropped = RewardV1.dropped lift wrench toTarget reach
    let off = abs (nut.X - peg.X) > 0.05 || abs (nut.Y - peg.Y) > 0.05

    let raised =
        if off || picked && not dropped then
            100.0 * lift.LiftTo
        elif reach < 0.04 && wrench.Z > lift.Resting + 0.005 then
            100.0 * min lift.LiftTo wrench.Z
        else
            0.0

    let carried =
        if picked && reach < 0.03 && not dropped then
            RewardV1.bonus lift.Carry toTarget
        else
            0.0

    RewardTerms.onlyReward ((if off then 0.0 else approach) + raised + carried) 0.0

let private start random settled placed =
    let object = Sawyer.part 0 random
    let start = RewardTerms.start settled object (object + Sawyer.up 0.15)
    let lift = RewardV1.lift 0.04 2.0 (Snapshot.at nut placed).Z 0.05 start

    Assembly.report (success start)
    |> RewardTerms.episode start (reward start) (rewardV1 lift (peg random) start)

let private expert obs =
    let hand = Obs.hand obs
    let wrench = Obs.object obs + Vec3.create -0.02 0.0 0.01

    let desired =
        Sawyer.fetch hand wrench (0.02, 0.1) (0.03, 0.0) (hand + Sawyer.up 0.1)

    Sawyer.move 10.0 hand desired (Sawyer.effort hand wrench (0.02, 0.07) (0.0, 0.8))

/// Success: the wrench is 15 cm higher than at the start.
let disassemble = {
    Sawyer.task "disassemble-v3" "assembly" place start expert with
        Objective = "Lift a ring off a peg that it hangs on."
        HandInit = Sawyer.single 0.0f 0.4f 0.2f
        SettledStateIsShared = false
        RandomLow = [| 0.0; 0.6; 0.025; -0.1; 0.6; 0.1699 |]
        RandomHigh = [| 0.1; 0.75; 0.02501; 0.1; 0.75; 0.1701 |]
        GoalBounds = Some(Vec3.create -0.1 0.6 0.1749, Vec3.create 0.1 0.75 0.1751)
        Accepts = Sawyer.apart 0.1
        Watch = [ wrench; nut; hole ]
        Objects = Sawyer.observed wrench nut
}
