/// Coffee-button: press the button of a coffee machine.
module internal MtrlFunctional.Tasks.MetaWorld.CoffeeButton

open MtrlFunctional.Tasks

let private button = Site "buttonStart"

let private front random =
    Sawyer.part 0 random + Vec3.create 0.0 -0.22 0.0

/// Places the mug. In the coffee scene the mug's joint comes first; the original therefore
/// clears the velocities of the arm's last joints and of the fingers, not the mug's.
let putMug (p: Vec3) = [
    SetPositions(0, [ p.X; p.Y; p.Z ])
    SetVelocities(9, List.replicate 6 0.0)
    Forward
]

let private place random _ = [
    PlaceBody("coffee_machine", Sawyer.part 0 random)
    yield! putMug (front random)
]

let private start random settled placed =
    let machine = Sawyer.part 0 random
    let target = machine + Vec3.create 0.0 -0.22 0.3 + Vec3.create 0.0 0.03 0.0
    let start = RewardTerms.start settled machine target
    let way = abs ((Snapshot.at button placed).Y - target.Y)

    RewardTerms.report 0.02 0.05 RewardTerms.opened
    |> RewardTerms.episode
        start
        (ButtonPress.reward Vec3.distanceY 0.05 ButtonPress.earned 0.03 start)
        (RewardV1.bring way Vec3.distanceY _.Scene.LeftFinger start)

let private expert obs =
    let hand, button = Obs.hand obs, Obs.object obs + Vec3.create 0.0 0.0 -0.07

    let desired =
        if Vec3.distanceXZ hand button > 0.02 then
            { button with Y = hand.Y }
        else
            button + Vec3.create 0.0 0.2 0.0

    Sawyer.move 10.0 hand desired -1.0

/// Success: the button is within 2 cm of its end position.
let coffeeButton = {
    Sawyer.task "coffee-button-v3" "coffee" place start expert with
        Objective = "Press a button on a coffee machine."
        HandInit = Vec3.create 0.0 0.4 0.2
        RandomLow = [| -0.1; 0.8; -0.001 |]
        RandomHigh = [| 0.1; 0.9; 0.001 |]
        GoalBounds = Some(Vec3.create -0.101 0.6100000000000001 0.298, Vec3.create 0.101 0.71 0.302)
        Watch = [ button ]
        Objects =
            fun s -> [
                {
                    Position = Snapshot.at button s
                    Orientation = { Orientation.none with A = 1.0 }
                }
            ]
}
