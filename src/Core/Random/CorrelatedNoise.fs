/// Standard normal noise that is correlated in time.
///
/// Source of the idea: Hollenstein, Martius and Piater 2024, "Colored Noise in PPO: Improved Exploration and Performance
/// through Correlated Action Sampling", arXiv:2312.11091. There a spectrum 1/f^β colours the noise, here an autoregressive
/// process of order 1: one number a step, whatever the length of an episode.
module MtrlFunctional.Randomness.CorrelatedNoise

open System

/// Makes independent standard normal numbers of consecutive steps, [steps; ..], depend on those of the step before, in
/// place: x_t ← ρ x_{t−1} + √(1 − ρ²) x_t. Each stays standard normal, and k steps apart they have the correlation ρᵏ.
[<CompiledName("Apply")>]
let apply (correlation: float) steps (numbers: Span<float32>) =
    let kept, fresh =
        float32 correlation, float32 (sqrt (1.0 - correlation * correlation))

    let row = numbers.Length / steps

    for i in row .. numbers.Length - 1 do
        numbers[i] <- kept * numbers[i - row] + fresh * numbers[i]
