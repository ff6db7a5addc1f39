/// A cart on a rail with a chain of one to three poles.
module internal MtrlFunctional.Tasks.DmControl.CartPole

open System
open MtrlFunctional.Randomness

let private domain poles = {
    Name = "cartpole"
    Model = if poles = 1 then "cartpole" else $"cartpole_{poles}poles"
    Substeps = 1
    Actions = 1
}

let private slider = Quantity.Position "slider"

let private cosine pole =
    Quantity.BodyAxis($"pole_{pole}", Axis.Z, Axis.Z)

let private sine pole =
    Quantity.BodyAxis($"pole_{pole}", Axis.X, Axis.Z)

let private hinge pole = Quantity.Velocity $"hinge_{pole}"

let private observation poles = [
    Definition.part "position" [
        slider
        for pole in 1..poles do
            cosine pole
            sine pole
    ]
    Definition.part "velocity" [
        Quantity.Velocity "slider"
        for pole in 1..poles do
            hinge pole
    ]
]

let private isCentred = Tolerance.gaussian 2.0 (0.0, 0.0)
let private isSlow = Tolerance.gaussian 5.0 (0.0, 0.0)

let private isIdle = Tolerance.create Sigmoid.Quadratic 0.0 1.0 (0.0, 0.0)

/// Upright, centred, with little control and slow hinges.
let private smooth poles = {
    Of = [
        slider
        Quantity.Control "slide"
        for pole in 1..poles do
            cosine pole
        for pole in 1..poles do
            hinge pole
    ]
    Value =
        FormulaRule(fun x ->
            let mutable upright = 0.0
            let mutable slowest = 1.0

            for pole in 0 .. poles - 1 do
                upright <- upright + (x[2 + pole] + 1.0) / 2.0
                slowest <- min slowest (Tolerance.value isSlow x[2 + poles + pole])

            let centred = (1.0 + Tolerance.value isCentred x[0]) / 2.0
            let idle = (4.0 + Tolerance.value isIdle x[1]) / 5.0
            upright / float poles * idle * ((1.0 + slowest) / 2.0) * centred)
}

let private isNearCentre = Tolerance.within (-0.25, 0.25)
let private isUpright = Tolerance.within (0.995, 1.0)

/// 1 while the cart is near the centre and its pole upright.
let private sparse = {
    Of = [ slider; cosine 1 ]
    Value = FormulaRule(fun x -> Tolerance.value isNearCentre x[0] * Tolerance.value isUpright x[1])
}

let private start draw joints key : Start =
    let normal key = 0.01 * Key.normal key

    {
        Positions = Starts.positions draw joints (Key.forPurpose "positions" key)
        Velocities = Starts.positions (fun _ -> normal) joints (Key.forPurpose "velocities" key)
        Edits = [||]
    }

/// Nearly balanced.
let private upright =
    start (fun joint key ->
        if joint.Name = "slider" then
            Starts.uniform -0.1 0.1 key
        else
            Starts.uniform -0.034 0.034 key)

/// The first pole hangs.
let private hanging =
    start (fun joint key ->
        match joint.Name with
        | "slider" -> 0.01 * Key.normal key
        | "hinge_1" -> Math.PI + 0.01 * Key.normal key
        | _ -> 0.1 * Key.normal key)

let private task name description poles start reward = {
    Definition.task (domain poles) name description (observation poles) reward with
        Start = start
}

let private balancing, swinging =
    "Keep the pole upright and the cart at the centre.",
    "Swing the pole up, then keep it upright and the cart at the centre."

/// Smooth reward, from nearly balanced.
let balance = task "balance" balancing 1 upright (smooth 1)

/// Reward 0 or 1, from nearly balanced.
let balanceSparse = task "balance_sparse" balancing 1 upright sparse

/// Smooth reward, from the hanging pole.
let swingup = task "swingup" swinging 1 hanging (smooth 1)

/// Reward 0 or 1, from the hanging pole.
let swingupSparse = task "swingup_sparse" swinging 1 hanging sparse

let private chain name poles =
    task
        name
        $"Swing a chain of {poles} poles up and keep it upright at the centre."
        poles
        hanging
        (smooth poles)

/// Swing-up of two poles.
let twoPoles = chain "two_poles" 2

/// Swing-up of three poles.
let threePoles = chain "three_poles" 3
