/// Replays non-default settings: advantage normalisation, entropy bonuses, parametrisations of the
/// action standard deviation, and whole updates with them.
///
/// Reading order: agent → advantages, losses, policies, updates → verify.
module internal MtrlFunctional.Verification.OnPolicyOptions

open System.Runtime.InteropServices
open System.Text.Json
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Storage
open MtrlFunctional.Verification.OnPolicyGolden
open MtrlFunctional.Verification.OnPolicyUpdate

/// A setting of a case, if present.
let private setting (case: JsonElement) (name: string) read =
    match case.TryGetProperty name with
    | true, value -> Some(read value)
    | _ -> None

let private number case name = setting case name _.GetDouble()

let private flag case name =
    setting case name _.GetBoolean() |> Option.defaultValue false

let private text case name =
    setting case name (fun v -> string (v.GetString()))

/// Units of the hidden layers, from the shapes of the recorded weights.
let private hidden (file: SafetensorsFile) key = [
    for parameter in (json file key).EnumerateArray() do
        let name, shape = string (parameter[0].GetString()), parameter[1]

        if
            name.Contains "_layers"
            && not (name.Contains "_output_")
            && shape.GetArrayLength() = 1
        then
            shape[0].GetInt32()
]

let private entropy case =
    let coefficient = number case "policy_ent_coeff" |> Option.defaultValue 0.0

    match text case "entropy_method" with
    | Some "regularized" -> InObjective(coefficient, not (flag case "stop_entropy_gradient"))
    | Some "max" -> InReward coefficient
    | _ -> NoBonus

/// One Adam step on all rows: garage's VPG.
let private plain: MinibatchSettings = {
    OnPolicyDefaults.settings with
        Adam = AdamRule(1e-3, 0.9, 0.999, 1e-8, 0.0)
        Epochs = 1
        Minibatch = None
}

/// The surrogate, and the epochs of policy and value function.
let private algorithm case =
    match text case "algo" with
    | Some "vpg" -> GradientSteps(LogLikelihood, plain, None), plain
    | Some "trpo" -> TrustRegionStep(Ratio, OnPolicyDefaults.trustRegion), OnPolicyDefaults.settings
    | _ ->
        let range = number case "lr_clip_range" |> Option.defaultValue 0.2

        GradientSteps(ClippedRatio range, OnPolicyDefaults.settings, None),
        OnPolicyDefaults.settings

let private actionStd (case: JsonElement) : ActionStd =
    let garage = OnPolicyDefaults.actionStd
    let least = number case "min_std" |> Option.orElse garage.MinStd
    let most = number case "max_std"

    {
        garage with
            InitStd = number case "init_std" |> Option.defaultValue garage.InitStd
            // A lower bound of 1 without an upper bound is ignored: its logarithm 0 is false in
            // Python.
            MinStd = if least = Some 1.0 && most.IsNone then None else least
            MaxStd = most
            Learned = setting case "learn_std" _.GetBoolean() |> Option.defaultValue true
            Form =
                if text case "std_parameterization" = Some "softplus" then
                    SoftplusStd
                else
                    LogStd
    }

/// The agent of a case.
let private agentOf (file: SafetensorsFile) case =
    let improve, passes = algorithm case

    let garage =
        OnPolicyDefaults.garage
            1
            (int (file.Tensor "shared/observations").Shape[1])
            (int (file.Tensor "shared/actions").Shape[1])
            (hidden file "policy_param_order", hidden file "vf_param_order")
            improve

    let centred = setting case "center_adv" _.GetBoolean() |> Option.defaultValue true

    OnPolicyAgent.create (Shards.serial 1) {
        garage with
            Value = fittedBy passes garage.Value
            Actions = PolicyKind.Gaussian(actionStd case)
            Entropy = entropy case
            SoftplusEntropy = flag case "use_softplus_entropy"
            Discount = number case "discount" |> Option.defaultValue garage.Discount
            Lambda = number case "gae_lambda" |> Option.defaultValue garage.Lambda
            Advantage = {
                garage.Advantage with
                    NormalisedOver = if centred then Some WholeBatch else None
                    Positive = flag case "positive_adv"
            }
    }

let private steps (file: SafetensorsFile) =
    int (OnPolicyGolden.number file "max_episode_length")

let private given device file prefix =
    iteration device file (steps file) "shared/" prefix

let private startWith device (file: SafetensorsFile) agent policy =
    start device agent (file.ReadDoubles policy) (file.ReadDoubles "shared/vf_flat")

let private key (case: JsonElement) =
    string (case.GetProperty("key").GetString())

/// Advantages from recorded values.
let private advantages device (file: SafetensorsFile) case =
    let config = (agentOf file case).Config
    let episodes = (given device file "").Episodes

    let course: Advantages.RewardSequence = {
        Steps = steps file
        Lengths = episodes.Lengths
        Restarts = episodes.Restarts
        Reward = Tensor.toDoubles episodes.Reward
        Value = file.ReadDoubles "adv/baselines_padded"
        BootstrapValue = Array.zeroCreate episodes.Lengths.Length
        Leaks = Array.create episodes.Lengths.Length true
    }

    let shaped =
        Advantages.estimate config.Discount config.Lambda course
        |> NormalisedAdvantages.ofIteration config (Minibatches.rowsOf episodes)

    let flat =
        Tensor.ofDoubles [| 1L; int64 shaped.Length |] shaped |> withoutPadding episodes

    [ Check.absolute file.Path near (key case) (file.ReadDoubles(key case)) flat ]

/// Loss, gradient and entropy of one policy, with advantages and an older policy given.
let private losses device (file: SafetensorsFile) case =
    let agent, prefix = agentOf file case, key case
    let iteration = given device file ""
    let before = startWith device file agent "shared/policy_old_flat"
    let now = startWith device file agent "shared/policy_new_flat"
    let prepared, _ = Preparation.prepare agent before iteration
    let entropic, _ = Preparation.prepare agent now iteration
    let unpadded = withoutPadding iteration.Episodes

    let given =
        file.ReadDoubles "loss/advantages"
        |> padded (steps file) iteration.Episodes.Lengths 0

    let prepared = {
        prepared with
            Advantage =
                Tensor.toDevice device (Tensor.reshape (Tensor.shape prepared.Advantage) given)
    }

    let kind =
        match agent.Config.Improve with
        | GradientSteps(kind, _, _)
        | TrustRegionStep(kind, _) -> kind

    let policy = Ppo.policyAt agent now prepared now.Policy.Values
    let entropy = PolicyObjective.entropy agent.Config policy
    let logProb = ActionDistribution.logProb policy prepared.Action

    // As recorded: without the bonus, which is part of the loss.
    let gained =
        PolicyObjective.surrogate kind prepared.LogProb logProb prepared.Advantage

    let spreadOver (x: Tensor) =
        Tensor.expand (Tensor.shape prepared.Weight) x

    [
        for name, computed in
            [
                "loss", (fun () -> Tensor.toDoubles (Ppo.loss agent kind prepared policy))
                "flat_gradient",
                (fun () -> toRecord agent.PolicyLayout (Trpo.gradient agent now kind prepared))
                "entropy", (fun () -> unpadded (spreadOver entropy))
                "objective", (fun () -> unpadded gained)
                "kl_padded", (fun () -> Tensor.toDoubles (Ppo.divergence true prepared policy))
                "advantages_with_entropy", (fun () -> unpadded entropic.RawAdvantage)
            ] do
            if file.Contains $"{prefix}/{name}" then
                Check.absolute
                    file.Path
                    near
                    $"{prefix}/{name}"
                    (file.ReadDoubles $"{prefix}/{name}")
                    (computed ())
    ]

/// A policy with one of the parametrisations on the first observations.
let private spreads device (file: SafetensorsFile) case =
    let agent, prefix = agentOf file case, key case
    let count = int (file.Tensor $"{prefix}/log_prob").Count
    let state = startWith device file agent $"{prefix}/flat"

    let first name =
        let width = int (file.Tensor name).Shape[1]
        let numbers = Array.truncate (count * width) (file.ReadDoubles name)
        let place = TensorOptions.ofTensor state.Policy.Values
        TensorOptions.fromDoubles place numbers [| 1L; int64 count; int64 width |]

    let parameters = OnPolicyNetworks.policyViews agent state
    let policy = OnPolicyNetworks.policy agent parameters (first "shared/observations")
    let mean = ActionDistribution.mode policy
    let stored = parameters["std"]

    let logStd =
        Tensor.expand (Tensor.shape mean) (GaussianPolicy.logStd (actionStd case) stored)

    [
        for name, computed in
            [
                "mean", mean
                "std", Tensor.exp logStd
                "info_log_std", logStd
                "log_prob", ActionDistribution.logProb policy (first "shared/actions")
                "entropy", Gaussian.entropyOf None logStd
            ] do
            let recorded = file.ReadDoubles $"{prefix}/{name}"
            Check.absolute file.Path near $"{prefix}/{name}" recorded (Tensor.toDoubles computed)
    ]

/// A whole update.
let private updates device (file: SafetensorsFile) case =
    let agent, prefix = agentOf file case, key case
    let state = startWith device file agent "shared/policy_old_flat"
    let next, metrics = OnPolicy.update agent state (given device file $"{prefix}/")

    [
        for name, layout, values in
            [
                "policy_after_flat", agent.PolicyLayout, next.Policy.Values
                "vf_after_flat", agent.ValueLayout, next.Value.Values
            ] do
            let recorded = file.ReadDoubles $"{prefix}/{name}"
            Check.absolute file.Path far $"{prefix}/{name}" recorded (toRecord layout values)
    ]
    @ OnPolicyLogs.verify
        file
        far
        agent.Config.Discount
        "shared/"
        $"{prefix}/"
        (Metrics.read metrics)

/// All comparisons of one file, with updates on a device.
let verify device (file: SafetensorsFile) : Check list =
    use _ = TorchSharp.torch.NewDisposeScope()

    let cases name verify = [
        for case in (json file name).EnumerateArray() do
            yield! verify device file case
    ]

    try
        cases "adv_cases" advantages
        @ cases "loss_cases" losses
        @ cases "std_cases" spreads
        @ cases "update_cases" updates
        @ TrustRegionCases.verify file
    with :? ExternalException as refusal -> [ Check.impossible file.Path refusal.Message ]
