namespace MtrlFunctional.Cadm

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// A network over the steps of a history (Zaheer et al. 2017, arXiv:1703.06114, theorem 2).
type ContextEncoder = {
    /// A step (s, a, s' − s) to features.
    Step: Module
    /// The mean of the features over the steps to the context.
    Mean: Module
}

/// A model of one direction: ReLU layers, of which the first adds a linear map of the context to its outputs. So a zero
/// context leaves a plain network, bit by bit, and a context is a change of one bias.
type Dynamics = {
    /// State and action to the first hidden layer, before ReLU.
    Input: Module
    /// [context; units]; none without a context.
    Context: Parameter option
    /// ReLU and all further layers.
    Rest: Module
}

/// A configuration with its networks built. No tensors.
type CadmAgent = {
    Config: CadmConfig
    /// None without a context.
    Encoder: ContextEncoder option
    /// s, a and context to s' − s, r and the end.
    Forward: Dynamics
    /// s', a and context to s − s'.
    Backward: Dynamics
    /// The layout of all parameters.
    Layout: Layout
    Shards: IShards
}

/// Everything that an agent has learned.
type CadmState = {
    Model: AdamState
    /// Statistics of states and actions, [states + actions].
    Inputs: Running
    /// Statistics of changes and rewards, [states + 1].
    Targets: Running
}

/// Building networks.
module CadmAgent =
    /// Sizes of a network that knows no task.
    let sizes features : InputSizes = { Tasks = 1; Features = features; Context = 0 }

    /// Numbers that the encoder reads of a step.
    let stepSize (config: CadmConfig) =
        CadmConfig.inputs config + config.StateSize

    /// The encoder of a step, and the network behind the mean over steps.
    let encoderSpecs (config: CadmConfig) =
        let model = config.Settings

        Spec.mlp (model.Layers - 1) model.Units model.Units,
        Chain.layer [ "relu", Activate.layer Relu; "context", Spec.mlp 1 model.Units model.Context ]

    /// The input layer of a model, and all behind it.
    let private partsOfModel (config: CadmConfig) outputs =
        let model = config.Settings

        Spec.mlp 0 0 model.Units,
        [
            "relu", Activate.layer Relu
            "rest", Spec.mlp (model.Layers - 1) model.Units outputs
        ]

    /// A model of so many outputs without its context.
    let modelSpec (config: CadmConfig) outputs =
        let input, rest = partsOfModel config outputs
        Chain.layer (("input", input) :: rest)

    let private build path features spec =
        Network.build Precision.Full path (sizes features) spec

    let private dynamics (config: CadmConfig) path outputs : Dynamics =
        let at = Parameter.join path
        let context, units = config.Settings.Context, config.Settings.Units
        let input, rest = partsOfModel config outputs

        {
            Input = build (at "input") (CadmConfig.inputs config) input
            Context =
                if context = 0 then
                    None
                else
                    XavierUniform
                    |> Parameter.shared (at "context/weight") [ int64 context; int64 units ]
                    |> Some
            Rest = build path units (Chain.layer rest)
        }

    let private parametersOfEncoder encoder =
        encoder.Step.Parameters @ encoder.Mean.Parameters

    let private parametersOfModel model =
        model.Input.Parameters @ Option.toList model.Context @ model.Rest.Parameters

    /// Builds the networks of a valid configuration.
    let create (shards: IShards) (config: CadmConfig) : CadmAgent =
        let encoder =
            if config.Settings.Context = 0 then
                None
            else
                let step, mean = encoderSpecs config

                Some {
                    Step = build "encoder/step" (stepSize config) step
                    Mean = build "encoder/mean" config.Settings.Units mean
                }

        let forward = dynamics config "forward" (CadmConfig.outputs config)
        let backward = dynamics config "backward" config.StateSize

        {
            Config = config
            Encoder = encoder
            Forward = forward
            Backward = backward
            Layout =
                List.collect parametersOfEncoder (Option.toList encoder)
                @ List.collect parametersOfModel [ forward; backward ]
                |> Layout.create
            Shards = shards
        }

/// Making and owning states.
module CadmState =
    let owns (state: CadmState) : seq<Tensor> =
        Seq.concat [
            AdamState.owns state.Model
            Running.owns state.Inputs
            Running.owns state.Targets
        ]

    /// A state before the first update, with the parameters that `vector` gives for a name and a layout; statistics have
    /// `options`.
    let start (agent: CadmAgent) options vector : CadmState =
        let numbers (count: int) = Running.start options [| int64 count |]

        {
            Model = AdamState.start (vector "model" agent.Layout)
            Inputs = numbers (CadmConfig.inputs agent.Config)
            Targets = numbers (CadmConfig.targets agent.Config)
        }

    /// A state before the first update, with `options`.
    let create (agent: CadmAgent) key options : CadmState =
        Tensors.scope owns (fun () ->
            start agent options (fun name -> Layout.initialise options (Key.forPurpose name key)))
