namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Configuration of Distral.
type internal DistralConfig = {
    /// The agents of the tasks, which share nothing but the distilled policy.
    Agents: SacConfig
    /// A decoder of each agent, of observations from the encoding of its critics; none: no decoder.
    Decoder: DecoderConfig option
    /// The rule of the encoders in the steps of their decoders.
    EncoderAdam: AdamRule
    /// Observation to mean and log standard deviation of each action, for all tasks alike.
    Distilled: Spec
    /// c_KL, per nat: weight of the divergence of an agent from the distilled policy. c_Ent is the
    /// temperature of the agent.
    DivergenceWeight: float
    /// c_KL log π/π₀ is subtracted from the reward. If not (the original), log π₀ of a sample of π₀
    /// itself is added to the reward.
    PenalisesDivergence: bool
    /// The distilled policy minimises KL(π ‖ π₀), which covers all modes of the agents. If not (the
    /// original), KL(π₀ ‖ π) around squashed means, which seeks one mode.
    CoversAgentModes: bool
    /// Evaluation runs each task's agent; if not, the distilled policy.
    EvaluatesAgents: bool
}

/// Random numbers of Distral's updates.
module internal DistralDraws =
    /// For the distilled policy at the next observations.
    let distilled = { Name = "noise/distilled"; Kind = DrawKind.Actions }

    /// Draws beside the draws of the agents' decoders: none if the losses penalise the divergence.
    let ofConfig (config: DistralConfig) : RandomDraw list = [
        if not config.PenalisesDivergence then
            distilled

        if config.Agents.TemperaturesOfTask > 1 then
            {
                Name = RandomDraw.blocks
                Kind = DrawKind.Block config.Agents.TemperaturesOfTask
            }
    ]
