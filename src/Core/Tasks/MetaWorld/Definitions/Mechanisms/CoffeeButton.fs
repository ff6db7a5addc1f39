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

let private reward (start: Start) step =
    let button, opening = Obs.object step.Obs, Obs.opening step.Obs
    let toTarget = abs (start.Target.Y - button.Y)
    let toObject = Vec3.distance button (StepState.tcp step)
    let near = toObject |> Reward.near 0.05 (Vec3.distance button start.Tcp)
    let pressed = toTarget |> Reward.near 0.005 0.03
    let reached = 2.0 * Reward.both (max opening 0.0) near

    {
        Reward =
            if toObject <= 0.05 then
                reached + 8.0 * pressed
            else
                reached
        ToObject = toObject
        Opening = opening
        ToTarget = toTarget
        Grasp = near
        InPlace = pressed
    }

let private rewardV1 way (start: Start) step =
    let button = Obs.object step.Obs

    button
    |> RewardV1.bring way (abs (button.Y - start.Target.Y)) step.Scene.LeftFinger

let private start random settled placed =
    let machine = Sawyer.part 0 random
    let target = machine + Vec3.create 0.0 -0.22 0.3 + Vec3.create 0.0 0.03 0.0
    let start = RewardTerms.start settled machine target
    let way = abs ((Snapshot.at button placed).Y - target.Y)

    RewardTerms.report 0.02 0.05 RewardTerms.opened
    |> RewardTerms.episode start (reward start) (rewardV1 way start)

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
        GoalLow = Vec3.create -0.101 0.6100000000000001 0.298
        GoalHigh = Vec3.create 0.101 0.71 0.302
        Watch = [ button ]
        Objects =
            fun s -> [
                {
                    Position = Snapshot.at button s
                    Orientation = { Orientation.none with A = 1.0 }
                }
            ]
}
