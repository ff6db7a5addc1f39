/// Passes of small MLPs in one native call: allocating and recording tensors for such layers would take
/// several times as long as the arithmetic.
///
/// Which networks and losses: `policy` and `value`. All others are recorded minibatch by minibatch
/// (`MinibatchTraining`); both give equal results up to rounding.
module internal MtrlFunctional.Algorithms.FusedMlp

open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.Minibatches
open MtrlFunctional.Algorithms.Preparation

/// Activation at the end of a layer.
let private nativeActivation activation =
    match activation with
    | Relu -> FusedMlpActivation.Relu
    | Tanh -> FusedMlpActivation.Tanh

let private ownerOf owner =
    match owner with
    | DenseOwner.All -> FusedMlpOwner.All
    | DenseOwner.Task -> FusedMlpOwner.Task
    | DenseOwner.Group _ -> FusedMlpOwner.Group

/// The last layer before the first, extended by a step of a network; none where the step follows no layer that it may follow.
let private extend layers step =
    match step, layers with
    | DenseStep.Map(units, owner), _ ->
        Some(FusedMlpLayer(units, ownerOf owner, false, FusedMlpActivation.Linear) :: layers)
    | DenseStep.Normalise, (last: FusedMlpLayer) :: before when
        not last.Normalised && last.Activation = FusedMlpActivation.Linear
        ->
        Some(FusedMlpLayer(last.Units, last.Owner, true, last.Activation) :: before)
    | DenseStep.Activate activation, last :: before when last.Activation = FusedMlpActivation.Linear ->
        Some(
            FusedMlpLayer(last.Units, last.Owner, last.Normalised, nativeActivation activation)
            :: before
        )
    | _ -> None

/// The groups of all layers.
let private groupings steps =
    steps
    |> List.choose (fun step ->
        match step with
        | DenseStep.Map(_, DenseOwner.Group groups) -> Some groups
        | _ -> None)
    |> List.distinct

/// A few dense layers and nothing else, of any names, without a final activation; with the group of each task, empty
/// where no layer has groups.
let private (|Small|_|) (spec: Spec) =
    let steps = spec.Dense |> Option.defaultValue []

    let layers =
        (Some [], steps)
        ||> List.fold (fun layers step -> Option.bind (fun layers -> extend layers step) layers)

    match layers, groupings steps with
    | Some(last :: _ as layers), ([] | [ _ ] as groups) when
        layers.Length <= FusedMlpJob.MostLayers
        && last.Units <= FusedMlpJob.MostOutputs
        && last.Activation = FusedMlpActivation.Linear
        && not last.Normalised
        ->
        Some(List.toArray (List.rev layers), List.toArray (List.concat groups))
    | _ -> None

/// A small network, its loss and all rows.
type Objective = {
    Inputs: int
    Layers: FusedMlpLayer[]
    /// The group of each task; empty where no layer has groups.
    Groups: int[]
    Loss: FusedMlpLoss
    /// Number of log σ at the start of the parameters.
    StdParameters: int
    /// Whether a gain and a shift for each task are at their end.
    IsScaled: bool
    /// Range of the clipping of a ratio, or of a value (0: no clipping).
    Range: float
    /// Bounds of log σ.
    Limits: float * float
    /// Numbers of each task's actions; empty where every action has all outputs.
    ActionSizes: int[]
    /// Entropy coefficient of each task's rows; none for a value function.
    Entropy: float[]
    /// Weight of the squares of mean actions beyond their bounds; 0 for a value function.
    BoundsLoss: float
    /// [tasks; rows; obs].
    Obs: Tensor
    /// Actions or returns.
    Target: Tensor
    /// log π before the update.
    Before: Tensor
    /// Advantages of a policy, at each index.
    Advantage: MinibatchIndices -> float32[]
}

/// Arguments of the native call, with the advantages at all indices.
let private toNative maxNorm advantage indices (objective: Objective) : FusedMlpJob =
    let low, high = objective.Limits

    FusedMlpJob(
        Inputs = int64 objective.Inputs,
        Layers = objective.Layers,
        Groups = objective.Groups,
        StdParameters = objective.StdParameters,
        Loss = objective.Loss,
        IsScaled = objective.IsScaled,
        Tasks = Tensor.size 0 objective.Obs,
        RowsOfTask = Tensor.size 1 objective.Obs,
        Range = objective.Range,
        Low = low,
        High = high,
        Entropy = objective.Entropy,
        BoundsLoss = objective.BoundsLoss,
        MeanBound = PolicyObjective.MeanBound,
        ActionSizes = objective.ActionSizes,
        MaxNorm = Option.defaultValue 0.0 maxNorm,
        Obs = objective.Obs,
        Target = objective.Target,
        Before = objective.Before,
        Advantage = advantage,
        Places = indices.Places,
        Starts = indices.Starts
    )

/// Arguments of the native call for a pass.
let job maxNorm indices (objective: Objective) =
    toNative maxNorm (objective.Advantage indices) indices objective

/// Arguments for the task gradients of a minibatch: a minibatch for each task.
let perTaskJob tasks (objective: Objective) (minibatch: Minibatch) =
    let together = indices [ minibatch ]

    let counts =
        minibatch.Weight
        |> Array.chunkBySize (minibatch.Weight.Length / tasks)
        |> Array.map (Seq.filter (fun weight -> weight > 0.0) >> Seq.length >> int64)

    toNative
        None
        (objective.Advantage together)
        { together with Starts = Array.scan (+) 0L counts }
        objective

/// For a policy of dense layers with learned log σ.
let policy (agent: OnPolicyAgent) kind (prepared: Prepared) : Objective option =
    let config = agent.Config

    let isPlain =
        match config.Entropy with
        | NoBonus
        | InReward _ -> true
        | InObjective(HasGradient = false) -> false
        | InObjective _
        | Tuned _ -> not config.SoftplusEntropy

    match OnPolicyConfig.policy config, config.Actions with
    | Small(layers, groups), PolicyKind.Gaussian std when
        isPlain && config.Precision = Precision.Full && std.Learned && std.Form = LogStd
        ->
        let loss, range =
            match kind with
            | LogLikelihood -> FusedMlpLoss.LogLikelihood, 0.0
            | Ratio -> FusedMlpLoss.Ratio, 0.0
            | ClippedRatio range -> FusedMlpLoss.ClippedRatio, range

        let limit otherwise bound =
            bound |> Option.map log |> Option.defaultValue otherwise

        let all = lazy (Tensor.toDoubles prepared.Advantage)
        let rows = Tensor.size 1 prepared.Weight

        Some {
            Inputs = config.ObsSize
            Layers = layers
            Groups = groups
            Loss = loss
            StdParameters =
                if std.PerTask then
                    config.Tasks * config.ActionSize
                else
                    config.ActionSize
            IsScaled = false
            Range = range
            Limits = limit -infinity std.MinStd, limit infinity std.MaxStd
            ActionSizes = List.toArray config.ActionSizes
            Entropy = prepared.EntropyCoefficient
            BoundsLoss = config.BoundsLoss
            Obs = Tensor.contiguous prepared.Obs
            Target = Tensor.contiguous prepared.Action
            Before = Tensor.contiguous prepared.LogProb
            Advantage =
                fun indices ->
                    NormalisedAdvantages.ofMinibatches config.Advantage (all.Force()) rows indices
                    |> Array.map float32
        }
    | _ -> None

/// For a value function of dense layers; returns and values in units of its output.
let value
    (agent: OnPolicyAgent)
    (network: ValueNetwork)
    (target: Tensor)
    (prepared: Prepared)
    : Objective option =
    match network.Spec with
    | Small(layers, groups) when agent.Config.Precision = Precision.Full ->
        let loss, stdParameters =
            match network.Loss with
            | GaussianLikelihood -> FusedMlpLoss.Gaussian, 1
            | SquaredError -> FusedMlpLoss.Squared, 0

        Some {
            Inputs = (OnPolicyConfig.valueSizes agent.Config).Features
            Layers = layers
            Groups = groups
            Loss = loss
            StdParameters = stdParameters
            IsScaled = network.PopArt.IsSome
            Range = 0.0
            Limits = -infinity, infinity
            ActionSizes = [||]
            Entropy = [||]
            BoundsLoss = 0.0
            Obs = Tensor.contiguous prepared.ValueObs
            Target = Tensor.contiguous target
            Before = Tensor.contiguous prepared.LogProb
            Advantage = fun _ -> [||]
        }
    | _ -> None
