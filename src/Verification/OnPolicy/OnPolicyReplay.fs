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

/// Outputs of policy and value function before the update, and quantities derived from them.
let private before { Part = part; Prepared = prepared } =
    let steps = withoutPadding prepared.Iteration.Episodes

    part.Present near [
        "mean_before", (fun () -> steps (ActionDistribution.mode prepared.Policy))
        "old_log_prob", (fun () -> steps prepared.LogProb)
        "entropy_before",
        (fun () -> ActionDistribution.entropy prepared.Policy |> spreadLike prepared.Value |> steps)
        "baselines", (fun () -> steps prepared.Value)
        "baselines_padded", (fun () -> Tensor.toDoubles prepared.Value)
        "gae_raw_padded", (fun () -> Tensor.toDoubles prepared.RawAdvantage)
        "gae_raw", (fun () -> steps prepared.RawAdvantage)
        "advantages", (fun () -> steps prepared.Advantage)
        "returns", (fun () -> steps prepared.Return)
    ]

/// Losses of all epochs of one network, and its parameters after the first minibatch and after each epoch.
let private passes replayed name layout (settings: MinibatchSettings) problem order start =
    let { Prepared = prepared; Part = part } = replayed

    let once rows order trained =
        MinibatchTraining.run
            (Shards.serial 1)
            { settings with Epochs = 1 }
            0.0
            problem
            rows
            order
            (fun _ -> false)
            SurgeryState.empty
            trained

    let minibatch size =
        let rows: int[] = prepared.Rows[0]
        let places: int[] = order 0 0 rows.Length |> Array.truncate size
        let rows = [| places |> Array.map (fun i -> rows[i]) |]
        once rows (fun _ _ count -> Array.init count id) start

    let fitted =
        [ 0 .. settings.Epochs - 1 ]
        |> List.scan
            (fun (fitted: MinibatchTraining.Fitted) pass ->
                once prepared.Rows (fun _ task count -> order pass task count) fitted.Trained)
            { Trained = start; Losses = []; Epochs = 0; Memory = SurgeryState.empty }
        |> List.tail

    let flat (fitted: MinibatchTraining.Fitted) = toRecord layout fitted.Trained.Values

    part.Present near [
        $"{name}_minibatch_losses",
        (fun () -> fitted |> Seq.collect _.Losses |> Seq.collect Tensor.toDoubles |> Seq.toArray)
    ]
    @ part.Present far [
        for size in Option.toList settings.Minibatch do
            $"{name}_after_minibatch1", (fun () -> flat (minibatch size))
        $"{name}_flat_after_each_epoch", (fun () -> fitted |> List.map flat |> Array.concat)
    ]
    @ [
        let prefix = $"{name}_after_epoch1/"

        if part.Holds prefix then
            part.Against far prefix (parameters part name prefix "") (flat fitted.Head)
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
        let layout = agent.PolicyLayout
        let product = Trpo.fisherProduct agent state rule.Damping prepared
        let gradient = Trpo.gradient agent state surrogate prepared
        let outcome = Trpo.search agent state surrogate rule prepared gradient
        let record = toRecord layout

        let cut count () =
            TrustRegions.conjugateGradients product count rule.Tolerance gradient
            |> fst
            |> record

        let along name () =
            ofRecord layout (part.Numbers name)
            |> Tensor.toDevice (Tensor.device state.Policy.Values)
            |> product
            |> record

        let divergence () = [|
            (Trpo.measure agent state surrogate prepared state.Policy.Values).Divergence
        |]

        let trace () = [|
            for i in outcome.Trace do
                yield! [ i.Before; i.Curvature; i.StepSize; i.Beta; i.After ]
        |]

        let index = float (outcome.Trials.Length - 1)
        let number x () = [| x |]

        let trials pick () =
            outcome.Trials |> List.map pick |> List.toArray

        part.Present near [
            "trpo/flat_gradient", (fun () -> record gradient)
            if part.Has "trpo/hvp_vector" then
                "trpo/hvp_result", along "trpo/hvp_vector"
            "trpo/kl_at_build", divergence
            "trpo/ls_loss_before", number outcome.LossBefore
            "policy_minibatch_losses", number outcome.LossBefore
            "trpo/ls_losses", trials _.Loss
            "trpo/ls_constraints", trials _.Divergence
        ]
        @ part.Present (Relative 1e-7) [
            "trpo/cg_solution", (fun () -> record outcome.Direction)
            for count in [ 1; 2; 5 ] do
                $"trpo/cg_solution_iters{count}", cut count
            "trpo/cg_trace", trace
            "trpo/x_H_x", number outcome.Curvature
            "trpo/initial_step_size", number outcome.Length
            "trpo/descent_step_full", (fun () -> record (outcome.Length *. outcome.Direction))
        ]
        @ part.Present exact [
            "trpo/ls_accepted_index", number index
            "trpo/ls_accepted_ratio", number (rule.Shrink ** index)
        ]

/// Outputs of the policy after the update.
let private after { Part = part; Agent = agent; After = next; Prepared = prepared } =
    let steps = withoutPadding prepared.Iteration.Episodes
    let policy = Ppo.policyAt agent next prepared next.Policy.Values
    let logProb = ActionDistribution.logProb policy prepared.Action
    let ratio = Tensor.exp (logProb .- prepared.LogProb)

    let gained logProb () =
        PolicyObjective.surrogate (surrogateOf agent) prepared.LogProb logProb prepared.Advantage
        |> steps

    let divergence leaks () = [| Tensor.item (Ppo.divergence leaks prepared policy) |]

    part.Present far [
        "new_log_prob", (fun () -> steps logProb)
        "ratio_after", (fun () -> steps ratio)
        "entropy_after",
        (fun () -> ActionDistribution.entropy policy |> spreadLike prepared.Value |> steps)
        "objective_before", gained prepared.LogProb
        "objective_after", gained logProb
        "kl_after_flat_obs", divergence false
        "kl_after_padded_obs", divergence true
    ]

let private update replayed =
    let { Part = part; Agent = agent; Before = state; After = next } = replayed

    let networks place =
        networks part agent (fun network -> $"{network}_{place}/") ""

    before replayed
    @ part.Present far [
        "policy_before", (fun () -> toRecord agent.PolicyLayout state.Policy.Values)
    ]
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
            $"final/adam_{name}/step", (fun () -> [| float trained.Steps |])
    ]

/// Settings of garage that options have and whole updates have not.
let private absent =
    [ "algo"; "max_constraint_value"; "accept_violation"; "max_std"; "learn_std" ]
    @ [
        "std_parameterization"
        "policy_ent_coeff"
        "entropy_method"
        "stop_entropy_gradient"
    ]
    @ [ "use_softplus_entropy" ]

let private replay device (file: Quantities) =
    let settings name =
        if List.contains name absent then
            None
        else
            match file.Text name with
            // Of the other algorithm.
            | "" -> None
            | text -> Some text

    /// Hidden layers: "[64,64] tanh".
    let hidden network = [
        let sizes = (file.Text $"{network}_hidden").Replace(" tanh", "")

        for size in System.Text.Json.JsonDocument.Parse(sizes).RootElement.EnumerateArray() ->
            size.GetInt32()
    ]

    let agent =
        agentOf file settings "iter0/observations" "iter0/actions" (hidden "policy", hidden "vf")

    let recorded network =
        parameters file network $"iter0/{network}_before/" ""

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
