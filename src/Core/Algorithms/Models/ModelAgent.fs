namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// A transition model in its parts.
type TransitionModules = {
    /// Encoding and action to hidden features.
    Hidden: Module
    /// Hidden features to the mean of the next encoding.
    Mean: Module
    /// Hidden features to the logit of its standard deviation.
    Deviation: Module option
}

/// Models of a configuration, built. No tensors.
type ModelAgent = {
    Config: ModelConfig
    /// With the parts of the models in its state.
    Agent: SacAgent
    Transition: TransitionModules option
    Reward: Module option
    Decoder: Module option
}

/// Random numbers that models ask for.
module ModelDraws =
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

    let private parameters (modules: Module list) =
        modules |> List.collect _.Parameters |> Layout.create

    /// The layout of the encoder, which is the beginning of the critics' layout.
    let internal encoderLayout (agent: SacAgent) = Layout.create agent.Encoder.Parameters

    let private outlines (agent: SacAgent) sizes (config: ModelConfig) =
        let outline title input sizes spec = {
            Title = title
            Input = input
            InputSizes = sizes
            Spec = spec
        }

        let width = agent.Encoder.Width
        let prediction = { sizes with Features = width }

        [
            match config.Transition with
            | Some transition ->
                let input = $"encoding of {width}, action of {config.Agent.ActionSize}"
                outline "transition model" input sizes (transitionSpec transition width)
                outline "reward model" $"encoding of {width}" prediction rewardSpec
            | None -> ()

            match config.Decoder with
            | Some decoder -> outline "decoder" $"encoding of {width}" prediction decoder.Network
            | None -> ()
        ]

    /// Builds the networks of a valid configuration.
    let create shards (config: ModelConfig) : ModelAgent =
        let agent = SacAgent.create shards config.Agent
        let width = agent.Encoder.Width

        let sizes features : InputSizes = {
            Tasks = config.Agent.Tasks
            Features = features
            Context = 0
        }

        let input = sizes (width + config.Agent.ActionSize)

        // Agents of single tasks have models of their own.
        let build path sizes spec =
            (if config.Agent.IndependentAgents then
                 Network.separate spec |> Option.get
             else
                 spec)
            |> Network.build Precision.Full path sizes

        let transition =
            config.Transition
            |> Option.map (fun transition ->
                match transitionSpecs transition width with
                | (_, hidden) :: outputs ->
                    let hidden = build "" input hidden

                    let outputs = [
                        for name, output in outputs -> build name (sizes hidden.Width) output
                    ]

                    { Hidden = hidden; Mean = outputs.Head; Deviation = List.tryItem 1 outputs }
                | [] -> invalidOp "A transition model has outputs.")

        let reward =
            config.Transition |> Option.map (fun _ -> build "" (sizes width) rewardSpec)

        let decoder =
            config.Decoder
            |> Option.map (fun decoder -> build "" (sizes width) decoder.Network)

        let critic =
            agent.Parts |> List.find (fun part -> part.Name = SacParts.critic.PartName)

        let memory key method' =
            StatePart.memory key (SacSurgery.start config.Agent method')

        let parts = [
            match transition with
            | Some { Hidden = hidden; Mean = mean; Deviation = deviation } ->
                parameters (hidden :: mean :: Option.toList deviation)
                |> StatePart.trained ModelParts.transition

                parameters (Option.toList reward) |> StatePart.trained ModelParts.reward

                memory ModelParts.transitionSurgery (ModelConfig.ofTransitionLoss config)
            | None -> ()

            match decoder with
            | Some decoder ->
                StatePart.trained ModelParts.decoder (parameters [ decoder ])
                memory ModelParts.decoderSurgery _.OfCritic
            | None -> ()

            if (ModelConfig.ofContrastiveLoss config).IsSome then
                memory ModelParts.contrastiveSurgery _.OfCritic

            if transition.IsSome || decoder.IsSome then
                StatePart.optimiser ModelParts.encoder critic (encoderLayout agent)
        ]

        {
            Config = config
            Agent = {
                agent with
                    Parts = agent.Parts @ parts
                    Outlines = agent.Outlines @ outlines agent input config
            }
            Transition = transition
            Reward = reward
            Decoder = decoder
        }
