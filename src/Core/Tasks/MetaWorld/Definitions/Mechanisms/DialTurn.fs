/// Dial-turn: turn a dial by the knob on its rim.
module internal MtrlFunctional.Tasks.MetaWorld.DialTurn

open MtrlFunctional.Tasks

let private dial = Body "dial"

/// The knob moves on a circle of radius 5 cm; angle 0 points to the robot.
let private knobAt (centre: Vec3) angle =
    let x, y = Trigonometry.sin angle, -(Trigonometry.cos angle)
    centre + Vec3.create (x * 0.05) (y * 0.05) 0.0

let private knob s =
    knobAt (Snapshot.at dial s) s.JointPositions[0]

/// Point where the hand pushes: beside and above the knob.
let private beside = Vec3.create 0.05 0.02 0.09

let private target random =
    Sawyer.part 0 random + Vec3.create 0.0 0.03 0.03

let private place random _ = [
    PlaceBody("dial", Sawyer.part 0 random)
    PlaceSite("goal", target random)
]

let private reward (from: Vec3) (start: Start) step =
    let knob = Obs.object step.Obs
    let toTarget = Vec3.distance knob start.Target
    let way = abs (Vec3.distance from start.Target - 0.07)
    let inPlace = toTarget |> Reward.near 0.07 way
    let toObject = Vec3.distance (knob + beside) (StepState.tcp step)

    let near =
        toObject |> Reward.nearOnly 0.005 (abs (Vec3.distance from start.Tcp - 0.005))

    let reach = Reward.both near (StepState.closing 1.0 step)

    RewardTerms.create (toObject, toTarget) (reach, inPlace) (10.0 * Reward.both reach inPlace)

let private rewardV1 (start: Start) step =
    let knob = Obs.object step.Obs
    let toTarget = abs (knob.Y - start.Target.Y)
    let way = abs (start.Target.Y - start.Object.Y)
    let bonus = max (RewardV1.distanceReward 0.001 0.0001 way toTarget) 0.0
    RewardTerms.onlyReward (RewardV1.gate (Vec3.distance knob (StepState.tcp step)) bonus) toTarget

let private start random settled placed =
    let start = RewardTerms.start settled (Sawyer.part 0 random) (target random)
    // No forward evaluation: position of the dial from the settled state, with its current angle.
    let from = knobAt (Snapshot.at dial settled) placed.JointPositions[0] + beside

    RewardTerms.report 0.07 0.01 RewardTerms.always
    |> RewardTerms.episode start (reward from start) (rewardV1 start)

let private expert obs =
    let hand, knob = Obs.hand obs, Obs.object obs + beside

    let desired =
        if Vec3.distanceXY hand knob > 0.02 then
            { knob with Z = 0.2 }
        elif abs (hand.Z - knob.Z) > 0.02 then
            knob
        else
            knob + Vec3.create -0.05 0.005 0.0

    Sawyer.move 10.0 hand desired 1.0

/// Success: the knob is within 7 cm of its target.
let dialTurn = {
    Sawyer.task "dial-turn-v3" "dial" place start expert with
        Objective = "Turn a dial by half a turn."
        HandInit = Sawyer.single 0.0f 0.6f 0.2f
        RandomLow = [| -0.1; 0.7; 0.0 |]
        RandomHigh = [| 0.1; 0.8; 0.0 |]
        GoalBounds = Some(Vec3.create -0.1 0.73 0.0299, Vec3.create 0.1 0.83 0.0301)
        Watch = [ dial ]
        Joints = [ "knob_Joint_1" ]
        Objects =
            fun s -> [ { Position = knob s; Orientation = (Snapshot.pose dial s).Orientation } ]
}
