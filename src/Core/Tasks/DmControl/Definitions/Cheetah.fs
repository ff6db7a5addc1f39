/// A planar runner with a back leg and a front leg, whose joints are springs.
module internal MtrlFunctional.Tasks.DmControl.Cheetah

open MtrlFunctional.Randomness

let private domain = { Name = "cheetah"; Model = "cheetah"; Substeps = 1; Actions = 6 }

let private legs = [ "bthigh"; "bshin"; "bfoot"; "fthigh"; "fshin"; "ffoot" ]
let private joints = [ "rootx"; "rootz"; "rooty" ] @ legs

let private forward = Quantity.Sensor("torso_subtreelinvel", 0)

/// Limited joints are uniform in their range, the body is level.
let private level (joint: Joint) key =
    match joint.Range with
    | ValueSome(struct (low, high)) -> Starts.uniform low high key
    | ValueNone -> joint.Default

let private isFast = Tolerance.create Sigmoid.Linear 0.0 10.0 (10.0, infinity)

/// Reward: forward speed up to 10 m/s, as a fraction of it.
[<CompiledName("Run")>]
let run =
    // The distance covered is left out.
    let observation = [ Definition.positions joints.Tail; Definition.velocities joints ]
    let description = "Run forward; the reward grows with the speed up to 10 m/s."

    let reward = { Of = [ forward ]; Value = FormulaRule(fun x -> Tolerance.value isFast x[0]) }

    {
        Definition.task domain "run" description observation reward with
            Start =
                fun joints key ->
                    Key.forPurpose "joints" key |> Starts.positions level joints |> Starts.atRest
            // It falls to the floor and comes to rest there.
            Settle = 200
    }
