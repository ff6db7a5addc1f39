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
    Key: string
    Settings: Settings
    Agent: OnPolicyAgent
} with

    /// What the file records of the case alone.
    member case.Part = case.File.Inner $"{case.Key}/"

    /// What several cases have in common.
    member case.Shared = case.File.Inner "shared/"

    member case.Iteration = iteration (stepsOf case.File) case.Shared case.Part

    /// The state with recorded parameters of the policy.
    member case.With policy =
        start case.File case.Agent (case.Shared.Numbers policy) (case.Shared.Numbers "vf_flat")

let private caseOf (file: Quantities) (case: JsonElement) =
    let settings = Settings(file, (fun name -> property name case |> Option.map string))

    {
        File = file
        Key = settings.Text "key"
        Settings = settings
        Agent =
            hidden file (fun _ parameter -> string parameter[0], sizes parameter[1])
            |> agentOf file settings (file.Inner "shared/")
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
    let now = case.With "policy_new_flat"
    let prepared, _ = Preparation.prepare agent (case.With "policy_old_flat") iteration
    let entropic, _ = Preparation.prepare agent now iteration
    let unpadded = withoutPadding iteration.Episodes

    let advantage =
        case.File.Numbers "loss/advantages"
        |> padded (stepsOf case.File) iteration.Episodes.Lengths 0
        |> Tensor.reshape (Tensor.shape prepared.Advantage)
        |> case.File.Here

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
    let agent, count = case.Agent, (case.Part.Shape "log_prob")[0]

    let state =
        start case.File agent (case.Part.Numbers "flat") (case.Shared.Numbers "vf_flat")

    let options = TensorOptions.ofTensor state.Policy.Values

    let first name =
        let rows = case.Shared.Rows name |> Array.truncate count
        let shape = [| 1L; int64 count; int64 rows[0].Length |]
        TensorOptions.fromDoubles options (Array.concat rows) shape

    let parameters = OnPolicyNetworks.policyViews agent state
    let policy = OnPolicyNetworks.policy agent parameters None (first "observations")
    let mean = ActionDistribution.mode policy

    let logStd =
        GaussianPolicy.logStd (actionStd case.Settings) parameters["std"]
        |> spreadLike mean

    case.Part.All near [
        "mean", Tensor.toDoubles mean
        "std", Tensor.toDoubles (Tensor.exp logStd)
        "info_log_std", Tensor.toDoubles logStd
        "log_prob", Tensor.toDoubles (ActionDistribution.logProb policy (first "actions"))
        "entropy", Tensor.toDoubles (Gaussian.entropyOf None logStd)
    ]

/// A whole update.
let private updates case =
    let agent = case.Agent

    let next, metrics =
        OnPolicy.update agent (case.With "policy_old_flat") case.Iteration

    case.Part.All far [
        "policy_after_flat", toRecord agent.PolicyLayout next.Policy.Values
        "vf_after_flat", toRecord agent.ValueLayout next.Value.Values
    ]
    @ OnPolicyLogs.verify agent.Config.Discount case.Shared case.Part metrics

let private dot (x: float[]) (y: float[]) =
    Array.fold2 (fun s a b -> s + a * b) 0.0 x y

let private times (m: float[]) (x: float[]) =
    m |> Array.chunkBySize x.Length |> Array.map (dot x)

/// The loss of a kind at a point.
let private lossOf (line: Quantities) (start: float[]) kind : (float[] -> float) option =
    let c, q = line.Numbers "c", line.Numbers "Q"

    let bent k x =
        let d = Array.map2 (-) x start
        dot c d + k * dot d (times q d)

    match kind with
    | "linear" -> Some(dot c)
    | "quadratic" -> Some(bent 0.5)
    | "medium" -> Some(bent 1.5)
    | "stiff" -> Some(bent 200.0)
    | "zero" -> Some(fun _ -> 0.0)
    | "nan" -> Some(fun x -> if x = start then dot c x else nan)
    | "uphill" -> Some(fun x -> dot c start - dot c (Array.map2 (-) x start))
    | _ -> None

/// A step with a given loss under the constraint scale · ½ dᵀ M d.
let private line (recorded: JsonElement) case =
    let line, kind = case.File.Inner "line/", case.Settings.Text "loss"
    let m, start = line.Numbers "M", line.Numbers "x0"

    match lossOf line start kind with
    | None -> [ case.File.Impossible $"{case.Key}: loss '{kind}' is not known" ]
    | Some loss ->
        let rule, scale =
            trustRegion case.Settings, case.Settings.Number "constraint_scale" 1.0

        let points = ResizeArray()

        let vector (numbers: float[]) =
            Tensor.ofDoubles [| int64 numbers.Length |] numbers

        let product (v: Tensor) =
            let v = Tensor.toDoubles v
            Array.map2 (fun h x -> scale * h + rule.Damping * x) (times m v) v |> vector

        let measure (point: Tensor) : TrustRegions.Trial =
            let x = Tensor.toDoubles point
            points.Add x
            let d = Array.map2 (-) x start
            { Loss = loss x; Divergence = scale * 0.5 * dot d (times m d) }

        let before = (measure (vector start)).Loss

        let outcome =
            vector (case.Part.Numbers "gradient")
            |> TrustRegions.step rule product measure before (vector start)

        let accepted = string (recorded.GetProperty "outcome").[0] = "accepted"

        case.Part.All (Relative 1e-10) [
            "losses", [| outcome.LossBefore; yield! trials outcome _.Loss |]
            "constraints", trials outcome _.Divergence
            "points", Array.concat points
            "x_after", Tensor.toDoubles outcome.Point
        ]
        @ [ case.Part.AreEqual "accepted" (flag accepted) (flag outcome.Accepted) ]

let private verify (file: Quantities) = [
    for name, verify in
        [
            "adv_cases", (fun _ -> advantages)
            "loss_cases", (fun _ -> losses)
            "std_cases", (fun _ -> spreads)
            "update_cases", (fun _ -> updates)
            "line_cases", line
        ] do
        for case in (file.Json name).EnumerateArray() do
            yield! verify case (caseOf file case)
]

let kinds: Kinds = [ "garage/options", verify ]
