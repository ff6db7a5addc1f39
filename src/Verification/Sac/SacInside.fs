/// Values inside the first update of a recording, beside those computed here: encodings, weights of
/// experts, the policy and the critics' values.
///
/// Reading order: outlook (what a state computes from observations) → firstOutlook → innerValues.
module Mtrl.Verification.SacInside

open Mtrl.Algorithms
open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open Mtrl.Verification.TaskRows
open Mtrl.Verification.SacGolden

/// Of forward values and losses of the first update, relative to 1 + |x|.
let forwardTolerance = 1e-11

/// One check for each given quantity that the file holds.
let private compare (file: SafetensorsFile) tolerance quantities = [
    for name, computed in quantities do
        if file.Contains name then
            Check.scaled file.Path tolerance name (file.ReadDoubles name) (computed ())
]

/// What does not change within an update.
type private Known = { Agent: SacAgent; Fixed: Weights; Context: Tensor option }

let private knownBy agent (state: SacState) =
    let fixedParts = Layout.views agent.FixedLayout state.Fixed
    let tasks = Layout.views agent.TaskEncoderLayout state.TaskEncoder.Values

    {
        Agent = agent
        Fixed = fixedParts
        Context = SacAgent.encodeTasks agent fixedParts tasks
    }

/// What a state computes from observations: the critics' and the actor's encodings of rows, the
/// policy, and its draw.
let private outlook known (actor: Tensor) (critic: Tensor) obs noise =
    let { Agent = agent; Context = context } = known
    let critic = Layout.views agent.CriticLayout critic
    let sight = SacAgent.sight agent critic known.Fixed
    let features, seen = SacAgent.encodeBoth agent critic sight context obs

    let policy =
        SacAgent.propose agent (Layout.views agent.ActorLayout actor) context seen

    features, seen, policy, TanhGaussian.draw policy noise

let private policyQuantities order prefix (policy: Gaussian) (draw: Proposal) = [
    $"{prefix}mu", (fun () -> collect order (TanhGaussian.mode policy))
    $"{prefix}pi", (fun () -> collect order draw.Action)
    $"{prefix}log_pi", (fun () -> collect order draw.LogProb)
    $"{prefix}log_std", (fun () -> collect order policy.LogStd)
]

let private valueQuantities known order prefix (critic: Tensor) features action =
    let critic = Layout.views known.Agent.CriticLayout critic

    SacAgent.values known.Agent critic known.Context features action
    |> List.mapi (fun i q -> $"{prefix}q{i + 1}", (fun () -> collect order q))

/// The policy before the first update, on one observation of each task.
let firstOutlook (recording: Recording) (state: SacState) =
    let agent, file = recording.Agent, recording.File
    let order = orderOf agent.Config.Tasks (file.ReadLongs "init_eval/task")

    let read width name =
        spread order width (file.ReadDoubles $"init_eval/{name}")

    let obs, noise =
        read agent.Config.ObsSize "obs", read agent.Config.ActionSize "noise"

    let _, _, policy, draw =
        outlook (knownBy agent state) state.Actor.Values state.Critic.Values obs noise

    compare file forwardTolerance (policyQuantities order "init_eval/" policy draw)

/// How much each row's task hears each expert, [rows; experts], as the given weights say.
let private selections known (weights: Weights) (batch: Batch) order =
    match known.Agent.Config.Networks.Encoder with
    | Chain((name, Mixture mixture) :: _) ->
        let path = $"encoder/{name}"
        let width = known.Context |> Option.map (fun c -> int (Ops.Size(c, 2)))

        let widths = {
            Tasks = order.Tasks
            Features = known.Agent.Config.ObsSize
            Context = width |> Option.defaultValue 0
        }

        let heard =
            (Experts.weighing path widths mixture).Run weights {
                Rows = batch.Obs
                Context = known.Context
                Task = None
            }

        Some(Ops.Expand(heard, [| -1L; int64 order.Rows; -1L |]) |> collect order)
    | _ -> None

/// Values inside the first update. The actor's part sees the critics that were just improved.
let innerValues (recording: Recording) (before: SacState) (after: SacState) =
    let agent, file = recording.Agent, recording.File
    let order, batch = SacGolden.batch recording 1
    let known = knownBy agent before
    let actor, critic = before.Actor.Values, before.Critic.Values

    let features, seen, policy, draw =
        outlook known actor after.Critic.Values batch.Obs batch.Noise

    let first, _, _, _ = outlook known actor critic batch.Obs batch.Noise

    let _, _, nextPolicy, next =
        outlook known actor critic batch.NextObs batch.NextNoise

    let target, _, _, _ =
        outlook known actor before.Target batch.NextObs batch.NextNoise

    let encoding () =
        match known.Context with
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
        match selections known weights batch order with
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

    let criticWeights = Layout.views agent.CriticLayout critic
    let sight = SacAgent.sight agent criticWeights known.Fixed

    [
        yield!
            compare file forwardTolerance [
                "u1/task_encoder#0/encoding", encoding
                yield! policyQuantities order "u1/actor#0/" nextPolicy next
                yield!
                    valueQuantities
                        known
                        order
                        "u1/critic_target#0/"
                        before.Target
                        target
                        next.Action
                encoder "u1/critic#0/internal/encoder" first
                yield! valueQuantities known order "u1/critic#0/" critic first batch.Action
                encoder "u1/actor#1/internal/encoder" seen
                yield! policyQuantities order "u1/actor#1/" policy draw
                yield!
                    valueQuantities
                        known
                        order
                        "u1/critic#1/"
                        after.Critic.Values
                        features
                        draw.Action
            ]

        yield! selection "u1/critic#0/internal/encoder.selection_network" criticWeights

        // The actor's own selection; a shared one has been trained in between.
        if not (List.isEmpty agent.Config.Networks.ActorOwn) then
            yield! selection "u1/actor#1/internal/encoder.selection_network" sight
    ]
