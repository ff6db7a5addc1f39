/// Faucet-open and faucet-close: turn a faucet by its handle.
module internal MtrlFunctional.Tasks.MetaWorld.Faucet

open MtrlFunctional.Tasks

let private faucet = Body "faucetBase"
let private opening, closing = Site "handleStartOpen", Site "handleStartClose"

/// `shift`: offset from the observed handle to the handle position of the reward.
let private reward shift (start: Start) step =
    let handle = Obs.object step.Obs + shift
    let toTarget = Vec3.distance handle start.Target
    let toTarget0 = Vec3.distance start.Object start.Target
    let inPlace = toTarget |> Reward.near 0.07 (abs (toTarget0 - 0.07))
    let toObject = Vec3.distance handle (StepState.tcp step)
    let toObject0 = Vec3.distance start.Object start.Tcp
    let reach = toObject |> Reward.nearOnly 0.01 (abs (toObject0 - 0.01))

    let reward =
        if toTarget <= 0.07 then
            10.0
        else
            2.0 * (2.0 * reach + 3.0 * inPlace)

    RewardTerms.create (toObject, toTarget) (reach, inPlace) reward

let private target turn random =
    Sawyer.part 0 random + Vec3.create (0.175 * turn) 0.0 0.125

let private start shift turn random settled _ =
    let start = RewardTerms.start settled (Sawyer.part 0 random) (target turn random)

    RewardTerms.report 0.07 0.01 RewardTerms.always
    |> RewardTerms.episode start (reward shift start) (RewardV1.bringObject start)

let private placeToOpen random _ = [
    PlaceBody("faucetBase", Sawyer.part 0 random)
    PlaceSite("goal_open", target 1.0 random)
]

let private placeToClose random _ = [
    PlaceBody("faucetBase", Sawyer.part 0 random)
    Forward
    PlaceSite("goal_close", target -1.0 random)
]

let private expert turn obs =
    let hand = Obs.hand obs
    let handle = Obs.object obs + Vec3.create (-0.04 * turn) 0.0 0.03
    let pushed = handle + Vec3.create (0.1 * turn) 0.05 0.0
    Sawyer.move 25.0 hand (Sawyer.fetch hand handle (0.04, 0.1) (0.04, 0.0) pushed) 1.0

let private task name handle place start expert = {
    Sawyer.task name "faucet" place start expert with
        HandInit = Vec3.create 0.0 0.4 0.2
        HandLow = Vec3.create -0.5 0.4 -0.15
        GoalBounds = Some(Vec3.create -0.5 0.4 -0.15, snd Workspace.bounds)
        Watch = [ handle; faucet ]
        Objects =
            fun s -> [
                {
                    Position = Snapshot.at handle s + Vec3.create 0.0 0.0 -0.01
                    Orientation = (Snapshot.pose faucet s).Orientation
                }
            ]
}

/// Success: the handle is within 7 cm of its target.
let faucetOpen = {
    task "faucet-open-v3" opening placeToOpen (start (Vec3.create -0.04 0.0 0.03) 1.0) (expert 1.0) with
        Objective = "Turn a faucet to open it."
        RandomLow = [| -0.05; 0.8; 0.0 |]
        RandomHigh = [| 0.05; 0.85; 0.0 |]
}

/// Success: the handle is within 7 cm of its target.
let faucetClose = {
    task "faucet-close-v3" closing placeToClose (start Vec3.zero -1.0) (expert -1.0) with
        Objective = "Turn a faucet back to close it."
        RandomLow = [| -0.1; 0.8; 0.0 |]
        RandomHigh = [| 0.1; 0.85; 0.0 |]
}
