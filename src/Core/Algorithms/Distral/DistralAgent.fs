namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The part that Distral adds to the parts of soft actor-critic.
module DistralParts =
    /// The distilled policy.
    let distilled = PartKey.trained "distilled"

/// A configuration with its networks built. No tensors.
type DistralAgent = {
    Config: DistralConfig
    /// All agents as one, of networks for each task; with the distilled policy as a part of its state.
    Models: ModelAgent
    Distilled: Module
} with

    member agent.Agents = agent.Models.Agent

    member agent.DistilledLayout =
        StatePart.layout DistralParts.distilled agent.Agents.Parts

module DistralAgent =
    /// Builds the networks of a valid configuration.
    let create shards (config: DistralConfig) : DistralAgent =
        let models =
            ModelAgent.create shards {
                ModelConfig.ofAgent config.Agents with
                    Decoder = config.Decoder
                    EncoderAdam = config.EncoderAdam
            }

        let agents = models.Agent

        let widths = { Tasks = config.Agents.Tasks; Features = config.Agents.ObsSize; Context = 0 }

        let distilled = Network.build config.Agents.Precision "" widths config.Distilled

        let part =
            StatePart.trained DistralParts.distilled (Layout.create distilled.Parameters)

        let outline = {
            Title = "distilled policy"
            Input = $"observation of {widths.Features}"
            InputSizes = widths
            Spec = config.Distilled
        }

        {
            Config = config
            Models = {
                models with
                    Agent = {
                        agents with
                            Parts = agents.Parts @ [ part ]
                            Outlines = agents.Outlines @ [ outline ]
                    }
            }
            Distilled = distilled
        }

    /// The parameters of the distilled policy.
    let distilled (agent: DistralAgent) (state: SacState) : Weights =
        Layout.views agent.DistilledLayout (state.Get DistralParts.distilled).Values

    /// The distilled policy at observations [tasks; rows; obs].
    let policy (agent: DistralAgent) (distilled: Weights) obs : Gaussian =
        agent.Distilled.Run distilled (NetworkInput.ofRows obs)
        |> TanhGaussian.ofOutput agent.Config.Agents.LogStdBounds
