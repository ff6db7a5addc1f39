/// Passes of small MLPs in one native call: allocating and recording tensors for such layers would take
/// several times as long as the arithmetic.
///
/// Which networks and losses: `policy` and `value`. All others are recorded minibatch by minibatch
/// (`MinibatchTraining`); both give equal results up to rounding.
module internal MtrlFunctional.Algorithms.FusedMlp

open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.Minibatches
open MtrlFunctional.Algorithms.SmallNetwork
open MtrlFunctional.Algorithms.Preparation

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
    | Small layers, PolicyKind.Gaussian std when
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
                        Network = layers.On(config.ObsSize, prepared.Weight),
                        StdParameters =
                            (if std.PerTask then
                                 config.Tasks * config.ActionSize
                             else
                                 config.ActionSize),
                        Loss = loss,
                        IsScaled = false,
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
    | Small layers when agent.Config.Precision = Precision.Full ->
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
                        Network =
                            layers.On(
                                (OnPolicyConfig.valueSizes agent.Config).Features,
                                prepared.Weight
                            ),
                        StdParameters = stdParameters,
                        Loss = loss,
                        IsScaled = network.PopArt.IsSome,
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
