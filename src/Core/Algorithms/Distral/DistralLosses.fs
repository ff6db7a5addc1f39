/// The regulariser that keeps the agents near the distilled policy π₀, and the loss of π₀.
///
/// Paper: Teh et al. 2017, "Distral: Robust Multitask Reinforcement Learning", arXiv:1707.04175, eq. 1
/// with c_KL = `DivergenceWeight` and c_Ent = the agent's temperature α: an agent maximises
/// Σ γᵗ (r − c_KL log π/π₀ − α log π). Where this differs from the paper:
///   [1] the agents are soft actor-critics with temperatures that learn, not soft Q-learning or
///       policy gradients;
///   [2] π₀ is fitted to the agents' policies in stored states, not in the states of their newest episodes.
/// As the original program has it: docs/reference/differences.md, `behaviour.distral_log_ratio_in_losses` and
/// `behaviour.distral_forward_kl`.
module internal MtrlFunctional.Algorithms.DistralLosses

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// α log π + c_KL log π/π₀ at the agent's own action.
let private divergence (agent: DistralAgent) distilled : PolicyRegulariser =
    let regulariser obs (alpha: Tensor) (sample: PolicySample) =
        let distilled =
            TanhGaussian.logProbBy
                agent.Config.Agents.SquashDensity
                (DistralAgent.policy agent distilled obs)
                sample

        let left = sample.LogProb .- distilled
        alpha .* sample.LogProb .+ agent.Config.DivergenceWeight *. left

    {
        InTarget = fun alpha batch -> regulariser batch.NextObs alpha
        InActorLoss = fun alpha batch -> regulariser batch.Obs alpha
        OfCategorical = None
    }

/// (α + c_KL) log π in the target, α log π in the actor's loss.
let private asOriginal (agent: DistralAgent) : PolicyRegulariser = {
    InTarget = fun alpha _ sample -> (agent.Config.DivergenceWeight +. alpha) .* sample.LogProb
    InActorLoss = PolicyRegulariser.entropy.InActorLoss
    OfCategorical = None
}

/// The regulariser of the agents, in place of α log π.
let regulariser (agent: DistralAgent) distilled =
    if agent.Config.PenalisesDivergence then
        divergence agent distilled
    else
        asOriginal agent

/// The batch that the agents learn from. In the original γ (1 − d) c_KL log π₀ of π₀'s own sample at the next
/// observation is added to the rewards, whatever the agent does.
let withBonus (agent: DistralAgent) distilled (batch: Batch) : Batch =
    if agent.Config.PenalisesDivergence then
        batch
    else
        let logProb =
            Tensors.constant Seq.singleton (fun () ->
                let policy = DistralAgent.policy agent distilled batch.NextObs
                let noise = batch.Draws[DistralDraws.distilled.Name]
                (TanhGaussian.sampleBy agent.Config.Agents.SquashDensity policy noise).LogProb)

        let scale = agent.Config.Agents.Discount * agent.Config.DivergenceWeight
        let bonus = scale *. Batch.continues batch .* logProb
        { batch with Reward = batch.Reward .+ bonus }

/// Divergence of the distilled policy from the agents, and its weight in the loss:
/// KL(π ‖ π₀) of each row, [tasks; rows], of policies as they act. In the original KL(π₀ ‖ π) of
/// normal distributions around the squashed means, times c_KL.
let distilled (config: DistralConfig) (agents: Gaussian) (distilled: Gaussian) =
    if config.CoversAgentModes then
        // tanh is a bijection: the squashed policies have the divergence of the Gaussians.
        Gaussian.divergence agents distilled, 1.0
    else
        let squashed (policy: Gaussian) = { policy with Mean = TanhGaussian.mode policy }
        Gaussian.divergence (squashed distilled) (squashed agents), config.DivergenceWeight
