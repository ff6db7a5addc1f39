/// V-trace: values and advantages of episodes that an earlier policy played, as plain numbers.
///
/// Paper: Espeholt et al. 2018, "IMPALA: Scalable Distributed Deep-RL with Importance Weighted Actor-Learner
/// Architectures", arXiv:1802.01561, eq. 1, section 4.2 and remark 2. Arrays are laid out as in `Advantages`. Where
/// this differs from the paper:
///   [1] with λ < 1 the advantages of the policy use λ, too. With λ = 1 they are the paper's
///       ρ (r + γ v' − V); where no policy is earlier they equal `Advantages.estimate`.
module internal MtrlFunctional.Algorithms.VTrace

/// Corrected estimates of each step.
type Estimates = {
    /// v − V.
    ValueError: float[]
    /// ρ (r + γ V' + γ λ (v' − V') − V) [1]: the factor of ∇ log π.
    Advantage: float[]
}

/// v_t − V_t = ρ_t δ_t + γ c_t (v_{t+1} − V_{t+1}) with δ_t = r_t + γ V_{t+1} − V_t,
/// ρ_t = min(ρ̄, π / μ) and c_t = λ min(c̄, π / μ). `ratios` are π / μ of each step.
let estimate
    discount
    lambda
    (bounds: ImportanceBounds)
    (ratios: float[])
    (sequence: Advantages.RewardSequence)
    : Estimates =
    let errors = Array.zeroCreate sequence.Reward.Length
    let advantages = Array.zeroCreate sequence.Reward.Length

    for episode in Advantages.withPadding sequence do
        let mutable next, carried = episode.Bootstrap, 0.0

        for i in episode.Last .. -1 .. episode.First do
            let value, ratio = sequence.Value[i], ratios[i]
            let rho = min bounds.Rho ratio
            let error = sequence.Reward[i] + discount * next - value
            advantages[i] <- rho * (error + discount * lambda * carried)
            carried <- rho * error + discount * (lambda * min bounds.C ratio) * carried
            next <- value
            errors[i] <- carried

    { ValueError = errors; Advantage = advantages }
