/// Replays non-default settings (golden kind "garage/options"): advantage normalisation, entropy bonuses,
/// parametrisations of the action standard deviation, whole updates with them, and trust-region steps on a problem of
/// five dimensions: accepted, rejected, and with NaN.
module internal MtrlFunctional.Verification.OnPolicyOptions

open System.Text.Json
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.OnPolicyGolden
open MtrlFunctional.Verification.Recorded

/// A case of the file.
type private Case = {
    File: Quantities
    /// What the file records of the case alone.
    Part: Quantities
    Key: string
    Device: TorchSharp.torch.Device
    Settings: Settings
    Agent: OnPolicyAgent
} with

    member case.Iteration =
        iteration case.Device (stepsOf case.File) (case.File.Inner "shared/") case.Part

    /// The state with parameters of the policy.
    member case.With policy =
        start case.Device case.Agent policy (case.File.Numbers "shared/vf_flat")

let private caseOf device (file: Quantities) (case: JsonElement) =
    let settings = Settings(file, (fun name -> property name case |> Option.map string))

    let hidden network =
        hidden [
            for parameter in order file network -> string parameter[0], sizes parameter[1]
        ]

    let key = settings.Text "key"

    {
        File = file
        Part = file.Inner $"{key}/"
        Key = key
        Device = device
        Settings = settings
        Agent =
            (hidden "policy", hidden "vf")
            |> agentOf file settings "shared/observations" "shared/actions"
    }

/// Advantages from recorded values.
let private advantages case =
    let config, episodes = case.Agent.Config, case.Iteration.Episodes

    let course: Advantages.RewardSequence = {
        Steps = stepsOf case.File
        Lengths = episodes.Lengths
        Restarts = episodes.Restarts
        Reward = Tensor.toDoubles episodes.Reward
        Value = case.File.Numbers "adv/baselines_padded"
        BootstrapValue = Array.zeroCreate episodes.Lengths.Length
        Leaks = Array.create episodes.Lengths.Length true
    }

    let shaped =
        Advantages.estimate config.Discount config.Lambda course
        |> NormalisedAdvantages.ofIteration config (Minibatches.rowsOf episodes) episodes.Remembered

    [
        Tensor.ofDoubles [| 1L; int64 shaped.Length |] shaped
        |> withoutPadding episodes
        |> case.File.Check near case.Key
    ]

/// Loss, gradient and entropy of one policy, with advantages and an older policy given.
let private losses case =
    let agent, iteration = case.Agent, case.Iteration
    let now = case.With(case.File.Numbers "shared/policy_new_flat")

    let prepared, _ =
        Preparation.prepare agent (case.With(case.File.Numbers "shared/policy_old_flat")) iteration

    let entropic, _ = Preparation.prepare agent now iteration
    let unpadded = withoutPadding iteration.Episodes

    let advantage =
        case.File.Numbers "loss/advantages"
        |> padded (stepsOf case.File) iteration.Episodes.Lengths 0
        |> Tensor.reshape (Tensor.shape prepared.Advantage)
        |> Tensor.toDevice case.Device

    let prepared = { prepared with Advantage = advantage }
    let kind = OnPolicyAgent.surrogate agent
    let policy = Ppo.policyAt agent now prepared now.Policy.Values
    let entropy = PolicyObjective.entropy agent.Config policy
    let logProb = ActionDistribution.logProb policy prepared.Action
    let gained = PolicyObjective.surrogate kind prepared.LogProb logProb advantage

    case.Part.Present near [
        "loss", lazy (Tensor.toDoubles (Ppo.loss agent kind prepared policy))
        "flat_gradient", lazy (toRecord agent.PolicyLayout (Trpo.gradient agent now kind prepared))
        "entropy", lazy (unpadded (spreadLike prepared.Weight entropy))
        // As recorded: without the bonus, which is part of the loss.
        "objective", lazy (unpadded gained)
        "kl_padded", lazy (Tensor.toDoubles (Ppo.divergence true prepared policy))
        "advantages_with_entropy", lazy (unpadded entropic.RawAdvantage)
    ]

/// A policy with one of the parametrisations on the first observations.
let private spreads case =
    let agent, count = case.Agent, (case.Part.Numbers "log_prob").Length
    let state = case.With(case.Part.Numbers "flat")
    let options = TensorOptions.ofTensor state.Policy.Values

    let first name =
        let rows = case.File.Rows name |> Array.truncate count
        let shape = [| 1L; int64 count; int64 rows[0].Length |]
        TensorOptions.fromDoubles options (Array.concat rows) shape

    let parameters = OnPolicyNetworks.policyViews agent state
    let policy = OnPolicyNetworks.policy agent parameters (first "shared/observations")
    let mean = ActionDistribution.mode policy

    let logStd =
        GaussianPolicy.logStd (actionStd case.Settings) parameters["std"]
        |> spreadLike mean

    case.Part.All near [
        for name, computed in
            [
                "mean", mean
                "std", Tensor.exp logStd
                "info_log_std", logStd
                "log_prob", ActionDistribution.logProb policy (first "shared/actions")
                "entropy", Gaussian.entropyOf None logStd
            ] -> name, Tensor.toDoubles computed
    ]

/// A whole update.
let private updates case =
    let { Agent = agent; Part = part } = case
    let state = case.With(case.File.Numbers "shared/policy_old_flat")
    let next, metrics = OnPolicy.update agent state case.Iteration

    part.All far [
        "policy_after_flat", toRecord agent.PolicyLayout next.Policy.Values
        "vf_after_flat", toRecord agent.ValueLayout next.Value.Values
    ]
    @ OnPolicyLogs.verify agent.Config.Discount (case.File.Inner "shared/") part metrics

let private dot (x: float[]) (y: float[]) =
    Array.fold2 (fun s a b -> s + a * b) 0.0 x y

let private times (m: float[]) (x: float[]) =
    m |> Array.chunkBySize x.Length |> Array.map (fun row -> dot row x)

let private lossOf (file: Quantities) (start: float[]) kind (x: float[]) =
    let c, q = file.Numbers "line/c", file.Numbers "line/Q"
    let d = Array.map2 (-) x start
    let bent k = dot c d + k * dot d (times q d)

    match kind with
    | "linear" -> Some(dot c x)
    | "quadratic" -> Some(bent 0.5)
    | "medium" -> Some(bent 1.5)
    | "stiff" -> Some(bent 200.0)
    | "zero" -> Some 0.0
    | "nan" -> Some(if x = start then dot c x else nan)
    | "uphill" -> Some(dot c start - dot c d)
    | _ -> None

/// A step with a given loss under the constraint scale · ½ dᵀ M d.
let private line (recorded: JsonElement) case =
    let file, rule, kind =
        case.File, trustRegion case.Settings, case.Settings.Text "loss"

    let m, start = file.Numbers "line/M", file.Numbers "line/x0"
    let scale = case.Settings.Number "constraint_scale" 1.0

    let vector (numbers: float[]) =
        Tensor.ofDoubles [| int64 numbers.Length |] numbers

    let product (v: Tensor) =
        let v = Tensor.toDoubles v
        Array.map2 (fun h x -> scale * h + rule.Damping * x) (times m v) v |> vector

    let points = ResizeArray()

    let measure (point: Tensor) : TrustRegions.Trial =
        let x = Tensor.toDoubles point
        points.Add x
        let d = Array.map2 (-) x start

        {
            Loss = lossOf file start kind x |> Option.defaultValue infinity
            Divergence = scale * 0.5 * dot d (times m d)
        }

    if lossOf file start kind start |> Option.isNone then
        [ file.Impossible $"{case.Key}: loss '{kind}' is not known" ]
    else
        let before = (measure (vector start)).Loss

        let outcome =
            vector (case.Part.Numbers "gradient")
            |> TrustRegions.step rule product measure before (vector start)

        let trials pick =
            outcome.Trials |> List.map pick |> List.toArray

        let accepted = string (recorded.GetProperty "outcome").[0] = "accepted"

        case.Part.All (Relative 1e-10) [
            "losses", [| outcome.LossBefore; yield! trials _.Loss |]
            "constraints", trials _.Divergence
            "points", Array.concat points
            "x_after", Tensor.toDoubles outcome.Point
        ]
        @ [ case.Part.AreEqual "accepted" (flag accepted) (flag outcome.Accepted) ]

let private verify device (file: Quantities) = [
    for name, verify in
        [
            "adv_cases", (fun _ -> advantages)
            "loss_cases", (fun _ -> losses)
            "std_cases", (fun _ -> spreads)
            "update_cases", (fun _ -> updates)
            "line_cases", line
        ] do
        for case in (file.Json name).EnumerateArray() do
            yield! verify case (caseOf device file case)
]

let kinds device : Kinds = [ "garage/options", replaying (verify device) ]
