/// An arm of two links in a plane whose finger reaches a target at a random place.
module internal MtrlFunctional.Tasks.DmControl.Reacher

open System
open MtrlFunctional.Randomness

let private domain = { Name = "reacher"; Model = "reacher"; Substeps = 1; Actions = 2 }

let private target, finger = "target", "finger"

let private joints = [ "shoulder"; "wrist" ]

let private observation = [
    Definition.positions joints
    {
        Name = "to_target"
        Terms = [
            for axis in [ Axis.X; Axis.Y ] do
                Formula.difference
                    (Quantity.GeomPosition(target, axis))
                    (Quantity.GeomPosition(finger, axis))
        ]
    }
    Definition.velocities joints
]

/// 1 while finger and target overlap.
let private touches = {
    Of = [
        for geom in [ target; finger ] do
            Quantity.GeomPosition(geom, Axis.X)
            Quantity.GeomPosition(geom, Axis.Y)
            Quantity.Model(ModelNumber.GeomSize(geom, 0))
    ]
    Value =
        FormulaRule(fun x ->
            let dx, dy = x[0] - x[3], x[1] - x[4]
            if sqrt (dx * dx + dy * dy) <= x[2] + x[5] then 1.0 else 0.0)
}

/// The target lies 5 to 20 cm from the shoulder.
let private start radius joints key =
    let angle = Starts.uniform 0.0 (2.0 * Math.PI) (Key.forPurpose "angle" key)
    let distance = Starts.uniform 0.05 0.20 (Key.forPurpose "distance" key)

    {
        Starts.atRest (Starts.randomized joints key) with
            Edits = [| radius; distance * sin angle; distance * cos angle |]
    }

let private task name (radius: float) =
    let description =
        $"Reach a target of radius {100.0 * radius} cm with the finger and stay there."

    {
        Definition.task domain name description observation touches with
            Edits = [
                ModelNumber.GeomSize(target, 0)
                ModelNumber.GeomPosition(target, Axis.X)
                ModelNumber.GeomPosition(target, Axis.Y)
            ]
            Start = start radius
    }

/// A target of radius 5 cm.
let easy = task "easy" 0.05

/// A target of radius 1.5 cm.
let hard = task "hard" 0.015
