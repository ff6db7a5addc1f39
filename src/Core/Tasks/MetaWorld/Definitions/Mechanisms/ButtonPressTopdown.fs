/// Button-press-topdown: press a button from above. Button-press-topdown-wall: the same
/// behind a wall.
module internal MtrlFunctional.Tasks.MetaWorld.ButtonPressTopdown

open MtrlFunctional.Tasks

let private button, hole, outer = Body "button", Site "hole", Site "buttonStart"

let private place random _ = [ PlaceBody("box", Sawyer.part 0 random); Forward ]

// With the wall the original rewards an open gripper, without it a closed one.
let private earned wall toObject opening near pressed =
    let hand = if wall then max opening 0.0 else 1.0 - opening
    let reached = 5.0 * Reward.both hand near

    if toObject <= 0.03 then
        reached + 5.0 * pressed
    else
        reached

let private start wall random settled placed =
    let start =
        RewardTerms.start settled (Sawyer.part 0 random) (Snapshot.at hole placed)

    let way = abs (start.Target.Z - (Snapshot.at outer placed).Z)

    RewardTerms.report 0.024 0.05 RewardTerms.opened
    |> RewardTerms.episode
        start
        (ButtonPress.reward Vec3.distanceZ 0.01 (earned wall) way start)
        (RewardV1.bring way Vec3.distanceZ StepState.tcp start)

let private expert offset effort obs =
    let hand, button = Obs.hand obs, Obs.object obs + offset
    let aside = Vec3.distanceXY hand button > 0.04
    Sawyer.move 25.0 hand (if aside then button + Sawyer.up 0.1 else button) effort

let private task name scene wall expert = {
    Sawyer.task name scene place (start wall) expert with
        HandInit = Sawyer.single 0.0f 0.4f 0.2f
        RandomLow = [| -0.1; 0.8; 0.115 |]
        RandomHigh = [| 0.1; 0.9; 0.115 |]
        Watch = [ button; hole; outer ]
        Objects = Sawyer.observedAt (Sawyer.up 0.193) button
}

/// Success: the button is within 2.4 cm of the bottom of its hole.
let buttonPressTopdown = {
    task "button-press-topdown-v3" "button_topdown" false (expert Vec3.zero 1.0) with
        Objective = "Press a button down from above."
}

/// Success: as button-press-topdown.
let buttonPressTopdownWall = {
    task
        "button-press-topdown-wall-v3"
        "button_topdown_wall"
        true
        (expert (Vec3.create 0.0 -0.06 0.0) -1.0) with
        Objective = "Press a button down from above, behind a wall."
}
