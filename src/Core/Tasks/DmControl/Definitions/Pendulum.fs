/// A pole that swings around a hinge with a torque too weak to lift it at once.
module internal MtrlFunctional.Tasks.DmControl.Pendulum

open System

let private domain = { Name = "pendulum"; Model = "pendulum"; Substeps = 1; Actions = 1 }

let private upright = Quantity.BodyAxis("pole", Axis.Z, Axis.Z)
let private isUp = Tolerance.within (cos (8.0 * Math.PI / 180.0), 1.0)

/// Reward 1 while the pole is within 8° of upright.
let swingup =
    Definition.task
        domain
        "swingup"
        "Swing the pole up and keep it within 8° of upright."
        [
            Definition.part "orientation" [ upright; Quantity.BodyAxis("pole", Axis.X, Axis.Z) ]
            Definition.velocities [ "hinge" ]
        ]
        { Of = [ upright ]; Value = FormulaRule(fun x -> Tolerance.value isUp x[0]) }
