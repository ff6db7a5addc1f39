/// A planar torso on one leg with a foot.
module internal MtrlFunctional.Tasks.DmControl.Hopper

let private domain = { Name = "hopper"; Model = "hopper"; Substeps = 4; Actions = 4 }

let private limbs = [ "waist"; "hip"; "knee"; "ankle" ]
let private joints = [ "rootx"; "rootz"; "rooty" ] @ limbs

let private touch sensor =
    Formula.log1p (Quantity.Sensor(sensor, 0))

let private heights = [ Quantity.BodyCentre("torso", Axis.Z); Quantity.BodyCentre("foot", Axis.Z) ]

let private isHigh = Tolerance.within (0.6, 2.0)

/// 1 while the torso is at least 0.6 m above the foot.
let private standing torso foot = Tolerance.value isHigh (torso - foot)

let private task name description =
    Definition.task domain name description [
        // The distance covered is left out.
        Definition.positions joints.Tail
        Definition.velocities joints
        { Name = "touch"; Terms = [ touch "touch_toe"; touch "touch_heel" ] }
    ]

let private isCalm = Tolerance.create Sigmoid.Quadratic 0.0 1.0 (0.0, 0.0)
let private isFast = Tolerance.create Sigmoid.Linear 0.5 1.0 (2.0, infinity)

/// Reward for standing with small controls.
let stand =
    task "stand" "Stand with little effort." {
        Of = heights @ List.map Quantity.Control limbs
        Value =
            FormulaRule(fun x ->
                let mutable calm = 0.0

                for i in 2 .. x.Length - 1 do
                    calm <- calm + Tolerance.value isCalm x[i]

                standing x[0] x[1] * ((calm / float (x.Length - 2) + 4.0) / 5.0))
    }

/// Reward for standing height and moving forward by 2 m/s or more.
let hop =
    task "hop" "Hop forward by at least 2 m/s." {
        Of = heights @ [ Quantity.Sensor("torso_subtreelinvel", 0) ]
        Value = FormulaRule(fun x -> standing x[0] x[1] * Tolerance.value isFast x[2])
    }
