namespace MtrlFunctional.Tasks

/// Decay of a reward outside its target range, as a function of the distance in margins.
/// The value at one margin is a parameter, usually 0.1.
type Sigmoid =
    /// exp(−(x s)² / 2)
    | Gaussian
    /// 1 / cosh(x s)
    | Hyperbolic
    /// 1 / ((x s)² + 1)
    | LongTail
    /// 1 / (|x| s + 1)
    | Reciprocal
    /// (1 + cos(π x s)) / 2, zero from |x s| = 1 on
    | Cosine
    /// 1 − x s, zero from |x s| = 1 on
    | Linear
    /// 1 − (x s)², zero from |x s| = 1 on
    | Quadratic
    /// 1 − tanh²(x s)
    | TanhSquared

/// The building blocks of the rewards of version 2; each result is in [0, 1].
///
/// Source: Meta-World's reward_utils, which extends dm_control's `rewards.tolerance` (Tassa et al.
/// 2018, arXiv:1801.00690, appendix). The order of operations is the original's.
module Reward =
    let private pi = System.Math.PI

    /// The value of a sigmoid at x; `atMargin` is its value at 1.
    /// Raises ArgumentException if `atMargin` is not below 1 and above 0 (cosine, linear and
    /// quadratic: not negative).
    let sigmoid kind atMargin x =
        let mayVanish = kind = Cosine || kind = Linear || kind = Quadratic

        if not (atMargin < 1.0 && (atMargin > 0.0 || mayVanish && atMargin = 0.0)) then
            invalidArg (nameof atMargin) $"The value at the margin is {atMargin}, not in (0, 1)."

        match kind with
        | Gaussian ->
            let scaled = x * sqrt (-2.0 * log atMargin)
            exp (-0.5 * (scaled * scaled))
        | Hyperbolic -> 1.0 / cosh (x * System.Math.Acosh(1.0 / atMargin))
        | LongTail ->
            let scaled = x * sqrt (1.0 / atMargin - 1.0)
            1.0 / (scaled * scaled + 1.0)
        | Reciprocal -> 1.0 / (abs x * (1.0 / atMargin - 1.0) + 1.0)
        | Cosine ->
            let scaled = x * (acos (2.0 * atMargin - 1.0) / pi)

            if abs scaled < 1.0 then
                (1.0 + cos (pi * scaled)) / 2.0
            else
                0.0
        | Linear ->
            let scaled = x * (1.0 - atMargin)
            if abs scaled < 1.0 then 1.0 - scaled else 0.0
        | Quadratic ->
            let scaled = x * sqrt (1.0 - atMargin)
            if abs scaled < 1.0 then 1.0 - scaled * scaled else 0.0
        | TanhSquared ->
            let falls = tanh (x * System.Math.Atanh(sqrt (1.0 - atMargin)))
            1.0 - falls * falls

    /// 1 where lower ≤ x ≤ upper; outside it decays with the distance to that range in margins.
    /// With margin 0 it is 0 outside.
    /// Raises ArgumentException for lower > upper or a negative margin.
    let tolerance kind atMargin lower upper margin x =
        if lower > upper then
            invalidArg (nameof lower) $"The lower bound {lower} exceeds the upper bound {upper}."

        if margin < 0.0 then
            invalidArg (nameof margin) $"The margin is {margin}, below 0."

        if lower <= x && x <= upper then
            1.0
        elif margin = 0.0 then
            0.0
        else
            sigmoid kind atMargin ((if x < lower then lower - x else x - upper) / margin)

    /// Long tail, 0.1 at the margin: the tolerance of nearly all rewards. Unlike `tolerance` it
    /// never raises; callers ensure lower ≤ upper and margins ≥ 0.
    let inRange lower upper margin x =
        if lower <= x && x <= upper then
            1.0
        elif margin = 0.0 then
            0.0
        else
            // The scale sqrt(1 / 0.1 − 1) is 3, exactly.
            let scaled = (if x < lower then lower - x else x - upper) / margin * 3.0
            1.0 / (scaled * scaled + 1.0)

    /// 1 within a radius, 0.1 one margin further out.
    let near radius margin distance = inRange 0.0 radius margin distance

    let private gaussianScale = sqrt (-2.0 * log 0.1)

    /// As `near`, with a Gaussian instead of a long tail.
    let nearOnly radius margin distance =
        if 0.0 <= distance && distance <= radius then
            1.0
        elif margin = 0.0 then
            0.0
        else
            let past = if distance < 0.0 then -distance else distance - radius
            let scaled = past / margin * gaussianScale
            exp (-0.5 * (scaled * scaled))

    /// Least height of the hand at the distance `aside` from a vertical axis: 0 within `radius`,
    /// slope · log(aside − radius) + height outside.
    let funnel radius slope height aside =
        if aside > radius then
            slope * log (aside - radius) + height
        else
            0.0

    /// 1 at or above a height, 0.1 at 1 cm plus one margin below.
    let above floor margin z =
        if z >= floor then 1.0 else floor - z |> near 0.01 margin

    /// Soft "and" of two rewards in [0, 1]: their Hamacher product, 0 where both are 0.
    let both (a: float) (b: float) =
        let sum = a + b - a * b
        if sum > 0.0 then a * b / sum else 0.0

    /// Progress of a point through a box from corner `zero` to corner `one`: the product of its
    /// fractions along the three axes; 1 outside of the box.
    let throughBox (p: Vec3) (zero: Vec3) (one: Vec3) =
        let between a x b = a >= x && x >= b || b >= x && x >= a

        if between zero.X p.X one.X && between zero.Y p.Y one.Y && between zero.Z p.Z one.Z then
            (p.X - zero.X) / (one.X - zero.X)
            * ((p.Y - zero.Y) / (one.Y - zero.Y))
            * ((p.Z - zero.Z) / (one.Z - zero.Z))
        else
            1.0
