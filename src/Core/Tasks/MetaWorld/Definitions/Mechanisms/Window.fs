/// Window-open and window-close: slide a window by its handle.
module internal MtrlFunctional.Tasks.MetaWorld.Window

open MtrlFunctional.Tasks

/// Parameters that differ between opening and closing.
type private Way = {
    Handle: Element
    /// Initial joint position; metres.
    Joint: float
    /// Offset from the handle observed at the start to its actual position.
    Offset: Vec3
    /// Offset of the target from the window.
    Goal: Vec3
    /// True: distances are relative to the handle; false: to the window.
    FromHandle: bool
    /// Tolerance of the hand: radius, margin, distance.
    Near: float -> float -> float -> float
}

let private opening = {
    Handle = Site "handleOpenStart"
    Joint = 0.0
    Offset = Vec3.zero
    Goal = Vec3.create 0.2 0.0 0.0
    FromHandle = false
    Near = Reward.near
}

let private closing = {
    Handle = Site "handleCloseStart"
    Joint = 0.2
    Offset = Vec3.create 0.2 0.0 0.0
    Goal = Vec3.zero
    FromHandle = true
    Near = Reward.nearOnly
}

// No forward evaluation: the first observation has the window's previous position.
let private place way random _ = [
    PlaceBody("window", Sawyer.part 0 random)
    SetJoint("window_slide", way.Joint)
    PlaceSite("goal", Sawyer.part 0 random + way.Goal)
]

/// `way0`: initial distance of the window from its target; `reach0`: of the hand from the handle.
let private reward way way0 reach0 (start: Start) step =
    let handle = Obs.object step.Obs
    let toTarget = abs (handle.X - start.Target.X)
    let inPlace = toTarget |> Reward.near 0.05 (abs (way0 - 0.05))
    let toObject = Vec3.distance handle (StepState.tcp step)
    let reach = toObject |> way.Near 0.02 (abs (reach0 - 0.02))

    RewardTerms.create (toObject, toTarget) (reach, inPlace) (10.0 * Reward.both reach inPlace)

let private rewardV1 (start: Start) step =
    let handle = Obs.object step.Obs
    let toTarget = abs (handle.X - start.Target.X)
    let progress = RewardV1.distanceReward 0.01 0.001 0.2 toTarget

    RewardTerms.onlyReward
        (RewardV1.gate (Vec3.distance handle (StepState.tcp step)) progress)
        toTarget

let private start way random settled _ =
    let start =
        RewardTerms.start settled (Sawyer.part 0 random) (Sawyer.part 0 random + way.Goal)

    let handle0 = Snapshot.at way.Handle settled + way.Offset
    let from = if way.FromHandle then handle0 else start.Object
    let way0 = abs (from.X - start.Target.X)
    let reach0 = Vec3.distance handle0 start.Tcp

    RewardTerms.episode
        start
        (reward way way0 reach0 start)
        (rewardV1 start)
        (RewardTerms.report 0.05 0.05 RewardTerms.always)

let private expert side over obs =
    let hand = Obs.hand obs
    let handle = Obs.object obs + Vec3.create (-0.03 * side) -0.03 -0.08
    let slid = handle + Vec3.create (0.1 * side) 0.0 0.0
    Sawyer.move 25.0 hand (Sawyer.fetch hand handle (0.04, over) (0.02, 0.0) slid) 1.0

let private task name way expert = {
    Sawyer.task name "window" (place way) (start way) expert with
        HandInit = Sawyer.single 0.0f 0.4f 0.2f
        Watch = [ way.Handle ]
        Objects = Sawyer.observedPoint (Snapshot.at way.Handle)
}

/// Success: the handle is within 5 cm of its target along x.
let windowOpen = {
    task "window-open-v3" opening (expert 1.0 0.3) with
        Objective = "Push a window sideways to open it."
        RandomLow = [| -0.1; 0.7; 0.16 |]
        RandomHigh = [| 0.1; 0.9; 0.16 |]
}

/// Success: the handle is within 5 cm of its target along x.
let windowClose = {
    task "window-close-v3" closing (expert -1.0 0.25) with
        Objective = "Push a window back sideways to close it."
        RandomLow = [| 0.0; 0.75; 0.2 |]
        RandomHigh = [| 0.0; 0.9; 0.2 |]
}
