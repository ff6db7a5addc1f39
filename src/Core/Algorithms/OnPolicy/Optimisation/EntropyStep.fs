/// The coefficients of entropy after an iteration (`EntropyTuning`), and their metrics.
module internal MtrlFunctional.Algorithms.EntropyStep

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Entropy of each task's policy, in nats per action dimension, [tasks]; σ is independent
/// of the observation.
let private entropies (agent: OnPolicyAgent) state =
    use _ = Ops.Scope()
    let config = agent.Config
    let stored = (OnPolicyNetworks.policyViews agent state)["std"]
    let logStd = GaussianPolicy.logStd config.ActionStd stored
    let entropy = Gaussian.entropyOf logStd

    Ops.ToDoubles(Ops.Expand(entropy, [| int64 config.Tasks; 1L |]))
    |> Array.map (fun all -> all / float config.ActionSize)

/// c of each task after its policy improved; `rows` are those of each task. The coefficient of a task
/// without rows is unchanged.
let update (agent: OnPolicyAgent) (rows: int[][]) (state: OnPolicyState) (improved: AdamState) =
    match agent.Config.Entropy with
    | Tuned tuning ->
        let entropies = entropies agent { state with Policy = improved }

        state.EntropyCoefficient
        |> Array.mapi (fun task coefficient ->
            if rows[task].Length = 0 then
                coefficient
            else
                EntropyTuning.next tuning entropies[task] coefficient)
    | NoBonus
    | InObjective _
    | InReward _ -> state.EntropyCoefficient

/// Mean coefficient; and that of each task, where there are several.
let measure (states: OnPolicyState list) : Metrics =
    let coefficients = states |> Seq.collect _.EntropyCoefficient |> Seq.toArray
    let place = TensorOptions.ofTensor states.Head.Policy.Values

    let metric name number = { Name = name; Value = Draw.constant place number [||] }

    [
        if coefficients.Length > 0 then
            metric "entropy_coefficient" (Array.average coefficients)

        if coefficients.Length > 1 then
            for task, coefficient in Array.indexed coefficients do
                metric $"entropy_coefficient_env_index_{task}" coefficient
    ]
