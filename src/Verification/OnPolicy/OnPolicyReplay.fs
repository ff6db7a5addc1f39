/// Replays recorded updates of MT-PPO and MT-TRPO: outputs before the update, Adam epochs over minibatches, the natural
/// gradient step in a trust region, and outputs, logs and optimisers after it.
module internal MtrlFunctional.Verification.OnPolicyReplay

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.OnPolicyGolden
open MtrlFunctional.Verification.Recorded

/// One update of a recording.
type private Replayed = {
    Part: Quantities
    Agent: OnPolicyAgent
    Prepared: Preparation.Prepared
    Before: OnPolicyState
    After: OnPolicyState
    Metrics: Metrics
}

/// Compares the parameters under a prefix with ours, for both networks.
let private networks (part: Quantities) (agent: OnPolicyAgent) prefixOf suffix policy value = [
    for name, layout, vector in
        [ "policy", agent.PolicyLayout, policy; "vf", agent.ValueLayout, value ] do
        let prefix = prefixOf name

        if part.Holds prefix then
            let recorded = parameters part name prefix suffix
            part.Against far $"{prefix}…{suffix}" recorded (toRecord layout vector)
]

/// The entropy of a policy at each step.
let private entropy (prepared: Preparation.Prepared) policy =
    ActionDistribution.entropy policy |> spreadLike prepared.Value

/// Outputs of policy and value function before the update, and quantities derived from them.
let private before { Part = part; Prepared = prepared } =
    let steps = withoutPadding prepared.Iteration.Episodes

    part.Present near [
        "mean_before", lazy (steps (ActionDistribution.mode prepared.Policy))
        "old_log_prob", lazy (steps prepared.LogProb)
        "entropy_before", lazy (steps (entropy prepared prepared.Policy))
        "baselines", lazy (steps prepared.Value)
        "baselines_padded", lazy (Tensor.toDoubles prepared.Value)
        "gae_raw_padded", lazy (Tensor.toDoubles prepared.RawAdvantage)
        "gae_raw", lazy (steps prepared.RawAdvantage)
        "advantages", lazy (steps prepared.Advantage)
        "returns", lazy (steps prepared.Return)
    ]

/// Losses of all epochs of one network, and its parameters after the first minibatch and after each epoch.
let private passes replayed name layout (settings: MinibatchSettings) problem order start =
    let { Prepared = prepared; Part = part } = replayed

    /// Losses of all minibatches, and the parameters after each epoch.
    let fit settings rows order =
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
        let rows: int[] = prepared.Rows[0]
        let places: int[] = order 0 0 rows.Length |> Array.truncate size
        let rows = [| places |> Array.map (fun i -> rows[i]) |]
        (snd (fit { settings with Epochs = 1 } rows (fun _ _ count -> Array.init count id)))[0]

    let losses, after = fit settings prepared.Rows order

    part.Present near [ $"{name}_minibatch_losses", lazy losses ]
    @ part.Present far [
        for size in Option.toList settings.Minibatch do
            $"{name}_after_minibatch1", lazy (minibatch size)
        $"{name}_flat_after_each_epoch", lazy (Array.concat after)
    ]
    @ [
        let prefix = $"{name}_after_epoch1/"

        if part.Holds prefix then
            part.Against far prefix (parameters part name prefix "") after[0]
    ]

let private epochs replayed = [
    let { Agent = agent; Before = state; Prepared = prepared } = replayed

    match agent.Config.Improve with
    | GradientSteps(kind, settings, _) ->
        let problem = Ppo.problem agent state kind prepared
        let order = prepared.Iteration.PolicyOrder
        yield! passes replayed "policy" agent.PolicyLayout settings problem order state.Policy
    | TrustRegionStep _ -> ()

    match agent.Config.Value with
    | ValueNetwork network ->
        let problem = ValueFitting.problem agent state network prepared
        let order = prepared.Iteration.ValueOrder
        yield! passes replayed "vf" agent.ValueLayout network.Training problem order state.Value
    | LinearFeatures _ -> ()
]

/// Gradient, Fisher-vector products, conjugate gradients and line search of a natural-gradient step.
let private trustRegion { Part = part; Agent = agent; Before = state; Prepared = prepared } =
    match agent.Config.Improve with
    | GradientSteps _ -> []
    | TrustRegionStep(surrogate, rule) ->
        let layout, values = agent.PolicyLayout, state.Policy.Values
        let product = Trpo.fisherProduct agent state rule.Damping prepared
        let gradient = Trpo.gradient agent state surrogate prepared

        let outcome =
            Trpo.search (Shards.serial 1) agent state surrogate rule prepared gradient

        let divergence =
            (Trpo.measure (Shards.serial 1) agent state surrogate prepared values).Divergence

        let record = toRecord layout

        let solution iterations =
            TrustRegions.conjugateGradients product iterations rule.Tolerance gradient
            |> fst
            |> record

        let along name =
            ofRecord layout (part.Numbers name)
            |> Tensor.toDevice (Tensor.device values)
            |> product
            |> record

        let trials pick =
            outcome.Trials |> List.map pick |> List.toArray

        let trace = [|
            for i in outcome.Trace do
                yield! [ i.Before; i.Curvature; i.StepSize; i.Beta; i.After ]
        |]

        let index = float (outcome.Trials.Length - 1)

        part.Present near [
            "trpo/flat_gradient", lazy (record gradient)
            if part.Has "trpo/hvp_vector" then
                "trpo/hvp_result", lazy (along "trpo/hvp_vector")
            "trpo/kl_at_build", lazy [| divergence |]
            "trpo/ls_loss_before", lazy [| outcome.LossBefore |]
            "policy_minibatch_losses", lazy [| outcome.LossBefore |]
            "trpo/ls_losses", lazy (trials _.Loss)
            "trpo/ls_constraints", lazy (trials _.Divergence)
        ]
        @ part.Present (Relative 1e-7) [
            "trpo/cg_solution", lazy (record outcome.Direction)
            for count in [ 1; 2; 5 ] do
                $"trpo/cg_solution_iters{count}", lazy (solution count)
            "trpo/cg_trace", lazy trace
            "trpo/x_H_x", lazy [| outcome.Curvature |]
            "trpo/initial_step_size", lazy [| outcome.Length |]
            "trpo/descent_step_full", lazy (record (outcome.Length *. outcome.Direction))
        ]
        @ part.Present exact [
            "trpo/ls_accepted_index", lazy [| index |]
            "trpo/ls_accepted_ratio", lazy [| rule.Shrink ** index |]
        ]

/// Outputs of the policy after the update.
let private after { Part = part; Agent = agent; After = next; Prepared = prepared } =
    let steps = withoutPadding prepared.Iteration.Episodes
    let policy = Ppo.policyAt agent next prepared next.Policy.Values
    let logProb = ActionDistribution.logProb policy prepared.Action

    let gained logProb =
        (logProb, prepared.Advantage)
        ||> PolicyObjective.surrogate (OnPolicyAgent.surrogate agent) prepared.LogProb
        |> steps

    let divergence leaks =
        Tensor.toDoubles (Ppo.divergence leaks prepared policy)

    part.Present far [
        "new_log_prob", lazy (steps logProb)
        "ratio_after", lazy (steps (Tensor.exp (logProb .- prepared.LogProb)))
        "entropy_after", lazy (steps (entropy prepared policy))
        "objective_before", lazy (gained prepared.LogProb)
        "objective_after", lazy (gained logProb)
        "kl_after_flat_obs", lazy (divergence false)
        "kl_after_padded_obs", lazy (divergence true)
    ]

let private update replayed =
    let { Part = part; Agent = agent; Before = state; After = next } = replayed

    let networks place =
        networks part agent (fun network -> $"{network}_{place}/") ""

    before replayed
    @ part.Present far [ "policy_before", lazy (toRecord agent.PolicyLayout state.Policy.Values) ]
    @ networks "before" state.Policy.Values state.Value.Values
    @ epochs replayed
    @ trustRegion replayed
    @ networks "after" next.Policy.Values next.Value.Values
    @ after replayed
    @ OnPolicyLogs.verify agent.Config.Discount part part replayed.Metrics

/// Adam's moments at the end; TRPO's policy has none.
let private optimisers (file: Quantities) (agent: OnPolicyAgent) (state: OnPolicyState) =
    let networks = networks file agent (fun name -> $"final/adam_{name}/")

    networks "/exp_avg" state.Policy.FirstMoment state.Value.FirstMoment
    @ networks "/exp_avg_sq" state.Policy.SecondMoment state.Value.SecondMoment
    @ file.Present exact [
        for name, trained in [ "policy", state.Policy; "vf", state.Value ] do
            $"final/adam_{name}/step", lazy [| float trained.Steps |]
    ]

let private replay device (file: Quantities) =
    // Settings of the other algorithm are empty.
    let settings =
        Settings(file, file.TryText >> Option.filter (fun text -> text <> ""))

    let before network = $"iter0/{network}_before/"

    let hidden network =
        hidden [
            for name in order file network -> string name, file.Shape $"{before network}{name}"
        ]

    let agent =
        agentOf file settings "iter0/observations" "iter0/actions" (hidden "policy", hidden "vf")

    let recorded network =
        parameters file network (before network) ""

    let replayed =
        file.Each "iter" "observations"
        |> List.scan
            (fun (_, state) part ->
                let iteration = iteration device (stepsOf file) part part
                let next, metrics = OnPolicy.update agent state iteration

                Some {
                    Part = part
                    Agent = agent
                    Prepared = fst (Preparation.prepare agent state iteration)
                    Before = state
                    After = next
                    Metrics = metrics
                },
                next)
            (None, start device agent (recorded "policy") (recorded "vf"))

    (replayed |> List.choose fst |> List.collect update)
    @ optimisers file agent (snd (List.last replayed))

let kinds device : Kinds = [
    "garage/mtppo", replaying (replay device)
    "garage/mttrpo", replaying (replay device)
]
