/// Values inside the first update of a recording, beside those computed here: encodings, weights of
/// experts, the policy and the critics' values.
///
/// Reading order: outlook (what a view computes from observations) → firstOutlook → innerValues.
module internal MtrlFunctional.Verification.SacInside

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Storage
open MtrlFunctional.Verification.TaskRows
open MtrlFunctional.Verification.SacGolden

/// Of forward values and losses of the first update, relative to 1 + |x|.
let forwardTolerance = 1e-11

/// One check for each given quantity that the file holds.
let private compare (file: SafetensorsFile) tolerance quantities = [
    for name, computed in quantities do
        if file.Contains name then
            Check.scaled file.Path tolerance name (file.ReadDoubles name) (computed ())
]

/// What an agent computes from a state.
let private viewOf agent state =
    SacView.read PolicyRegulariser.entropy agent state

/// What a view computes from observations: the critics' and the actor's encodings of rows, the policy,
/// and its sample.
let private outlook (view: SacView) obs noise =
    let features, seen = SacView.featuresOfBoth view obs
    let policy = PolicyView.ofFeatures view.Policy seen
    features, seen, policy, TanhGaussian.draw policy noise

let private policyQuantities order prefix (policy: Gaussian) (draw: PolicySample) = [
    $"{prefix}mu", (fun () -> collect order (TanhGaussian.mode policy))
    $"{prefix}pi", (fun () -> collect order draw.Action)
    $"{prefix}log_pi", (fun () -> collect order draw.LogProb)
    $"{prefix}log_std", (fun () -> collect order policy.LogStd)
]

let private valueQuantities view order prefix weights features action =
    SacView.values view weights features action
    |> List.mapi (fun i q -> $"{prefix}q{i + 1}", (fun () -> collect order q))

/// The policy before the first update, on one observation of each task.
let firstOutlook (recording: Recording) (state: SacState) =
    let agent, file = recording.Agent, recording.File
    let order = orderOf agent.Config.Tasks (file.ReadLongs "init_eval/task")

    let read width name =
        spread order width (file.ReadDoubles $"init_eval/{name}")

    let obs, noise =
        read agent.Config.ObsSize "obs", read agent.Config.ActionSize "noise"

    let _, _, policy, draw = outlook (viewOf agent state) obs noise

    compare file forwardTolerance (policyQuantities order "init_eval/" policy draw)

/// How much each row's task hears each expert, [rows; experts], as the given weights say.
let private selections (view: SacView) (weights: Weights) (batch: Batch) order =
    let config = view.Policy.Agent.Config

    match config.Networks.Encoder with
    | Chain((name, Mixture mixture) :: _) ->
        let path = $"encoder/{name}"
        let width = view.Context |> Option.map (fun c -> int (Ops.Size(c, 2)))

        let widths = {
            Tasks = order.Tasks
            Features = config.ObsSize
            Context = width |> Option.defaultValue 0
        }

        let heard =
            (Experts.weighing path widths mixture).Run weights {
                Rows = batch.Obs
                Context = view.Context
                Task = None
            }

        Some(Ops.Expand(heard, [| -1L; int64 order.Rows; -1L |]) |> collect order)
    | _ -> None

/// Values inside the first update. The actor's part sees the critics that were just improved.
let innerValues (recording: Recording) (before: SacState) (after: SacState) =
    let agent, file = recording.Agent, recording.File
    let order, batch = SacGolden.batch recording 1
    let view = viewOf agent before

    let improved =
        SacView.advance (SacState.set SacParts.critic after.Critic before) view

    let features, seen, policy, draw = outlook improved batch.Obs batch.Noise
    let first, _, _, _ = outlook view batch.Obs batch.Noise
    let _, _, nextPolicy, next = outlook view batch.NextObs batch.NextNoise
    let target = SacView.features view view.Target batch.NextObs

    let encoding () =
        match view.Context with
        | Some context -> Ops.Expand(context, [| -1L; int64 order.Rows; -1L |]) |> collect order
        | None -> [||]

    /// Recorded without the context that is appended here.
    let encoder name (features: Tensor) =
        let width =
            if file.Contains name then
                (file.Tensor name).Shape[1]
            else
                0L

        name, (fun () -> collect order (Ops.Narrow(features, 2L, 0L, width)))

    /// Recorded as [experts; rows; 1], and not divided by the sum over the experts.
    let selection name weights = [
        match selections view weights batch order with
        | Some ours when file.Contains name ->
            let rows = order.Places.Length
            let recorded = file.ReadDoubles name
            let experts = recorded.Length / rows

            let shares =
                Array.init rows (fun row ->
                    let each = Array.init experts (fun e -> recorded[e * rows + row])
                    Array.map (fun w -> w / Array.sum each) each)
                |> Array.concat

            Check.scaled file.Path forwardTolerance name shares ours
        | _ -> ()
    ]

    [
        yield!
            compare file forwardTolerance [
                "u1/task_encoder#0/encoding", encoding
                yield! policyQuantities order "u1/actor#0/" nextPolicy next
                yield!
                    valueQuantities view order "u1/critic_target#0/" view.Target target next.Action
                encoder "u1/critic#0/internal/encoder" first
                yield! valueQuantities view order "u1/critic#0/" view.Critic first batch.Action
                encoder "u1/actor#1/internal/encoder" seen
                yield! policyQuantities order "u1/actor#1/" policy draw
                yield!
                    valueQuantities
                        improved
                        order
                        "u1/critic#1/"
                        improved.Critic
                        features
                        draw.Action
            ]

        yield! selection "u1/critic#0/internal/encoder.selection_network" view.Critic

        // The actor's own selection; a shared one has been trained in between.
        if not (List.isEmpty agent.Config.Networks.ActorPrivateParts) then
            yield!
                selection "u1/actor#1/internal/encoder.selection_network" view.Policy.ActorEncoder
    ]
