/// Standard normal noise that is correlated in time.
///
/// Source of the idea: Hollenstein, Martius and Piater 2024, "Colored Noise in PPO: Improved Exploration and Performance
/// through Correlated Action Sampling", arXiv:2312.11091. There a spectrum 1/f^β colours the noise, here an autoregressive
/// process of order 1: one number a step, whatever the length of an episode.
module MtrlFunctional.Randomness.CorrelatedNoise

open System

/// The number of a step, ρ x + √(1 − ρ²) ε, from that of the step before and an independent standard normal one. It is standard
/// normal, too; k steps apart numbers have the correlation ρᵏ.
[<CompiledName("Next")>]
let next (correlation: float) (before: float32) (fresh: float32) =
    float32 correlation * before
    + float32 (sqrt (1.0 - correlation * correlation)) * fresh

/// Makes independent standard normal numbers of consecutive steps, [steps; ..], depend on those of the step before (`next`), in
/// place.
[<CompiledName("Apply")>]
let apply (correlation: float) steps (numbers: Span<float32>) =
    let row = numbers.Length / steps

    for i in row .. numbers.Length - 1 do
        numbers[i] <- next correlation numbers[i - row] numbers[i]
