/// Standard normal noise that is correlated in time.
///
/// Source of the idea: Hollenstein, Martius and Piater 2024, "Colored Noise in PPO: Improved Exploration and Performance
/// through Correlated Action Sampling", arXiv:2312.11091. There a spectrum 1/f^β colours the noise, here an autoregressive
/// process of order 1: one number a step, whatever the length of an episode.
module internal MtrlFunctional.Randomness.CorrelatedNoise

open System

/// ρ and √(1 − ρ²).
let private factors (correlation: float) =
    struct (float32 correlation, float32 (sqrt (1.0 - correlation * correlation)))

/// The number of a step, ρ x + √(1 − ρ²) ε, from the number x of the step before and an independent standard normal ε.
/// It is standard normal, too; k steps apart numbers have the correlation ρᵏ.
[<CompiledName("Next")>]
let next correlation (before: float32) (fresh: float32) =
    let struct (kept, added) = factors correlation
    kept * before + added * fresh

/// Makes independent standard normal numbers of consecutive steps, [steps; ..], depend on the step before, as `next`,
/// in place. `correlations`: of each number of a step, [..].
[<CompiledName("Apply")>]
let apply (correlations: float[]) (numbers: Span<float32>) =
    let row = correlations.Length
    let each = correlations |> Array.map factors

    for i in row .. numbers.Length - 1 do
        let struct (kept, added) = each[i % row]
        numbers[i] <- kept * numbers[i - row] + added * numbers[i]
