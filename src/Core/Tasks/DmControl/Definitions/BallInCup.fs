/// A cup that moves in a plane, with a ball on a string.
module internal MtrlFunctional.Tasks.DmControl.BallInCup

open MtrlFunctional.Randomness

let private domain = { Name = "ball_in_cup"; Model = "ball_in_cup"; Substeps = 10; Actions = 2 }

let private joints = [ "cup_x"; "cup_z"; "ball_x"; "ball_z" ]

/// 1 while the ball is within the target in x and z.
let private isInside = {
    Of = [
        for axis in [ Axis.X; Axis.Z ] do
            Quantity.SitePosition("target", axis)
            Quantity.BodyPosition("ball", axis)
            Quantity.Model(ModelNumber.SiteSize("target", int axis))
        Quantity.Model(ModelNumber.GeomSize("ball", 0))
    ]
    Value =
        FormulaRule(fun x ->
            if abs (x[0] - x[1]) < x[2] - x[6] && abs (x[3] - x[4]) < x[5] - x[6] then
                1.0
            else
                0.0)
}

let private start (joints: Joint[]) key =
    joints
    |> Array.mapi (fun i joint ->
        let key = Key.at (int64 i) key

        match joint.Name with
        | "ball_x" -> Starts.uniform -0.2 0.2 key
        | "ball_z" -> Starts.uniform 0.2 0.5 key
        | _ -> joint.Default)
    |> Starts.atRest

/// Catch the ball.
let catch =
    let observation = [ Definition.positions joints; Definition.velocities joints ]
    let description = "Swing the ball up and catch it in the cup."

    {
        Definition.task domain "catch" description observation isInside with
            Start = start
            AvoidsContacts = true
    }
