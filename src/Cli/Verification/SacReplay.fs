/// Replays golden files of the kind "mtrl/mtsac_*": three updates on recorded batches and noise,
/// in double precision, must give the recorded losses, gradients and parameters.
///
/// Tolerances are those of tests/golden/mtrl/README.md, relative to 1 + |x|.
///
/// Reading order: inner values → gradients, parameters, optimiser → verify.
module Mtrl.Cli.Verification.SacReplay

open System.Runtime.InteropServices
open Mtrl.Algorithms
open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open Mtrl.Cli.Verification.TaskRows
open Mtrl.Cli.Verification.SacGolden

let private forwardTolerance, gradientTolerance = 1e-11, 1e-9

/// Of parameters, losses and optimisers after k updates.
let private tolerance k = if k = 1 then 1e-10 else 1e-8

/// One check for each given quantity that the file holds.
let private compare (file: SafetensorsFile) tolerance quantities = [
    for name, computed in quantities do
        if file.Contains name then
            Check.scaled file.Path tolerance name (file.ReadDoubles name) (computed ())
]

/// What a state computes from observations: encodings of rows, the policy, and its draw.
let private outlook agent (actor: Tensor) (critic: Tensor) context obs noise =
    let read = Layout.views
    let features = SacAgent.encode agent (read agent.CriticLayout critic) context obs
    let policy = SacAgent.propose agent (read agent.ActorLayout actor) context features
    features, policy, TanhGaussian.draw policy noise

let private policyQuantities order prefix (policy: Gaussian) (draw: Proposal) = [
    $"{prefix}mu", (fun () -> collect order (TanhGaussian.mode policy))
    $"{prefix}pi", (fun () -> collect order draw.Action)
    $"{prefix}log_pi", (fun () -> collect order draw.LogProb)
    $"{prefix}log_std", (fun () -> collect order policy.LogStd)
]

let private valueQuantities agent order prefix (critic: Tensor) context features action =
    let critic = Layout.views agent.CriticLayout critic

    SacAgent.values agent critic context features action
    |> List.mapi (fun i q -> $"{prefix}q{i + 1}", (fun () -> collect order q))

/// The policy before the first update, on one observation of each task.
let private firstOutlook recording (state: SacState) =
    let agent, file = recording.Agent, recording.File
    let order = orderOf agent.Config.Tasks (file.ReadLongs "init_eval/task")

    let read width name =
        spread order width (file.ReadDoubles $"init_eval/{name}")

    let obs, noise =
        read agent.Config.ObsSize "obs", read agent.Config.ActionSize "noise"

    let tasks = Layout.views agent.TaskEncoderLayout state.TaskEncoder.Values
    let context = SacAgent.encodeTasks agent tasks

    let _, policy, draw =
        outlook agent state.Actor.Values state.Critic.Values context obs noise

    compare file forwardTolerance (policyQuantities order "init_eval/" policy draw)

/// Values inside the first update. The actor's part sees the critics that were just improved.
let private innerValues recording (before: SacState) (after: SacState) =
    let agent = recording.Agent
    let order, batch = SacGolden.batch recording 1
    let tasks = Layout.views agent.TaskEncoderLayout before.TaskEncoder.Values
    let context = SacAgent.encodeTasks agent tasks
    let actor, critic = before.Actor.Values, before.Critic.Values

    let features, policy, draw =
        outlook agent actor after.Critic.Values context batch.Obs batch.Noise

    let known, _, _ = outlook agent actor critic context batch.Obs batch.Noise

    let _, nextPolicy, next =
        outlook agent actor critic context batch.NextObs batch.NextNoise

    let nextFeatures, _, _ =
        outlook agent actor before.Target context batch.NextObs batch.NextNoise

    let encoding () =
        match context with
        | Some context -> Ops.Expand(context, [| -1L; int64 order.Rows; -1L |]) |> collect order
        | None -> [||]

    /// Recorded without the context that is appended here.
    let encoder (features: Tensor) () =
        let width =
            agent.Encoder.Width
            - (context |> Option.map (fun c -> int (Ops.Size(c, 2))) |> Option.defaultValue 0)

        collect order (Ops.Narrow(features, 2L, 0L, int64 width))

    compare recording.File forwardTolerance [
        "u1/task_encoder#0/encoding", encoding
        yield! policyQuantities order "u1/actor#0/" nextPolicy next
        yield!
            valueQuantities
                agent
                order
                "u1/critic_target#0/"
                before.Target
                context
                nextFeatures
                next.Action
        "u1/critic#0/internal/encoder", encoder known
        yield! valueQuantities agent order "u1/critic#0/" critic context known batch.Action
        "u1/actor#1/internal/encoder", encoder features
        yield! policyQuantities order "u1/actor#1/" policy draw
        yield!
            valueQuantities
                agent
                order
                "u1/critic#1/"
                after.Critic.Values
                context
                features
                draw.Action
    ]

/// Everything that the original logged in update k.
let private logged recording k metrics =
    let file = recording.File
    let prefix = $"u{k}/log/"
    let readings = Metrics.read metrics

    [
        for name in file.Names do
            if name.StartsWith prefix then
                match readings |> Array.tryFind (fun r -> prefix + r.Metric = name) with
                | Some reading ->
                    let tolerance = if k = 1 then forwardTolerance else tolerance 3

                    Check.scaled file.Path tolerance name (file.ReadDoubles name) [|
                        reading.Number
                    |]
                | None -> Check.impossible file.Path $"{name}: not measured here"
    ]

/// One check for a whole vector; where it fails, one for each parameter that does.
let private vector recording tolerance part (prefix: string) suffix (computed: Tensor) =
    let file = recording.File
    let numbers = Ops.ToDoubles computed
    let recorded = parameters recording part prefix suffix

    let parts =
        recorded
        |> List.map (fun (name, slot, recorded) ->
            let computed = Array.sub numbers (int slot.Offset) recorded.Length
            Check.scaled file.Path tolerance $"{prefix}{name}{suffix}" recorded computed)

    if List.forall _.Passed parts then
        let all = recorded |> List.map (fun (_, _, numbers) -> numbers) |> Array.concat

        [
            Check.scaled file.Path tolerance $"{prefix}{nameOf part}{suffix}" all numbers
        ]
    else
        parts |> List.filter (fun check -> not check.Passed)

let private trainedParts (state: SacState) = [
    Part.Actor, state.Actor
    Part.Critic, state.Critic
    Part.LogAlpha, state.LogAlpha
    Part.TaskEncoder, state.TaskEncoder
]

let private holds (file: SafetensorsFile) (prefix: string) =
    file.Names |> Seq.exists _.StartsWith(prefix)

/// Gradients of the first update, from Adam's mean: its first step leaves (1 − β₁) g there.
let private gradients recording after = [
    for part, trained in trainedParts after do
        let prefix = $"u1/grad/{optimiser part}#0/"

        if holds recording.File prefix then
            let rule =
                match part with
                | Part.Actor -> recording.Agent.Config.ActorAdam
                | Part.LogAlpha -> recording.Agent.Config.TemperatureAdam
                | Part.TaskEncoder -> recording.Agent.Config.TaskEncoderAdam
                | _ -> recording.Agent.Config.CriticAdam

            let gradient = 1.0 / (1.0 - rule.Beta1) *. trained.First
            yield! vector recording gradientTolerance part prefix "" gradient
]

/// Parameters and optimisers after update k.
let private outcome recording k state =
    let file = recording.File
    let parameters = $"after{k}/param/"

    [
        for part, trained in trainedParts state do
            if Ops.Count trained.Values > 0L then
                yield! vector recording (tolerance k) part parameters "" trained.Values

            let optimiser = $"after{k}/opt/{optimiser part}/"

            if holds file optimiser then
                yield! vector recording (tolerance k) part optimiser "/exp_avg" trained.First
                yield! vector recording (tolerance k) part optimiser "/exp_avg_sq" trained.Second

                let steps =
                    file.Names
                    |> Seq.filter (fun name -> name.StartsWith optimiser && name.EndsWith "/step")
                    |> Seq.collect file.ReadDoubles
                    |> Seq.toArray

                let taken = Array.create steps.Length (float trained.Steps)
                Check.absolute file.Path 0.0 $"{optimiser}{nameOf part}/step" steps taken

        yield! vector recording (tolerance k) Part.Target parameters "" state.Target
    ]

let private replay (file: SafetensorsFile) =
    use _ = Ops.Scope()
    let recording = SacGolden.read file
    let first = SacGolden.start recording

    let update k state =
        Sac.update recording.Agent state (snd (SacGolden.batch recording k))

    let after1, measured1 = update 1 first
    let after2, measured2 = update 2 after1
    let after3, measured3 = update 3 after2

    [
        yield! firstOutlook recording first
        yield! innerValues recording first after1
        yield! logged recording 1 measured1
        yield! gradients recording after1
        yield! outcome recording 1 after1
        yield! logged recording 2 measured2
        yield! logged recording 3 measured3
        yield! outcome recording 3 after3
    ]

/// All comparisons of one file. Shapes that do not fit each other are one failed check.
let verify (file: SafetensorsFile) : Check list =
    try
        replay file
    with :? ExternalException as refusal -> [ Check.impossible file.Path refusal.Message ]
