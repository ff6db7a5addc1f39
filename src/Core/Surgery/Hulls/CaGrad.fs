namespace MtrlFunctional.Surgery

open System
open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Schema

/// The divisor of the direction.
[<RequireQualifiedAccess>]
type internal CaGradScale =
    | One
    /// 1 + c², as the authors' program does.
    | OnePlusSquare
    /// 1 + c.
    | OnePlus

/// Settings of CAGrad.
type internal CaGradConfig = {
    /// c: largest distance from the mean gradient, relative to its length; 0 gives the mean gradient.
    Radius: float
    Scale: CaGradScale
}

/// CAGrad: of the directions near the mean gradient g₀, the one that maximises the least improvement of a task.
///
/// Paper: Liu et al. 2021, "Conflict-Averse Gradient Descent for Multi-task Learning",
/// arXiv:2110.14048, eq. 4: minimise ⟨g_w, g₀⟩ + c‖g₀‖‖g_w‖ over weights w; then
/// d = g₀ + c‖g₀‖ g_w / ‖g_w‖.
///
/// For a fixed guess τ of ‖g_w‖ the minimum is the shortest vector in the hull of the points
/// g_i + τ/(c‖g₀‖) g₀, which `MinNorm` finds exactly; the right τ is the root of ‖g_w(τ)‖ = τ.
/// Where g_w vanishes the direction is not determined, and the mean gradient is taken.
module internal CaGrad =
    [<CompiledName("Standard")>]
    let standard = { Radius = 0.4; Scale = CaGradScale.OnePlusSquare }

    /// Products of the gradients, each moved by `amount` of their mean, whose products with the
    /// gradients are `means`.
    let private moved (gram: Gram) (means: float[]) amount =
        let n = gram.Size
        let own = amount * amount * Array.average means

        {
            gram with
                Products =
                    gram.Products
                    |> Array.mapi (fun at x -> x + amount * (means[at / n] + means[at % n]) + own)
        }

    /// Below it a length is what rounding left of zero.
    let private vanishing gram =
        4.0 * sqrt (gram.Rounding * Gram.largest gram)

    /// The root of a function that is positive at `low` and falls, by the Illinois rule. `guess`
    /// carries what the next evaluation may start from.
    let rec private root rounds f guess (low, atLow) (high, atHigh) tolerance =
        let middle = (low * atHigh - high * atLow) / (atHigh - atLow)

        if rounds = 0 || high - low <= tolerance || not (low < middle && middle < high) then
            guess
        else
            let value, guess = f guess middle

            if abs value <= tolerance then
                guess
            elif value > 0.0 then
                root (rounds - 1) f guess (middle, value) (high, atHigh / 2.0) tolerance
            else
                root (rounds - 1) f guess (low, atLow / 2.0) (middle, value) tolerance

    /// The weights w, with `reach` = c‖g₀‖.
    let weights (gram: Gram) reach =
        let means = Gram.along gram (Simplex.middle gram.Size)
        let longest = sqrt (Gram.largest gram)

        /// ‖g_w(τ)‖ − τ, and w(τ).
        let excess start tau =
            let w = moved gram means (tau / reach) |> MinNorm.from start
            sqrt (max 0.0 (Gram.squared gram w)) - tau, w

        // A shorter vector is what rounding left of zero. Where the hull holds zero, g_w is zero
        // for τ = 0, and yet there may be a root further on: the search begins beyond.
        let low = vanishing gram
        let atLow, w = excess (MinNorm.solve gram) low

        if atLow <= 0.0 then
            w
        else
            // No g_w is longer than the longest gradient.
            let high = 2.0 * longest
            let atHigh, w = excess w high
            root 100 excess w (low, atLow) (high, atHigh) (1e-15 * longest)

    let private divisor config =
        match config.Scale with
        | CaGradScale.One -> 1.0
        | CaGradScale.OnePlusSquare -> 1.0 + config.Radius * config.Radius
        | CaGradScale.OnePlus -> 1.0 + config.Radius

    /// The coefficients of the direction.
    [<CompiledName("Solve")>]
    let solve config (problem: Problem) state =
        let gram = problem.Gram
        let share = Simplex.middle gram.Size
        let middle = sqrt (max 0.0 (Gram.squared gram share))
        let scaled = Array.map (fun x -> x / divisor config)

        if config.Radius * middle <= 0.0 then
            Solution.create (scaled share) state
        else
            let w = weights gram (config.Radius * middle)
            let length = sqrt (max 0.0 (Gram.squared gram w))

            if length > vanishing gram then
                let towards = config.Radius * middle / length
                let direction = Array.map2 (fun s w -> s + towards * w) share w
                Solution.create (scaled direction) state
            else
                {
                    Solution.mean Fallback.Vanishing problem state with
                        Coefficients = scaled share
                }

    /// The method with these choices.
    let surgery config : Surgery = Surgery.Of(solve config)

    let private key name = key $"agent.surgery.cagrad.{name}"

    let private divisors = [
        "none", CaGradScale.One
        "one_plus_square", CaGradScale.OnePlusSquare
        "one_plus", CaGradScale.OnePlus
    ]

    let private keys =
        record [
            key "radius" Codec.notNegative (is standard.Radius) _.Radius
            <| "c: how far from the mean gradient, relative to its length; 0 is the mean gradient. Ours"

            key "divisor" (Codec.oneOf divisors) (is standard.Scale) _.Scale
            <| "by what the direction is divided: nothing, 1 + c² or 1 + c. Ours"
        ]

    /// `agent.surgery.method=cagrad`.
    let method' =
        Method.withKeys
            "cagrad"
            "near the mean gradient, best for the worst-off task"
            standard
            keys
            surgery
