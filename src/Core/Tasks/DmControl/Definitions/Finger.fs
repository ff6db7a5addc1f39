/// Two links that turn a spinner on a hinge: keep it spinning, or turn its tip to a target. No gravity.
module internal MtrlFunctional.Tasks.DmControl.Finger

open System
open MtrlFunctional.Randomness

let private domain = { Name = "finger"; Model = "finger"; Substeps = 2; Actions = 2 }

let private spinning = Quantity.Velocity "hinge"

/// x and z of a position sensor relative to the spinner.
let private relative sensor = [
    for index in [ 0; 2 ] do
        Formula.difference (Quantity.Sensor(sensor, index)) (Quantity.Sensor("spinner", index))
]

let private touch sensor =
    Formula.log1p (Quantity.Sensor(sensor, 0))

let private touching = [
    {
        Name = "position"
        Terms = [
            Term.Read(Quantity.Position "proximal")
            Term.Read(Quantity.Position "distal")
            yield! relative "tip"
        ]
    }
    Definition.velocities [ "proximal"; "distal"; "hinge" ]
    { Name = "touch"; Terms = [ touch "touchtop"; touch "touchbottom" ] }
]

/// Reward 1 while the spinner turns clockwise by at least 15 rad/s.
[<CompiledName("Spin")>]
let spin =
    let description = "Spin the body on the hinge by at least 15 rad/s."

    let reward = {
        Of = [ spinning ]
        Value = FormulaRule(fun x -> if x[0] <= -15.0 then 1.0 else 0.0)
    }

    {
        Definition.task domain "spin" description touching reward with
            // The hinge is lighter than in the turning tasks; there is no target, so its marks are hidden.
            Edits = [
                ModelNumber.Damping "hinge"
                ModelNumber.SiteAlpha "target"
                ModelNumber.SiteAlpha "tip"
            ]
            Start =
                fun joints key -> {
                    Starts.atRest (Starts.randomized joints key) with
                        Edits = [| 0.03; 0.0; 0.0 |]
                }
            AvoidsContacts = true
    }

let private targetRadius = ModelNumber.SiteSize("target", 0)

let private surfaceDistance = {
    Of = [
        for sensor, index in [ "target", 0; "tip", 0; "target", 2; "tip", 2 ] do
            Quantity.Sensor(sensor, index)

        Quantity.Model targetRadius
    ]
    Value =
        FormulaRule(fun x ->
            let dx, dz = x[0] - x[1], x[2] - x[3]
            sqrt (dx * dx + dz * dz) - x[4])
}

/// Metres from the hinge of the spinner to its tip: both numbers of the size of a cap.
let private reach = 0.04 + 0.09

/// World position of the hinge of the spinner, m.
let private hingeX, private hingeZ = 0.2, 0.4

let private turn name description radius = {
    Domain = domain
    Name = name
    Description = description
    Observation =
        touching
        @ [
            { Name = "target_position"; Terms = relative "target" }
            {
                Name = "dist_to_target"
                Terms = [
                    Term.Computed("norm((x[0] - x[1], x[2] - x[3])) - x[4]", surfaceDistance)
                ]
            }
        ]
    Reward = {
        surfaceDistance with
            Value = FormulaRule(fun x -> if surfaceDistance.Value.Invoke x <= 0.0 then 1.0 else 0.0)
    }
    Edits = [
        ModelNumber.SitePosition("target", Axis.X)
        ModelNumber.SitePosition("target", Axis.Z)
        targetRadius
    ]
    Start =
        fun joints key ->
            let angle = Starts.uniform -Math.PI Math.PI (Key.forPurpose "target" key)

            {
                Starts.atRest (Starts.randomized joints key) with
                    Edits = [| hingeX + reach * sin angle; hingeZ + reach * cos angle; radius |]
            }
    AvoidsContacts = true
    Settle = 0
}

/// Reward 1 while the tip is in a target of 7 cm.
let turnEasy =
    turn "turn_easy" "Turn the body on the hinge until its tip is in a large target." 0.07

/// Reward 1 while the tip is in a target of 3 cm.
let turnHard =
    turn "turn_hard" "Turn the body on the hinge until its tip is in a small target." 0.03
