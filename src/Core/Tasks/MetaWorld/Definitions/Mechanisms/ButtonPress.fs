/// Button-press: press a button on the front of a box. Button-press-wall: with a wall in front.
module internal MtrlFunctional.Tasks.MetaWorld.ButtonPress

open MtrlFunctional.Tasks

let private button, hole, outer = Body "button", Site "hole", Site "buttonStart"

let private place random _ = [
    PlaceBody("box", Sawyer.part 0 random)
    SetPositions(9, [ 0.0 ])
    SetVelocities(9, [ 0.0 ])
    Forward
]

/// Of all buttons. `distance`: of button and target. `radius`: tolerance of the hand. `earned`: the reward as a function of
/// the distance to the button, the opening, the nearness of the hand and the depth of the button.
let reward (distance: Vec3 -> Vec3 -> float) radius earned way (start: Start) step =
    let button, opening = Obs.object step.Obs, Obs.opening step.Obs
    let toTarget = distance button start.Target
    let toObject = Vec3.distance button (StepState.tcp step)
    // The margin moves with the button: the original recomputes it at each step.
    let near = toObject |> Reward.near radius (Vec3.distance button start.Tcp)
    let pressed = toTarget |> Reward.near 0.005 way

    let reward = earned toObject opening near pressed
    RewardTerms.withOpening step (toObject, toTarget) (near, pressed) reward

/// Of a button that is pressed from the front.
let earned toObject opening near pressed =
    let reached = 2.0 * Reward.both (max opening 0.0) near

    if toObject <= 0.05 then
        reached + 8.0 * pressed
    else
        reached

let private earnedAtWall toObject opening near pressed =
    if toObject > 0.07 then
        2.0 * Reward.both ((1.0 - opening) / 2.0) near
    else
        2.0 + 2.0 * (1.0 + opening) + 4.0 * (pressed * pressed)

let private rewardV1 way =
    RewardV1.bring way Vec3.distanceY _.Scene.LeftFinger

let private start random settled placed =
    let start =
        RewardTerms.start settled (Sawyer.part 0 random) (Snapshot.at hole placed)

    let way = abs (start.Target.Y - (Snapshot.at outer placed).Y)

    RewardTerms.report 0.02 0.05 RewardTerms.opened
    |> RewardTerms.episode start (reward Vec3.distanceY 0.05 earned way start) (rewardV1 way start)

let private startAtWall random settled placed =
    let start =
        RewardTerms.start settled (Sawyer.part 0 random) (Snapshot.at hole placed)

    let outer = Snapshot.at outer placed
    let way = abs (start.Target.Y - outer.Y)
    // Version 1 uses the height, although the button moves in depth.
    let wayV1 = abs (outer.Z - start.Target.Z)

    RewardTerms.report 0.03 0.05 RewardTerms.opened
    |> RewardTerms.episode
        start
        (reward Vec3.distanceY 0.01 earnedAtWall way start)
        (rewardV1 wayV1 start)

let private expert obs =
    let hand, button = Obs.hand obs, Obs.object obs + Vec3.create 0.0 0.0 -0.07
    let close x aim = abs (x - aim) <= 0.02 + 1e-5 * abs aim

    let desired =
        if close hand.X button.X && close hand.Z button.Z then
            button + Vec3.create 0.0 0.02 0.0
        else
            Vec3.create button.X (hand.Y - 0.1) button.Z

    Sawyer.move 25.0 hand desired 0.0

let private expertAtWall obs =
    let hand, button = Obs.hand obs, Obs.object obs + Vec3.create 0.0 0.0 0.04

    let desired, effort =
        if abs (hand.X - button.X) > 0.02 then
            Vec3.create button.X hand.Y 0.3, 1.0
        elif button.Y - hand.Y > 0.09 then
            { button with Z = 0.3 }, 1.0
        elif abs (hand.Z - button.Z) > 0.02 then
            button + Vec3.create 0.0 -0.05 0.0, 1.0
        else
            button + Vec3.create 0.0 -0.02 0.0, -1.0

    Sawyer.move 15.0 hand desired effort

let private task name scene start expert = {
    Sawyer.task name scene place start expert with
        HandInit = Sawyer.single 0.0f 0.4f 0.2f
        Watch = [ button; hole; outer ]
        Objects = Sawyer.observedAt (Vec3.create 0.0 -0.193 0.0) button
}

/// Success: the button is within 2 cm of its end position.
let buttonPress = {
    task "button-press-v3" "button" start expert with
        Objective = "Press a button on the front of a box."
        RandomLow = [| -0.1; 0.85; 0.115 |]
        RandomHigh = [| 0.1; 0.9; 0.115 |]
}

/// Success: the button is within 3 cm of its end position.
let buttonPressWall = {
    task "button-press-wall-v3" "button_wall" startAtWall expertAtWall with
        Objective = "Press a button on the front of a box, behind a wall."
        RandomLow = [| -0.05; 0.85; 0.1149 |]
        RandomHigh = [| 0.05; 0.9; 0.1151 |]
}
