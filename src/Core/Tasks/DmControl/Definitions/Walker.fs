/// A planar torso on two legs with feet.
module MtrlFunctional.Tasks.DmControl.Walker

let private domain = { Name = "walker"; Model = "walker"; Substeps = 10; Actions = 6 }

let private legs = [
    for side in [ "right"; "left" ] do
        for part in [ "thigh"; "leg"; "foot" ] do
            $"{side}_{part}"
]

let private joints = [
    "rootz"
    "rootx"
    "rooty"
    for side in [ "right"; "left" ] do
        for joint in [ "hip"; "knee"; "ankle" ] do
            $"{side}_{joint}"
]

let private height = Quantity.BodyPosition("torso", Axis.Z)
let private upright = Quantity.BodyAxis("torso", Axis.Z, Axis.Z)
let private forward = Quantity.Sensor("torso_subtreelinvel", 0)

let private isHigh = Tolerance.gaussian 0.6 (1.2, infinity)

/// Three quarters for a torso at 1.2 m or above, a quarter for one that is upright.
let private standing height upright =
    (3.0 * Tolerance.value isHigh height + (1.0 + upright) / 2.0) / 4.0

let private task name description =
    Definition.task domain name description [
        Definition.part "orientations" [
            for body in "torso" :: legs do
                Quantity.BodyAxis(body, Axis.X, Axis.X)
                Quantity.BodyAxis(body, Axis.X, Axis.Z)
        ]
        Definition.part "height" [ height ]
        Definition.velocities joints
    ]

/// The reward of standing, a sixth of it at rest and all of it from `speed` on.
let private moving (speed: float) =
    let isFast = Tolerance.create Sigmoid.Linear 0.5 (speed / 2.0) (speed, infinity)

    {
        Of = [ height; upright; forward ]
        Value =
            FormulaRule(fun x ->
                standing x[0] x[1] * ((5.0 * Tolerance.value isFast x[2] + 1.0) / 6.0))
    }

/// Reward for an upright torso at 1.2 m or above.
let internal stand =
    task "stand" "Stand upright." {
        Of = [ height; upright ]
        Value = FormulaRule(fun x -> standing x[0] x[1])
    }

/// Reward for standing and moving forward by 1 m/s or more.
[<CompiledName("Walk")>]
let walk = task "walk" "Walk forward upright by at least 1 m/s." (moving 1.0)

/// Reward for standing and moving forward by 8 m/s or more.
let internal run = task "run" "Run forward upright by at least 8 m/s." (moving 8.0)
