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
    /// Advantages of a policy, at each index; empty for a value function.
    Advantage: MinibatchIndices -> float32[]
    /// Arguments of the native call, from the largest norm of a gradient, the advantages at all indices, and the indices.
    Native: float option -> float32[] -> MinibatchIndices -> FusedMlpJob
}

/// Arguments of the native call for a pass.
let job maxNorm indices (objective: Objective) =
    objective.Native maxNorm (objective.Advantage indices) indices

/// Arguments for the task gradients of a minibatch: a minibatch for each task.
let perTaskJob tasks (objective: Objective) (minibatch: Minibatch) =
    let together = indices [ minibatch ]

    let counts =
        minibatch.Weight
        |> Array.chunkBySize (minibatch.Weight.Length / tasks)
        |> Array.map (Seq.filter (fun weight -> weight > 0.0) >> Seq.length >> int64)

    objective.Native None (objective.Advantage together) {
        together with
            Starts = Array.scan (+) 0L counts
    }

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
        let tasks, rows = Tensor.size 0 prepared.Weight, Tensor.size 1 prepared.Weight
        let obs, actions = Tensor.contiguous prepared.Obs, Tensor.contiguous prepared.Action
        let before = Tensor.contiguous prepared.LogProb

        Some {
            Advantage =
                fun indices ->
                    NormalisedAdvantages.ofMinibatches config.Advantage (all.Force()) rows indices
                    |> Array.map float32
            Native =
                fun maxNorm advantage indices ->
                    FusedMlpJob(
                        Inputs = int64 config.ObsSize,
                        Layers = layers,
                        Groups = groups,
                        StdParameters =
                            (if std.PerTask then
                                 config.Tasks * config.ActionSize
                             else
                                 config.ActionSize),
                        Loss = loss,
                        IsScaled = false,
                        Tasks = tasks,
                        RowsOfTask = rows,
                        Range = range,
                        Low = limit -infinity std.MinStd,
                        High = limit infinity std.MaxStd,
                        Entropy = prepared.EntropyCoefficient,
                        BoundsLoss = config.BoundsLoss,
                        MeanBound = PolicyObjective.MeanBound,
                        ActionSizes = List.toArray config.ActionSizes,
                        MaxNorm = Option.defaultValue 0.0 maxNorm,
                        Obs = obs,
                        Target = actions,
                        Before = before,
                        Advantage = advantage,
                        Places = indices.Places,
                        Starts = indices.Starts,
                        Parts = agent.Config.Parts,
                        Threads = agent.Shards.Count
                    )
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

        let obs, returns = Tensor.contiguous prepared.ValueObs, Tensor.contiguous target
        let before = Tensor.contiguous prepared.LogProb

        Some {
            Advantage = fun _ -> [||]
            Native =
                fun maxNorm advantage indices ->
                    FusedMlpJob(
                        Inputs = int64 (OnPolicyConfig.valueSizes agent.Config).Features,
                        Layers = layers,
                        Groups = groups,
                        StdParameters = stdParameters,
                        Loss = loss,
                        IsScaled = network.PopArt.IsSome,
                        Tasks = Tensor.size 0 obs,
                        RowsOfTask = Tensor.size 1 obs,
                        Range = 0.0,
                        Low = -infinity,
                        High = infinity,
                        Entropy = [||],
                        MaxNorm = Option.defaultValue 0.0 maxNorm,
                        Obs = obs,
                        Target = returns,
                        Before = before,
                        Advantage = advantage,
                        Places = indices.Places,
                        Starts = indices.Starts,
                        Parts = agent.Config.Parts,
                        Threads = agent.Shards.Count
                    )
        }
    | _ -> None

/// v ↦ H v for the Hessian of the mean divergence at the parameters of the policy before the update, each product in one
/// native call; none if the policy is not small.
///
/// There the mean divergence has no gradient by means and log σ, so that its Hessian is exactly Jᵀ F J: J is the
/// derivative of means and log σ by the parameters, and F the Fisher matrix of a Gaussian, 1/σ² for a mean and 2 for a
/// log σ (Martens 2020, arXiv:1412.1193, §9). Other networks are differentiated twice (`Trpo`).
let fisherProduct (agent: OnPolicyAgent) (prepared: Prepared) (values: Tensor) =
    match policy agent Ratio prepared with
    | Some objective when FusedMlp.IsAvailable values ->
        let job = objective.Native None [||] (indices [ allRows prepared ])
        Some(fun (v: Tensor) -> FusedMlp.FisherProduct(job, values, v))
    | Some _
    | None -> None
