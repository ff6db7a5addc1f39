namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// A transition model in its parts.
type internal TransitionModules = {
    /// Encoding and action to hidden features.
    Hidden: Module
    /// Hidden features to the mean of the next encoding.
    Mean: Module
    /// Hidden features to the logit of its standard deviation.
    Deviation: Module option
}

/// Models of a configuration, built. No tensors. Layouts of models that the configuration lacks are empty.
type ModelAgent = internal {
    Config: ModelConfig
    Agent: SacAgent
    Transition: TransitionModules option
    Reward: Module option
    Decoder: Module option
    TransitionLayout: Layout
    RewardLayout: Layout
    DecoderLayout: Layout
    /// The encoder, which is the beginning of the critics' layout. Empty without transition model and decoder.
    EncoderLayout: Layout
}

/// Random numbers that models ask for.
module internal ModelDraws =
    /// Noise of the prediction that the reward model reads.
    let transition = "noise/transition"

    /// Noise of the prediction that the decoder reads.
    let decoder = "noise/decoder"

    /// Noise of the pixels of the decoder's target: 256 steps in the place of the eight values of three bits.
    let pixels = "noise/pixels"

    /// Pairs of rows.
    let partner = "partner"

    /// The draws of an agent.
    let ofAgent (agent: ModelAgent) : RandomDraw list =
        let config, width = agent.Config, agent.Agent.Encoder.Width

        let samples = config.Transition |> Option.exists _.IsProbabilistic

        [
            if samples then
                { Name = transition; Kind = DrawKind.Normal width }

            if config.Decoder.IsSome then
                if samples then
                    { Name = decoder; Kind = DrawKind.Normal width }

                { Name = pixels; Kind = DrawKind.UniformBytes config.Agent.ObsSize }

            if config.Contrastive.IsSome then
                { Name = partner; Kind = DrawKind.Partner }
        ]

/// Building models.
module ModelAgent =
    /// Units of the hidden layer of the reward model.
    [<Literal>]
    let private RewardHidden = 512

    // Both models begin as PyTorch's own layers do, in mtrl.
    let private linear units = UniformStart.layer (Spec.mlp 0 0 units)

    /// The part of a transition model before its outputs, and each of its outputs.
    let internal transitionSpecs (config: TransitionConfig) width = [
        "",
        Chain.layer [
            "hidden", linear config.Hidden
            "norm", LayerNorm.layer
            "relu", Activate.layer Relu
        ]
        "mean", linear width
        if config.IsProbabilistic then
            "deviation", linear width
    ]

    /// The reward model.
    let internal rewardSpec =
        Chain.layer [
            "hidden", linear RewardHidden
            "norm", LayerNorm.layer
            "relu", Activate.layer Relu
            "output", linear 1
        ]

    /// The transition model to the mean of its prediction.
    let internal transitionSpec config width =
        transitionSpecs config width |> List.truncate 2 |> Chain.layer

    /// The networks in the order of the data flow.
    let internal outlines (agent: ModelAgent) : NetworkOutline list =
        let config, width = agent.Config, agent.Agent.Encoder.Width

        let outline title input features spec = {
            Title = title
            Input = input
            InputSizes = { Tasks = config.Agent.Tasks; Features = features; Context = 0 }
            Spec = spec
            Count = 1
        }

        [
            yield! SacAgent.outlines agent.Agent

            match config.Transition with
            | Some transition ->
                outline
                    "transition model"
                    $"encoding of {width}, action of {config.Agent.ActionSize}"
                    (width + config.Agent.ActionSize)
                    (transitionSpec transition width)

                outline "reward model" $"encoding of {width}" width rewardSpec
            | None -> ()

            match config.Decoder with
            | Some decoder -> outline "decoder" $"encoding of {width}" width decoder.Network
            | None -> ()
        ]

    /// Builds the networks of a valid configuration.
    let create shards (config: ModelConfig) : ModelAgent =
        let agent = SacAgent.create shards config.Agent
        let width = agent.Encoder.Width

        // Agents of single tasks have models of their own.
        let build path features spec =
            (if config.Agent.IndependentAgents then
                 Network.separate spec |> Option.get
             else
                 spec)
            |> Network.build Precision.Full path {
                Tasks = config.Agent.Tasks
                Features = features
                Context = 0
            }

        let transition =
            config.Transition
            |> Option.map (fun transition ->
                match transitionSpecs transition width with
                | (_, hidden) :: outputs ->
                    let hidden = build "" (width + config.Agent.ActionSize) hidden
                    let outputs = [ for name, output in outputs -> build name hidden.Width output ]

                    { Hidden = hidden; Mean = outputs.Head; Deviation = List.tryItem 1 outputs }
                | [] -> invalidOp "A transition model has outputs.")

        let reward = config.Transition |> Option.map (fun _ -> build "" width rewardSpec)

        let decoder =
            config.Decoder |> Option.map (fun decoder -> build "" width decoder.Network)

        let layout (modules: Module list) =
            modules |> List.collect _.Parameters |> Layout.create

        {
            Config = config
            Agent = agent
            Transition = transition
            Reward = reward
            Decoder = decoder
            TransitionLayout =
                layout [
                    for modules in Option.toList transition do
                        modules.Hidden
                        modules.Mean
                        yield! Option.toList modules.Deviation
                ]
            RewardLayout = layout (Option.toList reward)
            DecoderLayout = layout (Option.toList decoder)
            EncoderLayout =
                layout [
                    if transition.IsSome || decoder.IsSome then
                        agent.Encoder
                ]
        }
