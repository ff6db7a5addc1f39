/// The coefficients of entropy after an iteration (`EntropyTuning`), and their metrics.
module internal MtrlFunctional.Algorithms.EntropyStep

open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.Preparation

/// Mean of a number per row over the rows of each task, [tasks; 1]; NaN for a task without rows.
let private meanOfTask (prepared: Prepared) (x: Tensor) =
    let weighted = Tensor.sumDimKept 1 (prepared.Weight .* x)
    weighted ./ Tensor.sumDimKept 1 prepared.Weight

/// Mean entropy of each task's policy, in nats per action dimension, [tasks]. The entropy of a Gaussian is independent
/// of the observation.
let private entropies (agent: OnPolicyAgent) state (prepared: Prepared) =
    use _ = TorchSharp.torch.NewDisposeScope()
    let config = agent.Config
    let parameters = OnPolicyNetworks.policyViews agent state

    let entropy =
        match config.Actions with
        | PolicyKind.Gaussian std ->
            let mask =
                OnPolicyNetworks.actionMask agent (TensorOptions.ofTensor prepared.Weight)

            Gaussian.entropyOf mask (GaussianPolicy.logStd std parameters["std"])
        | PolicyKind.Categorical ->
            OnPolicyNetworks.policy agent parameters prepared.Before prepared.Obs
            |> ActionDistribution.entropy
            |> meanOfTask prepared

    Tensor.toDoubles (Tensor.expand [| int64 config.Tasks; 1L |] entropy)
    |> Array.mapi (fun task all -> all / float (EntropyTuning.dimensions config task))

/// c of each task after its policy improved. The coefficient of a task without rows is unchanged.
let update
    (agent: OnPolicyAgent)
    (prepared: Prepared)
    (state: OnPolicyState)
    (improved: AdamState)
    =
    match agent.Config.Entropy with
    | Tuned tuning ->
        let entropies = entropies agent { state with Policy = improved } prepared

        state.EntropyCoefficient
        |> Array.mapi (fun task coefficient ->
            if prepared.Rows[task].Length = 0 then
                coefficient
            else
                EntropyTuning.next tuning entropies[task] coefficient)
    | NoBonus
    | InObjective _
    | InReward _ -> state.EntropyCoefficient

/// The mean coefficient, and each task's coefficient if there are several tasks.
let measure (states: OnPolicyState list) : Metrics =
    let coefficients = states |> Seq.collect _.EntropyCoefficient |> Seq.toArray
    let options = TensorOptions.ofTensor states.Head.Policy.Values

    let metric name number = { Name = name; Value = Draw.constant options number [||] }

    [
        if coefficients.Length > 0 then
            metric "entropy_coefficient" (Array.average coefficients)

        if coefficients.Length > 1 then
            for task, coefficient in Array.indexed coefficients do
                metric $"entropy_coefficient_env_index_{task}" coefficient
    ]

/// The metrics without the entropy coefficients of `measure`.
let others (metrics: Metrics) : Metrics =
    metrics
    |> List.filter (fun metric -> not (metric.Name.StartsWith "entropy_coefficient"))
