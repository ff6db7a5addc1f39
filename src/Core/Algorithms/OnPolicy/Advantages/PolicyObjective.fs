/// The policy's objective for each row.
///
/// Papers: Schulman et al. 2017, "Proximal Policy Optimization Algorithms", arXiv:1707.06347, eq. 6–7; Schulman et al.
/// 2015, "Trust Region Policy Optimization", arXiv:1502.05477, eq. 14. The entropy bonuses are garage's; bonuses with a
/// coefficient for each task are `EntropyTuning`'s.
module internal MtrlFunctional.Algorithms.PolicyObjective

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Rows with their log π under the policy before the update: [tasks; rows; n], others [tasks; rows].
type PolicyRows = {
    Action: Tensor
    Advantage: Tensor
    LogProb: Tensor
    /// Entropy coefficient of each task's rows, [tasks; 1].
    Coefficient: Tensor
    /// Weights of the rows: their sum is 1, or the share of a part of the batch.
    Weight: Tensor
}

/// Entropy as used in bonuses; broadcasts against [tasks; rows].
let entropy (config: OnPolicyConfig) policy =
    let entropy = ActionDistribution.entropy policy

    if config.SoftplusEntropy then
        Tensor.softplus entropy
    else
        entropy

/// Eq. 7 of PPO: the minimum of the clipped and the unclipped term.
let private clipped range (ratio: Tensor) (advantage: Tensor) =
    let inside = Tensor.clamp (1.0 - range) (1.0 + range) ratio
    Tensor.minimum (ratio .* advantage) (inside .* advantage)

/// The surrogate without a bonus, from log π after and before.
let surrogate kind (before: Tensor) (now: Tensor) (advantage: Tensor) =
    let ratio () = Tensor.exp (now .- before)

    match kind with
    | LogLikelihood -> now .* advantage
    | Ratio -> ratio () .* advantage
    | ClippedRatio range -> clipped range (ratio ()) advantage

/// log π of rows of these weights; at padding, `before`, another log π. Their ratio may be infinite there, and its
/// product with a weight of 0 would be NaN.
let ofRows (weight: Tensor) (before: Tensor) (logProb: Tensor) =
    Tensor.where (Tensor.isPositive weight) logProb before

/// The objective of each row, [tasks; rows].
let objective (config: OnPolicyConfig) kind (policy: ActionDistribution) (rows: PolicyRows) =

    let now =
        ActionDistribution.logProb policy rows.Action |> ofRows rows.Weight rows.LogProb

    let gained = surrogate kind rows.LogProb now rows.Advantage

    match config.Entropy with
    | InObjective(HasGradient = false) ->
        gained .+ Tensor.detach (rows.Coefficient .* entropy config policy)
    | InObjective _
    | Tuned _ -> gained .+ rows.Coefficient .* entropy config policy
    | NoBonus
    | InReward _ -> gained

/// Mean actions beyond ± this count in the bounds loss; environments cut actions at ±1.
[<Literal>]
let MeanBound = 1.1

/// Squares of the distances by which mean actions exceed their bounds, summed over an action: [tasks; rows]. Without
/// this loss a mean moves away from the bounds unopposed, until noise no longer changes the action. Source: rl_games'
/// bounds loss.
let private boundsLoss (policy: Gaussian) =
    let beyond = policy.Mean .- Tensor.clamp (-MeanBound) MeanBound policy.Mean
    Gaussian.sum policy.Mask (beyond .* beyond)

/// Minus the weighted mean of a policy's objective at the rows, plus the weighted mean of the bounds loss.
let loss (config: OnPolicyConfig) kind policy (rows: PolicyRows) =
    let objective =
        Tensor.neg (Tensor.sum (rows.Weight .* objective config kind policy rows))

    match policy with
    | GaussianActions policy when config.BoundsLoss > 0.0 ->
        objective .+ config.BoundsLoss *. Tensor.sum (rows.Weight .* boundsLoss policy)
    | GaussianActions _
    | CategoricalActions _ -> objective
