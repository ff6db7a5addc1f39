namespace MtrlFunctional.Tasks

/// The building blocks of the rewards of version 2; each result is in [0, 1].
///
/// Source: Meta-World's reward_utils, which extends dm_control's `rewards.tolerance` (Tassa et al.
/// 2018, arXiv:1801.00690, appendix). The order of operations is the original's.
module internal Reward =
    /// The tolerance of nearly all rewards: 1 where lower ≤ x ≤ upper, a long tail outside, 0.1 one margin away. With margin 0
    /// it is 0 outside. Unlike `DmControl.Tolerance`, the general form, it never raises; callers ensure lower ≤ upper and
    /// margins ≥ 0.
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
