/// Plate-slide and its three relatives: slide a plate into a goal ahead or aside, or back out of
/// it.
module internal MtrlFunctional.Tasks.MetaWorld.PlateSlide

open MtrlFunctional.Tasks

let private plate = Geom "puck"

/// Parameters that differ between the four variants.
type private Way = {
    /// Start index of the goal's position in the randomisation vector; None: the scene's position.
    /// (There the original moves it only until the next forward evaluation.)
    Goal: int option
    /// Initial positions of the plate's two joints.
    Plate: float list
    /// Subtracted from margins.
    Slack: float
    /// The reward, from grasp and place terms, before the plate is in place.
    Reward: float -> float -> Vec3 -> float -> float
    /// Version 1 measures from the plate's actual position; otherwise from its position in the randomisation vector.
    FromPlate: bool
}

let private place way random _ = [
    match way.Goal with
    | Some part -> PlaceBody("puck_goal", Sawyer.part part random)
    | None -> ()
    SetPositions(9, way.Plate)
    Forward
    PlaceSite("goal", Sawyer.part 3 random)
]

let private reward way (start: Start) step =
    let plate, tcp = Obs.object step.Obs, StepState.tcp step
    let toTarget, toObject = Vec3.distance plate start.Target, Vec3.distance plate tcp
    let toTarget0 = Vec3.distance start.Object start.Target - way.Slack
    let toObject0 = Vec3.distance start.Tcp start.Object - way.Slack

    let inPlace, near =
        Reward.near 0.05 toTarget0 toTarget, Reward.near 0.05 toObject0 toObject

    let reward =
        if toTarget < 0.05 then
            10.0
        else
            way.Reward near inPlace tcp toObject

    RewardTerms.withOpening step (toObject, toTarget) (near, inPlace) reward

let private start way random settled placed =
    let start = RewardTerms.start settled (Sawyer.part 0 random) (Sawyer.part 3 random)

    let from =
        if way.FromPlate then
            Snapshot.at plate placed
        else
            start.Object

    let wayV1 = Vec3.distanceXY from start.Target
    let rewardV1 = RewardV1.bring wayV1 Vec3.distanceXY StepState.tcp start

    RewardTerms.report 0.07 0.03 (fun _ _ -> false)
    |> RewardTerms.episode start (reward way start) rewardV1

let private ahead = {
    Goal = Some 3
    Plate = [ 0.0; 0.0 ]
    Slack = 0.0
    Reward = fun near inPlace _ _ -> 8.0 * Reward.both near inPlace
    FromPlate = false
}

let private aside = {
    Goal = None
    Plate = [ 0.0; 0.0 ]
    Slack = 0.05
    Reward =
        fun near inPlace tcp toObject ->
            if tcp.Z <= 0.03 && toObject < 0.07 then
                2.0 + 7.0 * inPlace
            else
                1.5 * near
    FromPlate = false
}

let private back = { aside with Plate = [ 0.0; 0.15 ]; FromPlate = true }

let private backAside = { aside with Goal = Some 0; Plate = [ -0.15; 0.0 ]; FromPlate = true }

/// Over the plate, down to it, then `slide`.
let private expert gain offset over close effort slide obs =
    let hand, plate = Obs.hand obs, Obs.object obs + offset

    let desired =
        if not (Vec3.distanceXY hand plate <= close) then
            plate + Sawyer.up over
        elif abs (hand.Z - plate.Z) > 0.04 then
            plate
        else
            slide obs hand plate

    Sawyer.move gain hand desired effort

let private slideAhead obs _ (plate: Vec3) =
    Vec3.create (Obs.goal obs).X 0.9 plate.Z

let private slideAside _ (hand: Vec3) plate =
    if hand.X > -0.2 then
        Vec3.create (hand.X - 0.1) 0.6 hand.Z
    else
        plate + Vec3.create -0.1 0.0 0.0

let private slideBack _ (hand: Vec3) _ =
    if hand.Y > 0.7 then hand + Vec3.create 0.0 -0.1 0.0
    elif hand.Y > 0.6 then Vec3.create 0.15 0.55 hand.Z
    else Vec3.create (hand.X - 0.1) 0.55 hand.Z

let private slideBackAside _ (hand: Vec3) _ = Vec3.create (hand.X + 0.1) 0.6 hand.Z

let private task name scene way expert = {
    Sawyer.task name scene (place way) (start way) expert with
        HandInit = Sawyer.single 0.0f 0.6f 0.2f
        Watch = [ plate ]
        Objects = Sawyer.observed plate plate
}

/// Success: the plate is within 7 cm of the target.
let plateSlide = {
    task
        "plate-slide-v3"
        "plate_slide"
        ahead
        (expert 10.0 (Vec3.create 0.0 -0.055 0.03) 0.1 0.03 -1.0 slideAhead) with
        Objective = "Slide a plate forward into a cabinet."
        RandomLow = [| 0.0; 0.6; 0.0; -0.1; 0.85; 0.0 |]
        RandomHigh = [| 0.0; 0.6; 0.0; 0.1; 0.9; 0.0 |]
}

/// Success: the plate is within 7 cm of the target.
let plateSlideSide = {
    task
        "plate-slide-side-v3"
        "plate_slide_side"
        aside
        (expert 25.0 (Vec3.create 0.07 0.0 -0.005) 0.1 0.04 1.0 slideAside) with
        Objective = "Slide a plate sideways into a cabinet."
        RandomLow = [| 0.0; 0.6; 0.0; -0.3; 0.54; 0.0 |]
        RandomHigh = [| 0.0; 0.6; 0.0; -0.25; 0.66; 0.0 |]
}

/// Success: the plate is within 7 cm of the target.
let plateSlideBack = {
    task
        "plate-slide-back-v3"
        "plate_slide"
        back
        (expert 10.0 (Vec3.create 0.0 -0.065 0.025) 0.1 0.01 -1.0 slideBack) with
        Objective = "Slide a plate back out of a cabinet."
        RandomLow = [| 0.0; 0.85; 0.0; -0.1; 0.6; 0.015 |]
        RandomHigh = [| 0.0; 0.85; 0.0; 0.1; 0.6; 0.015 |]
}

/// Success: the plate is within 7 cm of the target.
let plateSlideBackSide = {
    task
        "plate-slide-back-side-v3"
        "plate_slide_side"
        backAside
        (expert 10.0 (Vec3.create 0.023 0.0 0.025) 0.07 0.01 1.0 slideBackAside) with
        Objective = "Slide a plate sideways back out of a cabinet."
        RandomLow = [| -0.25; 0.6; 0.0; -0.05; 0.6; 0.015 |]
        RandomHigh = [| -0.25; 0.6; 0.0; 0.15; 0.6; 0.015 |]
}
