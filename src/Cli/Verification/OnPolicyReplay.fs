/// Replays golden files of PPO and TRPO: consecutive updates on recorded episodes, in double
/// precision, must give the recorded advantages, losses, steps and parameters.
///
/// Tolerances are those of tests/golden/garage/README.md.
///
/// Reading order: before → passes → trust region → after → verify.
module Mtrl.Cli.Verification.OnPolicyReplay

open System.Runtime.InteropServices
open Mtrl.Algorithms
open Mtrl.Tensors
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open Mtrl.Cli.Verification.OnPolicyGolden

/// Of advantages, returns, gradients, losses and products.
let private near = 1e-10

/// Of parameters after passes of Adam.
let private far = 1e-9

/// Of solutions of conjugate gradients, relative.
let private solved = 1e-7

/// One update of a recording.
type private Replayed = {
    File: SafetensorsFile
    Agent: OnPolicyAgent
    /// "iter0/".
    Prefix: string
    Prepared: Preparation.Prepared
    Before: OnPolicyState
    After: OnPolicyState
    Readings: Reading[]
}

/// Checks for those of the quantities that the file holds.
let private compare (check: string -> float[] -> float[] -> Check) replayed quantities = [
    for name, computed in quantities do
        let name = replayed.Prefix + name

        if replayed.File.Contains name then
            check name (replayed.File.ReadDoubles name) (computed ())
]

let private absolute tolerance replayed =
    compare (Check.absolute replayed.File.Path tolerance) replayed

let private relative tolerance replayed =
    compare (Check.relative replayed.File.Path tolerance) replayed

/// What policy and value function say before the update, and what follows from it.
let private before replayed =
    let { Prepared = prepared; Agent = agent } = replayed
    let steps = withoutPadding prepared.Iteration.Episodes

    let spread (x: Tensor) =
        Ops.Expand(x, Ops.Shape prepared.Value) |> steps

    absolute near replayed [
        "mean_before", (fun () -> steps prepared.Policy.Mean)
        "old_log_prob", (fun () -> steps prepared.LogProb)
        "entropy_before", (fun () -> spread (GaussianPolicy.entropy prepared.Policy))
        "baselines", (fun () -> steps prepared.Value)
        "baselines_padded", (fun () -> Ops.ToDoubles prepared.Value)
        "gae_raw_padded", (fun () -> Ops.ToDoubles prepared.RawAdvantage)
        "gae_raw", (fun () -> steps prepared.RawAdvantage)
        "advantages", (fun () -> steps prepared.Advantage)
        "returns", (fun () -> steps prepared.Return)
    ]
    @ absolute far replayed [
        "policy_before", (fun () -> toRecord agent.PolicyLayout replayed.Before.Policy.Values)
    ]

/// One pass after the other, and the first minibatch alone, of one network.
let private passes
    replayed
    name
    layout
    (descent: Descent)
    problem
    (order: RowOrder)
    (start: Trained)
    =
    let { Prepared = prepared; File = file; Prefix = prefix } = replayed

    let once rows order trained =
        Descending.run
            (Shards.serial 1)
            { descent with Passes = 1 }
            0.0
            problem
            rows
            order
            (fun _ -> false)
            trained

    let first =
        descent.Minibatch
        |> Option.map (fun size ->
            let rows = prepared.Rows[0]
            let places = order 0 0 rows.Length |> Array.truncate size

            once
                [| places |> Array.map (fun i -> rows[i]) |]
                (fun _ _ count -> Array.init count id)
                start)

    let fitted =
        [ 0 .. descent.Passes - 1 ]
        |> List.scan
            (fun (fitted: Descending.Fitted) pass ->
                once prepared.Rows (fun _ task count -> order pass task count) fitted.Trained)
            { Trained = start; Losses = []; Passes = 0 }
        |> List.tail

    let flat (fitted: Descending.Fitted) = toRecord layout fitted.Trained.Values

    let losses =
        fitted |> List.collect _.Losses |> List.map Ops.ToDoubles |> Array.concat

    absolute near replayed [ $"{name}_minibatch_losses", (fun () -> losses) ]
    @ absolute far replayed [
        for first in Option.toList first do
            $"{name}_after_minibatch1", (fun () -> flat first)
        $"{name}_flat_after_each_epoch", (fun () -> fitted |> List.map flat |> Array.concat)
    ]
    @ [
        let recorded = $"{prefix}{name}_after_epoch1/"

        let key =
            if name = "vf" then
                "vf_param_order"
            else
                "policy_param_order"

        if Seq.exists (fun (n: string) -> n.StartsWith recorded) file.Names then
            Check.absolute
                file.Path
                far
                recorded
                (parameters file key recorded "")
                (flat fitted.Head)
    ]

/// The passes of both networks.
let private descents replayed =
    let { Agent = agent; Before = state; Prepared = prepared } = replayed
    let iteration = prepared.Iteration

    [
        match agent.Config.Improve with
        | Descend(kind, descent, _) ->
            let problem = Ppo.problem agent state kind prepared

            yield!
                passes
                    replayed
                    "policy"
                    agent.PolicyLayout
                    descent
                    problem
                    iteration.PolicyOrder
                    state.Policy
        | StepInRegion _ -> ()

        match agent.Config.Value with
        | ValueNetwork network ->
            let problem = ValueFitting.problem agent state network prepared

            yield!
                passes
                    replayed
                    "vf"
                    agent.ValueLayout
                    network.Descent
                    problem
                    iteration.ValueOrder
                    state.Value
        | LinearFeatures _ -> ()
    ]

/// Everything on the way to a natural step.
let private region replayed =
    let {
            Agent = agent
            Before = state
            Prepared = prepared
            File = file
            Prefix = prefix
        } =
        replayed

    let layout = agent.PolicyLayout

    match agent.Config.Improve with
    | Descend _ -> []
    | StepInRegion(surrogate, rule) ->
        let product = Trpo.fisherProduct agent state rule.Damping prepared
        let gradient = Trpo.gradient agent state surrogate prepared
        let outcome = Trpo.search agent state surrogate rule prepared
        let record = toRecord layout

        let cut count () =
            TrustRegions.conjugateGradients product count rule.Tolerance gradient
            |> fst
            |> record

        let along name =
            let vector = file.ReadDoubles(prefix + name) |> ofRecord layout
            fun () -> record (product vector)

        let trace () = [|
            for i in outcome.Trace do
                yield! [ i.Before; i.Curvature; i.Length; i.Kept; i.After ]
        |]

        let index = outcome.Trials.Length - 1

        let trials pick () =
            outcome.Trials |> List.map pick |> List.toArray

        absolute near replayed [
            "trpo/flat_gradient", (fun () -> record gradient)
            if file.Contains $"{prefix}trpo/hvp_vector" then
                "trpo/hvp_result", along "trpo/hvp_vector"
            "trpo/kl_at_build",
            (fun () -> [|
                Ops.Item(Ppo.divergence agent state false prepared state.Policy.Values)
            |])
            "trpo/ls_loss_before", (fun () -> [| outcome.LossBefore |])
            "policy_minibatch_losses", (fun () -> [| outcome.LossBefore |])
            "trpo/ls_losses", trials _.Loss
            "trpo/ls_constraints", trials _.Divergence
        ]
        @ relative solved replayed [
            "trpo/cg_solution", (fun () -> record outcome.Direction)
            for count in [ 1; 2; 5 ] do
                $"trpo/cg_solution_iters{count}", cut count
            "trpo/cg_trace", trace
            "trpo/x_H_x", (fun () -> [| outcome.Curvature |])
            "trpo/initial_step_size", (fun () -> [| outcome.Length |])
            "trpo/descent_step_full", (fun () -> record (outcome.Length *. outcome.Direction))
        ]
        @ absolute 0.0 replayed [
            "trpo/ls_accepted_index", (fun () -> [| float index |])
            "trpo/ls_accepted_ratio", (fun () -> [| rule.Shrink ** float index |])
        ]

/// What the policy says after the update.
let private after replayed =
    let { Agent = agent; Before = state; After = next; Prepared = prepared } = replayed
    let steps = withoutPadding prepared.Iteration.Episodes
    let parameters = OnPolicyNetworks.policyViews agent next
    let policy = OnPolicyNetworks.propose agent parameters prepared.Obs
    let logProb = GaussianPolicy.logProb policy prepared.Action

    let spread (x: Tensor) =
        Ops.Expand(x, Ops.Shape prepared.Value) |> steps

    let kind =
        match agent.Config.Improve with
        | Descend(kind, _, _)
        | StepInRegion(kind, _) -> kind

    let gained logProb =
        PolicyObjective.surrogate kind prepared.LogProb logProb prepared.Advantage
        |> steps

    let divergence leaks () = [|
        Ops.Item(Ppo.divergence agent state leaks prepared next.Policy.Values)
    |]

    absolute far replayed [
        "new_log_prob", (fun () -> steps logProb)
        "ratio_after", (fun () -> steps (Ops.Exp(logProb .- prepared.LogProb)))
        "entropy_after", (fun () -> spread (GaussianPolicy.entropy policy))
        "objective_before", (fun () -> gained prepared.LogProb)
        "objective_after", (fun () -> gained logProb)
        "kl_after_flat_obs", divergence false
        "kl_after_padded_obs", divergence true
    ]

/// Parameters under a prefix beside ours, for both networks.
let private networks replayed place suffix (policy: Tensor) (value: Tensor) =
    let { Agent = agent; File = file } = replayed

    [
        for key, name, layout, vector in
            [
                "policy_param_order", "policy", agent.PolicyLayout, policy
                "vf_param_order", "vf", agent.ValueLayout, value
            ] do
            let prefix = place name

            if Seq.exists (fun (n: string) -> n.StartsWith(prefix: string)) file.Names then
                let recorded = parameters file key prefix suffix
                Check.absolute file.Path far $"{prefix}…{suffix}" recorded (toRecord layout vector)
    ]

let private update replayed =
    let { File = file; Prefix = prefix; Before = state; After = next } = replayed

    before replayed
    @ networks replayed (fun n -> $"{prefix}{n}_before/") "" state.Policy.Values state.Value.Values
    @ descents replayed
    @ region replayed
    @ networks replayed (fun n -> $"{prefix}{n}_after/") "" next.Policy.Values next.Value.Values
    @ after replayed
    @ OnPolicyLogs.verify file far replayed.Agent.Config.Discount prefix prefix replayed.Readings

/// What Adam remembers at the end; TRPO's policy has none.
let private optimisers replayed =
    let { File = file; After = state } = replayed
    let place name = $"final/adam_{name}/"

    let steps = [
        for name, trained in [ "policy", state.Policy; "vf", state.Value ] do
            let recorded = $"final/adam_{name}/step"

            if file.Contains recorded then
                Check.absolute file.Path 0.0 recorded (file.ReadDoubles recorded) [|
                    float trained.Steps
                |]
    ]

    networks replayed place "/exp_avg" state.Policy.First state.Value.First
    @ networks replayed place "/exp_avg_sq" state.Policy.Second state.Value.Second
    @ steps

let private replay (file: SafetensorsFile) =
    use _ = Ops.Scope()
    let agent = agentOf file
    let steps = int (number file "max_episode_length")

    let recorded key network =
        parameters file key $"iter0/{network}_before/" ""

    let start =
        start agent (recorded "policy_param_order" "policy") (recorded "vf_param_order" "vf")

    let count =
        Seq.initInfinite (fun k -> $"iter{k}/observations")
        |> Seq.takeWhile file.Contains
        |> Seq.length

    let replayed =
        [ 0 .. count - 1 ]
        |> List.scan
            (fun (_, state) k ->
                let prefix = $"iter{k}/"
                let iteration = iteration file steps prefix prefix
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

/// All comparisons of one file. Shapes that do not fit each other are one failed check.
let verify (file: SafetensorsFile) : Check list =
    try
        replay file
    with :? ExternalException as refusal -> [ Check.impossible file.Path refusal.Message ]
