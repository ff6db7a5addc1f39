namespace MtrlFunctional.Tasks.DmControl

open System

/// How a tolerance falls from 1 at its bounds; the value w at one margin from them fixes the width.
[<RequireQualifiedAccess>]
type internal Sigmoid =
    /// exp(−(sd)²/2).
    | Gaussian
    /// 1/cosh(sd).
    | Hyperbolic
    /// 1/((sd)² + 1).
    | LongTail
    /// 1/(sd + 1).
    | Reciprocal
    /// (1 + cos πsd)/2 up to sd = 1, then 0.
    | Cosine
    /// 1 − sd up to sd = 1, then 0.
    | Linear
    /// 1 − (sd)² up to sd = 1, then 0.
    | Quadratic
    /// 1 − tanh²(sd).
    | TanhSquared

/// A reward in [0, 1] of one number: 1 within bounds, falling with the distance to them.
///
/// Source: Tassa et al. 2018, "DeepMind Control Suite", arXiv:1801.00690, section 2.
type internal Tolerance = private {
    Low: float
    High: float
    Margin: float
    Sigmoid: Sigmoid
    /// s: multiplies the distance in margins.
    Scale: float
}

/// Tolerances of DeepMind Control.
module internal Tolerance =
    let private scaleOf sigmoid w =
        match sigmoid with
        | Sigmoid.Gaussian -> sqrt (-2.0 * log w)
        | Sigmoid.Hyperbolic -> Math.Acosh(1.0 / w)
        | Sigmoid.LongTail -> sqrt (1.0 / w - 1.0)
        | Sigmoid.Reciprocal -> 1.0 / w - 1.0
        | Sigmoid.Cosine -> acos (2.0 * w - 1.0) / Math.PI
        | Sigmoid.Linear -> 1.0 - w
        | Sigmoid.Quadratic -> sqrt (1.0 - w)
        | Sigmoid.TanhSquared -> Math.Atanh(sqrt (1.0 - w))

    let private reachesZero sigmoid =
        match sigmoid with
        | Sigmoid.Cosine
        | Sigmoid.Linear
        | Sigmoid.Quadratic -> true
        | _ -> false

    /// 1 in [low, high], `atMargin` at `margin` outside of it.
    /// An ArgumentException for low > high, a negative margin, or `atMargin` outside (0, 1); 0 is
    /// allowed for the sigmoids that reach 0.
    [<CompiledName("Create")>]
    let create sigmoid (atMargin: float) margin (low: float, high: float) =
        if not (low <= high) then
            invalidArg
                (nameof low)
                $"The bounds of a tolerance are [{low}, {high}]; low must not exceed high."

        if not (margin >= 0.0) then
            invalidArg (nameof margin) $"The margin of a tolerance is {margin}, must be at least 0."

        if not (atMargin < 1.0 && (atMargin > 0.0 || (atMargin = 0.0 && reachesZero sigmoid))) then
            let least = if reachesZero sigmoid then "[0" else "(0"

            invalidArg
                (nameof atMargin)
                $"The value at the margin of a {sigmoid} tolerance is {atMargin}, must be in {least}, 1)."

        {
            Low = low
            High = high
            Margin = margin
            Sigmoid = sigmoid
            Scale = scaleOf sigmoid atMargin
        }

    /// Gaussian, 0.1 at the margin.
    [<CompiledName("Gaussian")>]
    let gaussian margin bounds =
        create Sigmoid.Gaussian 0.1 margin bounds

    /// 1 in [low, high], 0 elsewhere.
    [<CompiledName("Within")>]
    let within bounds = gaussian 0.0 bounds

    /// The value for a number; NaN for NaN, unless the margin is 0.
    [<CompiledName("Value")>]
    let value t x =
        if t.Low <= x && x <= t.High then
            1.0
        elif t.Margin = 0.0 then
            0.0
        else
            let outside = if x < t.Low then t.Low - x else x - t.High
            let z = outside / t.Margin * t.Scale

            match t.Sigmoid with
            | Sigmoid.Gaussian -> exp (-0.5 * (z * z))
            | Sigmoid.Hyperbolic -> 1.0 / cosh z
            | Sigmoid.LongTail -> 1.0 / (z * z + 1.0)
            | Sigmoid.Reciprocal -> 1.0 / (z + 1.0)
            | Sigmoid.Cosine -> if z >= 1.0 then 0.0 else (1.0 + cos (Math.PI * z)) / 2.0
            | Sigmoid.Linear -> if z >= 1.0 then 0.0 else 1.0 - z
            | Sigmoid.Quadratic -> if z >= 1.0 then 0.0 else 1.0 - z * z
            | Sigmoid.TanhSquared -> let tanh = tanh z in 1.0 - tanh * tanh
