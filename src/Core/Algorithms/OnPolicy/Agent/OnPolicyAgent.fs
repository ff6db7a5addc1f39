namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// 1 where a number learns, 0 elsewhere, in the order of the layouts.
type internal LearningMask = { Policy: Tensor; Value: Tensor }

/// A configuration with its networks built: constant over all updates.
type OnPolicyAgent = internal {
    Config: OnPolicyConfig
    /// Observation to the output of the memory; none without one.
    Memory: Module option
    /// Observation, or the state of the memory, to the mean action or to logits.
    Policy: Module
    /// Numbers of the memory's output to the goal that it predicts; none where no goal is hidden.
    Goal: Module option
    /// Observation, or the output of a shared memory, to value; none where it is linear in features.
    Value: Module option
    /// The stored parameter of a Gaussian's σ at "std", then the network.
    PolicyLayout: Layout
    /// "std" of a Gaussian value function, the network, and "popart/…"; or "coefficients".
    ValueLayout: Layout
    /// Parameters that are never trained: a fixed σ.
    FixedLayout: Layout
    /// Fixed task embeddings from the configuration; in no checkpoint. Paths
    /// begin with "policy/" or "value/".
    EmbeddingLayout: Layout
    /// Workers that compute the parts of a batch.
    Shards: IShards
    /// The active task: networks use its rows and private parameters only; none: all tasks.
    ActiveTask: int option
    /// None: all parameters learn.
    Mask: LearningMask option
}

/// The parameters of on-policy agents.
module OnPolicyAgent =
    /// Features of garage's linear value function: observation, its square, and time to the third
    /// power.
    let internal linearFeatures (config: OnPolicyConfig) = 2 * config.ObsSize + 4

    let private actionStd (config: OnPolicyConfig) (std: ActionStd) =
        let actions, logStd = config.ActionSize, log std.InitStd

        if std.PerTask then
            Given(Array.create (config.Tasks * actions) logStd)
            |> Parameter.perTask "std" config.Tasks [ 1L; int64 actions ]
        else
            Given(Array.create actions logStd) |> Parameter.shared "std" [ int64 actions ]

    let private valueParameters (config: OnPolicyConfig) (network: Module option) =
        match config.Value, network with
        | ValueNetwork value, Some network -> [
            match value.Loss with
            | GaussianLikelihood -> Parameter.shared "std" [ 1L ] Zeros
            | SquaredError -> ()
            yield! network.Parameters
            match value.PopArt with
            | Some _ ->
                Parameter.perTask "popart/gain" config.Tasks [ 1L ] Ones
                Parameter.perTask "popart/shift" config.Tasks [ 1L ] Zeros
            | None -> ()
          ]
        | _ -> [
            let shape = [ int64 (linearFeatures config); 1L ]
            Parameter.perTask "coefficients" config.Tasks shape Zeros
          ]

    /// The fixed task embeddings of a network, under a leading path.
    let private embeddingsOf path (network: Module) =
        network.Fixed
        |> List.map (fun p -> { p with Path = Parameter.join path p.Path })

    /// The memory, whose input has zeros in the place of a privileged goal.
    let private withoutGoal (goal: HiddenGoal option) (memory: Module) =
        match goal with
        | None -> memory
        | Some { Observed = goal } -> {
            memory with
                Run =
                    fun weights input ->
                        memory.Run weights { input with Rows = Columns.clear goal input.Rows }
          }

    /// Builds the networks of a valid configuration.
    [<CompiledName("Create")>]
    let create (shards: IShards) (config: OnPolicyConfig) : OnPolicyAgent =
        let sizes = OnPolicyConfig.sizes config
        let build = Network.build config.Precision

        let memory =
            config.Memory
            |> Option.map (fun memory ->
                build "memory" sizes memory.Spec |> withoutGoal memory.Goal)

        let read = memory |> Option.map _.Width |> Option.defaultValue sizes.Features

        let policy = build "" { sizes with Features = read } config.Policy

        let goal =
            config.Memory
            |> Option.bind _.Goal
            |> Option.map (fun goal ->
                Mlp.layer { Hidden = []; Output = goal.Observed.Count; Activation = Relu }
                |> build "goal" { sizes with Features = goal.PredictedFrom.Count })

        let value =
            match config.Value with
            | ValueNetwork value -> Some(build "" (OnPolicyConfig.valueSizes config) value.Spec)
            | LinearFeatures _ -> None

        let learned, constants =
            match config.Actions with
            | PolicyKind.Gaussian std when std.Learned -> [ actionStd config std ], []
            | PolicyKind.Gaussian std -> [], [ actionStd config std ]
            | PolicyKind.Categorical -> [], []

        {
            Config = config
            Memory = memory
            Policy = policy
            Goal = goal
            Value = value
            PolicyLayout =
                Layout.create [
                    yield! learned
                    yield! memory |> Option.map _.Parameters |> Option.defaultValue []
                    yield! policy.Parameters
                    yield! goal |> Option.map _.Parameters |> Option.defaultValue []
                ]
            ValueLayout = Layout.create (valueParameters config value)
            FixedLayout = Layout.create constants
            EmbeddingLayout =
                Layout.create [
                    yield! embeddingsOf "policy" policy
                    yield! value |> Option.map (embeddingsOf "value") |> Option.defaultValue []
                ]
            Shards = shards
            ActiveTask = None
            Mask = None
        }

    /// The networks in the order of the data flow: of the policy, and of the value function if it is a network.
    let internal outlines (agent: OnPolicyAgent) : NetworkOutline list =
        let config = agent.Config
        let sizes = OnPolicyConfig.sizes config

        let outline title (input: InputSizes) spec = {
            Title = title
            Input =
                if input = sizes then
                    $"observation of {config.ObsSize}"
                else
                    $"memory of the policy, {input.Features}"
            InputSizes = input
            Spec = spec
            Count = 1
        }

        [
            outline "policy" sizes (OnPolicyConfig.policy config)
            match config.Value with
            | ValueNetwork value -> outline "value" (OnPolicyConfig.valueSizes config) value.Spec
            | LinearFeatures _ -> ()
        ]

    /// Surrogate of the policy's objective.
    let internal surrogate (agent: OnPolicyAgent) =
        match agent.Config.Improve with
        | GradientSteps(kind, _, _)
        | TrustRegionStep(kind, _) -> kind
