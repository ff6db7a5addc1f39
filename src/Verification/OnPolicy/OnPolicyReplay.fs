/// Replays golden files of PPO and TRPO: consecutive updates on recorded episodes, in double
/// precision, must give the recorded advantages, losses, steps and parameters.
///
/// Reading order: OnPolicyUpdate → before → OnPolicyEpochs → OnPolicyTrustRegion → after → verify.
module internal MtrlFunctional.Verification.OnPolicyReplay

open System.Runtime.InteropServices
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Storage
open MtrlFunctional.Verification.OnPolicyGolden
open MtrlFunctional.Verification.OnPolicyUpdate

/// Outputs of policy and value function before the update, and quantities derived from them.
let private before replayed =
    let { Prepared = prepared; Agent = agent } = replayed
    let steps = withoutPadding prepared.Iteration.Episodes

    let expand (x: Tensor) =
        Tensor.expand (Tensor.shape prepared.Value) x |> steps

    absolute near replayed [
        "mean_before", (fun () -> steps (ActionDistribution.mode prepared.Policy))
        "old_log_prob", (fun () -> steps prepared.LogProb)
        "entropy_before", (fun () -> expand (ActionDistribution.entropy prepared.Policy))
        "baselines", (fun () -> steps prepared.Value)
        "baselines_padded", (fun () -> Tensor.toDoubles prepared.Value)
        "gae_raw_padded", (fun () -> Tensor.toDoubles prepared.RawAdvantage)
        "gae_raw", (fun () -> steps prepared.RawAdvantage)
        "advantages", (fun () -> steps prepared.Advantage)
        "returns", (fun () -> steps prepared.Return)
    ]
    @ absolute far replayed [
        "policy_before", (fun () -> toRecord agent.PolicyLayout replayed.Before.Policy.Values)
    ]

/// Outputs of the policy after the update.
let private after replayed =
    let { Agent = agent; After = next; Prepared = prepared } = replayed
    let steps = withoutPadding prepared.Iteration.Episodes
    let policy = Ppo.policyAt agent next prepared next.Policy.Values
    let logProb = ActionDistribution.logProb policy prepared.Action

    let expand (x: Tensor) =
        Tensor.expand (Tensor.shape prepared.Value) x |> steps

    let kind =
        match agent.Config.Improve with
        | GradientSteps(kind, _, _)
        | TrustRegionStep(kind, _) -> kind

    let gained logProb =
        PolicyObjective.surrogate kind prepared.LogProb logProb prepared.Advantage
        |> steps

    let divergence leaks () = [| Tensor.item (Ppo.divergence leaks prepared policy) |]

    absolute far replayed [
        "new_log_prob", (fun () -> steps logProb)
        "ratio_after", (fun () -> steps (Tensor.exp (logProb .- prepared.LogProb)))
        "entropy_after", (fun () -> expand (ActionDistribution.entropy policy))
        "objective_before", (fun () -> gained prepared.LogProb)
        "objective_after", (fun () -> gained logProb)
        "kl_after_flat_obs", divergence false
        "kl_after_padded_obs", divergence true
    ]

/// Compares the parameters under a prefix with ours, for both networks.
let private networks replayed prefixOf suffix (policy: Tensor) (value: Tensor) =
    let { Agent = agent; File = file } = replayed

    [
        for key, name, layout, vector in
            [
                "policy_param_order", "policy", agent.PolicyLayout, policy
                "vf_param_order", "vf", agent.ValueLayout, value
            ] do
            let prefix = prefixOf name

            if Seq.exists (fun (n: string) -> n.StartsWith(prefix: string)) file.Names then
                let recorded = parameters file key prefix suffix
                Check.absolute file.Path far $"{prefix}…{suffix}" recorded (toRecord layout vector)
    ]

let private update replayed =
    let { File = file; Prefix = prefix; Before = state; After = next } = replayed

    before replayed
    @ networks replayed (fun n -> $"{prefix}{n}_before/") "" state.Policy.Values state.Value.Values
    @ OnPolicyEpochs.verify replayed
    @ OnPolicyTrustRegion.verify replayed
    @ networks replayed (fun n -> $"{prefix}{n}_after/") "" next.Policy.Values next.Value.Values
    @ after replayed
    @ OnPolicyLogs.verify file far replayed.Agent.Config.Discount prefix prefix replayed.Readings

/// Adam's moments at the end; TRPO's policy has none.
let private optimisers replayed =
    let { File = file; After = state } = replayed
    let prefixOf name = $"final/adam_{name}/"

    let steps = [
        for name, trained in [ "policy", state.Policy; "vf", state.Value ] do
            let recorded = $"final/adam_{name}/step"

            if file.Contains recorded then
                Check.absolute file.Path 0.0 recorded (file.ReadDoubles recorded) [|
                    float trained.Steps
                |]
    ]

    networks replayed prefixOf "/exp_avg" state.Policy.FirstMoment state.Value.FirstMoment
    @ networks replayed prefixOf "/exp_avg_sq" state.Policy.SecondMoment state.Value.SecondMoment
    @ steps

let private replay device (file: SafetensorsFile) =
    use _ = TorchSharp.torch.NewDisposeScope()
    let agent = agentOf file
    let steps = int (number file "max_episode_length")

    let recorded key network =
        parameters file key $"iter0/{network}_before/" ""

    let start =
        start device agent (recorded "policy_param_order" "policy") (recorded "vf_param_order" "vf")

    let count =
        Seq.initInfinite (fun k -> $"iter{k}/observations")
        |> Seq.takeWhile file.Contains
        |> Seq.length

    let replayed =
        [ 0 .. count - 1 ]
        |> List.scan
            (fun (_, state) k ->
                let prefix = $"iter{k}/"
                let iteration = iteration device file steps prefix prefix
                let next, metrics = OnPolicy.update agent state iteration

                Some {
                    File = file
                    Agent = agent
                    Prefix = prefix
                    Prepared = fst (Preparation.prepare agent state iteration)
                    Before = state
                    After = next
                    Readings = Metrics.read metrics
                },
                next)
            (None, start)
        |> List.choose fst

    List.collect update replayed
    @ (replayed |> List.tryLast |> Option.toList |> List.collect optimisers)

/// All comparisons of one file, with updates on a device. A shape mismatch is one failed check.
let verify device (file: SafetensorsFile) : Check list =
    try
        replay device file
    with :? ExternalException as refusal -> [ Check.impossible file.Path refusal.Message ]
