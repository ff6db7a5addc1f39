/// Box-close: put the lid on a box.
module internal MtrlFunctional.Tasks.MetaWorld.BoxClose

open MtrlFunctional.Tasks

let private lid, box, handle = Body "top_link", Body "boxbody", Geom "BoxHandleGeom"
let private object random = { Sawyer.part 0 random with Z = float 0.02f }

// Five substeps let the box settle, with the control of the settled hand.
let private place random settled = [
    PlaceBody("boxbody", { Sawyer.part 3 random with Z = (Snapshot.at box settled).Z })
    Advance 5
    yield! Sawyer.putObject (object random)
    PlaceSite("goal", Sawyer.part 3 random)
]

/// The hand is at the lid, and did not approach from the side.
let private ready (hand: Vec3) (lid: Vec3) =
    let aside = Vec3.distanceXY hand lid

    let floor = Reward.funnel 0.02 0.04 0.4 aside
    let aboveFloor = Reward.above floor (floor / 2.0) hand.Z

    Reward.both aboveFloor (Vec3.distance hand lid |> Reward.near 0.02 0.5)

let private success (start: Start) (step: StepState) =
    Vec3.distance (Obs.object step.Obs) start.Target < 0.08

let private reward (start: Start) step =
    let effort = min (max (StepState.effort step) -1.0) 1.0
    let closing = min (max ((effort + 1.0) / 2.0) 0.0) 1.0
    let lid = Obs.object step.Obs + Sawyer.up 0.02
    let ready = ready (Obs.hand step.Obs) lid
    let away = Vec3.norm ((start.Target - lid) * Vec3.create 1.0 1.0 3.0)

    let lifted =
        0.2 * RewardTerms.flag (lid.Z > 0.04) + 0.8 * (away |> Reward.near 0.05 0.25)

    let reward =
        if success start step then
            10.0
        else
            2.0 * Reward.both closing ready + 8.0 * lifted

    let reward =
        reward * (Obs.orientation step.Obs |> RewardTerms.upright Assembly.flat 0.2)

    RewardTerms.create (ready, 0.0) (closing, lifted) reward

let private rewardV1 lift (start: Start) step =
    let lid = Obs.object step.Obs
    let toTarget = Vec3.distance lid start.Target
    RewardTerms.onlyReward (RewardV1.pick lift start lid toTarget step) 0.0

let private start random settled placed =
    let start = RewardTerms.start settled (object random) (Sawyer.part 3 random)
    let lift = RewardV1.lift 0.05 2.0 (Snapshot.at handle placed).Z 0.12 start

    Assembly.report (success start)
    |> RewardTerms.episode start (reward start) (rewardV1 lift start)

let private expert obs =
    let hand = Obs.hand obs
    let lid = Obs.object obs + Sawyer.up 0.02
    let box = { Obs.goal obs with Z = 0.15 }

    let desired =
        if Vec3.distanceXY hand lid > 0.01 then
            { lid with Z = 0.2 }
        elif abs (hand.Z - lid.Z) > 0.05 then
            lid
        elif abs (hand.Z - box.Z) > 0.04 then
            { hand with Z = box.Z }
        else
            box

    Sawyer.move 25.0 hand desired (Sawyer.effort hand lid (0.01, 0.13) (0.5, 1.0))

/// Success: the lid is within 8 cm of its target on the box.
let boxClose = {
    Sawyer.task "box-close-v3" "box" place start expert with
        Objective = "Grasp a lid and close a box with it."
        HandInit = Sawyer.single 0.0f 0.6f 0.2f
        SettledStateIsShared = false
        RandomLow = [| -0.05; 0.5; 0.02; -0.1; 0.7; 0.133 |]
        RandomHigh = [| 0.05; 0.55; 0.02; 0.1; 0.8; 0.133 |]
        Accepts = Sawyer.apart 0.25
        Watch = [ lid; box; handle ]
        Objects = Sawyer.observed lid lid
}
