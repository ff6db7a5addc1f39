/// Replays recorded updates of MT-PPO, MT-TRPO and plain policy gradients (VPG): outputs before the update, Adam epochs over minibatches, the natural
/// gradient step in a trust region, and outputs, logs and optimisers after it.
module internal MtrlFunctional.Verification.OnPolicyReplay

open System.Text.Json
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.OnPolicyGolden
open MtrlFunctional.Verification.Recorded

/// Compares the parameters under a prefix with ours, for both networks.
let private networks (part: Quantities) (agent: OnPolicyAgent) prefixOf suffix policy value = [
    for name, layout, vector in
        [ "policy", agent.PolicyLayout, policy; "vf", agent.ValueLayout, value ] do
        let prefix = prefixOf name

        if part.Holds prefix then
            let recorded = parameters part name prefix suffix
            part.Against far $"{prefix}…{suffix}" recorded (toRecord layout vector)
]

/// Outputs of policy and value function before an update, of the policy after it, and quantities derived from them.
let private outputs
    (part: Quantities)
    agent
    (prepared: Preparation.Prepared)
    (next: OnPolicyState)
    =
    let steps = withoutPadding prepared.Iteration.Episodes
    let policy = Ppo.policyAt agent next prepared next.Policy.Values
    let logProb = ActionDistribution.logProb policy prepared.Action

    let entropy policy =
        ActionDistribution.entropy policy |> spreadLike prepared.Value |> steps

    let divergence leaks =
        Tensor.toDoubles (Ppo.divergence leaks prepared policy)

    let gained logProb =
        (logProb, prepared.Advantage)
        ||> PolicyObjective.surrogate (OnPolicyAgent.surrogate agent) prepared.LogProb
        |> steps

    part.Present near [
        "mean_before", lazy (steps (ActionDistribution.mode prepared.Policy))
        "old_log_prob", lazy (steps prepared.LogProb)
        "entropy_before", lazy (entropy prepared.Policy)
        "baselines", lazy (steps prepared.Value)
        "baselines_padded", lazy (Tensor.toDoubles prepared.Value)
        "gae_raw_padded", lazy (Tensor.toDoubles prepared.RawAdvantage)
        "gae_raw", lazy (steps prepared.RawAdvantage)
        "advantages", lazy (steps prepared.Advantage)
        "returns", lazy (steps prepared.Return)
    ]
    @ part.Present far [
        "new_log_prob", lazy (steps logProb)
        "ratio_after", lazy (steps (Tensor.exp (logProb .- prepared.LogProb)))
        "entropy_after", lazy (entropy policy)
        "objective_before", lazy (gained prepared.LogProb)
        "objective_after", lazy (gained logProb)
        "kl_after_flat_obs", lazy (divergence false)
        "kl_after_padded_obs", lazy (divergence true)
    ]

/// Losses of all epochs of one network, and its parameters after the first minibatch and after each epoch.
let private passes (part: Quantities) (rows: int[][]) name layout settings problem order start = [
    /// Losses of all minibatches, and the parameters after each epoch.
    let fit (settings: MinibatchSettings) rows order =
        let after = ResizeArray()

        let keep (trained: AdamState) =
            after.Add(toRecord layout trained.Values)
            false

        let fitted =
            (SurgeryState.empty, start)
            ||> MinibatchTraining.run (Shards.serial 1) settings 0.0 problem rows order keep

        keep fitted.Trained |> ignore
        fitted.Losses |> Seq.collect Tensor.toDoubles |> Seq.toArray, after

    let minibatch size =
        let rows =
            order 0 0 rows[0].Length |> Array.truncate size |> Array.map (Array.get rows[0])

        let inOrder _ _ count = Array.init count id
        (snd (fit { settings with Epochs = 1 } [| rows |] inOrder))[0]

    let losses, after = fit settings rows order
    yield! part.Present near [ $"{name}_minibatch_losses", lazy losses ]

    yield!
        part.Present far [
            for size in Option.toList settings.Minibatch do
                $"{name}_after_minibatch1", lazy (minibatch size)
            $"{name}_flat_after_each_epoch", lazy (Array.concat after)
        ]

    let prefix = $"{name}_after_epoch1/"

    if part.Holds prefix then
        part.Against far prefix (parameters part name prefix "") after[0]
]

let private epochs part (agent: OnPolicyAgent) state (prepared: Preparation.Prepared) = [
    let passes, iteration = passes part prepared.Rows, prepared.Iteration

    match agent.Config.Improve with
    | GradientSteps(kind, settings, _) ->
        let problem = Ppo.problem agent state kind prepared

        yield!
            passes "policy" agent.PolicyLayout settings problem iteration.PolicyOrder state.Policy
    | TrustRegionStep _ -> ()

    match agent.Config.Value with
    | ValueNetwork network ->
        let problem = ValueFitting.problem agent state network prepared

        yield!
            passes "vf" agent.ValueLayout network.Training problem iteration.ValueOrder state.Value
    | LinearFeatures _ -> ()
]

/// Gradient, Fisher-vector products, conjugate gradients and line search of a natural-gradient step.
let private trustRegion (whole: Quantities) (agent: OnPolicyAgent) (state: OnPolicyState) prepared = [
    match agent.Config.Improve with
    | GradientSteps _ -> ()
    | TrustRegionStep(surrogate, rule) ->
        let part, serial = whole.Inner "trpo/", Shards.serial 1
        let layout, values = agent.PolicyLayout, state.Policy.Values
        let record = toRecord layout
        let product = Trpo.fisherProduct agent state rule.Damping prepared
        let gradient = Trpo.gradient agent state surrogate prepared
        let outcome = Trpo.search serial agent state surrogate rule prepared gradient
        let atStart = Trpo.measure serial agent state surrogate prepared values
        let index = float (outcome.Trials.Length - 1)

        let solution iterations =
            TrustRegions.conjugateGradients product iterations rule.Tolerance gradient
            |> fst
            |> record

        let along name =
            ofRecord layout (part.Numbers name)
            |> Tensor.toDevice (Tensor.device values)
            |> product
            |> record

        let trace = [|
            for i in outcome.Trace do
                yield! [ i.Before; i.Curvature; i.StepSize; i.Beta; i.After ]
        |]

        yield! whole.Present near [ "policy_minibatch_losses", lazy [| outcome.LossBefore |] ]

        yield!
            part.Present near [
                "flat_gradient", lazy (record gradient)
                if part.Has "hvp_vector" then
                    "hvp_result", lazy (along "hvp_vector")
                "kl_at_build", lazy [| atStart.Divergence |]
                "ls_loss_before", lazy [| outcome.LossBefore |]
                "ls_losses", lazy (trials outcome _.Loss)
                "ls_constraints", lazy (trials outcome _.Divergence)
            ]

        yield!
            part.Present (Relative 1e-7) [
                "cg_solution", lazy (record outcome.Direction)
                for count in [ 1; 2; 5 ] do
                    $"cg_solution_iters{count}", lazy (solution count)
                "cg_trace", lazy trace
                "x_H_x", lazy [| outcome.Curvature |]
                "initial_step_size", lazy [| outcome.Length |]
                "descent_step_full", lazy (record (outcome.Length *. outcome.Direction))
            ]

        yield!
            part.Present exact [
                "ls_accepted_index", lazy [| index |]
                "ls_accepted_ratio", lazy [| rule.Shrink ** index |]
            ]
]

/// The state after an update, which begins at another, and its checks.
let private update (file: Quantities) (agent: OnPolicyAgent) (state: OnPolicyState) part =
    let iteration = iteration (stepsOf file) part part
    let next, metrics = OnPolicy.update agent state iteration
    let prepared, _ = Preparation.prepare agent state iteration

    let networks place (state: OnPolicyState) =
        let prefix network = $"{network}_{place}/"
        networks part agent prefix "" state.Policy.Values state.Value.Values

    [
        yield! outputs part agent prepared next
        let before = lazy (toRecord agent.PolicyLayout state.Policy.Values)
        yield! part.Present far [ "policy_before", before ]
        yield! networks "before" state
        yield! epochs part agent state prepared
        yield! trustRegion part agent state prepared
        yield! networks "after" next
        yield! OnPolicyLogs.verify agent.Config.Discount part part metrics
    ],
    next

/// Adam's moments at the end; TRPO's policy has none.
let private optimisers (file: Quantities) (agent: OnPolicyAgent) (state: OnPolicyState) =
    let networks = networks file agent (fun name -> $"final/adam_{name}/")

    networks "/exp_avg" state.Policy.FirstMoment state.Value.FirstMoment
    @ networks "/exp_avg_sq" state.Policy.SecondMoment state.Value.SecondMoment
    @ file.Present exact [
        for name, trained in [ "policy", state.Policy; "vf", state.Value ] do
            $"final/adam_{name}/step", lazy [| float trained.Steps |]
    ]

let private replay (file: Quantities) = [
    // Settings of the other algorithm are empty.
    let settings = Settings(file, file.TryText >> Option.filter ((<>) ""))

    let shape network (name: JsonElement) =
        string name, file.Shape $"iter0/{network}_before/{name}"

    let agent = hidden file shape |> agentOf file settings (file.Inner "iter0/")

    let recorded network =
        parameters file network $"iter0/{network}_before/" ""

    let updates, last =
        file.Each "iter" "observations"
        |> List.mapFold (update file agent) (start file agent (recorded "policy") (recorded "vf"))

    yield! List.concat updates
    yield! optimisers file agent last
]

let kinds: Kinds = [
    for algorithm in [ "mtppo"; "mttrpo"; "mtvpg" ] do
        $"garage/{algorithm}", replay
]
