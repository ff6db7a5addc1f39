namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// A configuration with its networks built. No tensors.
type internal DistralAgent = {
    Config: DistralConfig
    /// All agents as one, of networks for each task.
    Models: ModelAgent
    Distilled: Module
    DistilledLayout: Layout
} with

    member agent.Agents = agent.Models.Agent

/// Everything that the agents and the distilled policy have learned.
type internal DistralState = { Agents: ModelState; Distilled: AdamState }

module internal DistralAgent =
    let private sizes (config: DistralConfig) = {
        Tasks = config.Agents.Tasks
        Features = config.Agents.ObsSize
        Context = 0
    }

    /// Builds the networks of a valid configuration.
    let create shards (config: DistralConfig) : DistralAgent =
        let distilled =
            Network.build config.Agents.Precision "" (sizes config) config.Distilled

        {
            Config = config
            Models =
                ModelAgent.create shards {
                    ModelConfig.ofAgent config.Agents with
                        Decoder = config.Decoder
                        EncoderAdam = config.EncoderAdam
                }
            Distilled = distilled
            DistilledLayout = Layout.create distilled.Parameters
        }

    /// The networks: of the agents, then the distilled policy.
    let outlines (agent: DistralAgent) : NetworkOutline list =
        ModelAgent.outlines agent.Models
        @ [
            {
                Title = "distilled policy"
                Input = $"observation of {agent.Config.Agents.ObsSize}"
                InputSizes = sizes agent.Config
                Spec = agent.Config.Distilled
                Count = 1
            }
        ]

    /// The parameters of the distilled policy.
    let distilled (agent: DistralAgent) (state: DistralState) : Weights =
        Layout.views agent.DistilledLayout state.Distilled.Values

    /// The distilled policy at observations [tasks; rows; obs].
    let policy (agent: DistralAgent) (distilled: Weights) obs : Gaussian =
        agent.Distilled.Run distilled (NetworkInput.ofRows obs)
        |> TanhGaussian.ofOutput agent.Config.Agents.LogStdLimit agent.Config.Agents.LogStdBounds

/// Making and owning states.
module internal DistralState =
    let owns (state: DistralState) : seq<Tensor> =
        Seq.append (ModelState.owns state.Agents) (AdamState.owns state.Distilled)

    /// The parts of a state.
    let parts (agent: DistralAgent) : StatePart<DistralState> list =
        let agents = { Get = _.Agents; Set = fun x s -> { s with DistralState.Agents = x } }
        let distilled = agent.DistilledLayout

        List.map (StatePart.inner agents) (ModelState.parts agent.Models)
        @ [
            StatePart.trained "distilled" distilled _.Distilled (fun x s -> {
                s with
                    Distilled = x
            })
        ]

    /// As `SacState.start`.
    let start (agent: DistralAgent) vector : DistralState = {
        Agents = ModelState.start agent.Models vector
        Distilled = AdamState.start (vector "distilled" agent.DistilledLayout)
    }

    /// A state before the first update, made with `options`.
    let create (agent: DistralAgent) key options : DistralState =
        Tensors.scope owns (fun () -> start agent (SacState.initial key options))

    /// The state of named tensors (`StatePart.toNamed`); or every name that is missing or has another shape. The
    /// numbers are converted to `options`.
    let ofNamed (agent: DistralAgent) options find =
        StatePart.ofNamed owns (start agent) (parts agent) options find
