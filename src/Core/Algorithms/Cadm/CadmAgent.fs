namespace MtrlFunctional.Algorithms

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
    /// Numbers that the encoder reads of a step.
    let internal stepSize (config: CadmConfig) =
        CadmConfig.inputs config + config.StateSize

    /// The encoder of a step, and the network behind the mean over steps.
    let internal encoderSpecs (config: CadmConfig) =
        Spec.mlp (config.Layers - 1) config.Units config.Units,
        Chain.layer [
            "relu", Activate.layer Relu
            "context", Spec.mlp 1 config.Units config.ContextSize
        ]

    /// Builds the networks of a valid configuration.
    [<CompiledName("Create")>]
    let create (shards: IShards) (config: CadmConfig) : CadmAgent =
        let encoder =
            if config.ContextSize = 0 then
                None
            else
                let step, mean = encoderSpecs config

                let build path features =
                    Network.build Precision.Full path {
                        Tasks = 1
                        Features = features
                        Context = 0
                    }

                Some {
                    Step = build "encoder/step" (stepSize config) step
                    Mean = build "encoder/mean" config.Units mean
                }

        let model path outputs =
            Dynamics.create
                path
                (CadmConfig.inputs config)
                config.ContextSize
                config.Layers
                config.Units
                outputs

        let forward = model "forward" (CadmConfig.outputs config)
        let backward = model "backward" config.StateSize

        let ofEncoder =
            match encoder with
            | Some encoder -> encoder.Step.Parameters @ encoder.Mean.Parameters
            | None -> []

        {
            Config = config
            Encoder = encoder
            Forward = forward
            Backward = backward
            Layout =
                ofEncoder @ Dynamics.parameters forward @ Dynamics.parameters backward
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

    /// A state before the first update, with the options `place`.
    let create (agent: CadmAgent) key place : CadmState =
        let numbers count =
            Running.start place [| int64 (count: int) |]

        Tensors.scope owns (fun () -> {
            Model =
                agent.Layout
                |> Layout.initialise place (Key.forPurpose "model" key)
                |> AdamState.start
            Inputs = numbers (CadmConfig.inputs agent.Config)
            Targets = numbers (CadmConfig.targets agent.Config)
        })
