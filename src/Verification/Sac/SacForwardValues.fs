/// Compares intermediate values of the first recorded update: encodings, expert weights, the policy
/// and the critics' values.
///
/// Reading order: forward (values computed by a view) → initialForward → innerValues.
module internal MtrlFunctional.Verification.SacForwardValues

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Storage
open MtrlFunctional.Verification.TaskRows
open MtrlFunctional.Verification.SacGolden

/// Tolerance of forward values and losses of the first update, relative to 1 + |x|.
let forwardTolerance = 1e-11

/// One check for each given quantity in the file.
let private compare (file: SafetensorsFile) tolerance quantities = [
    for name, computed in quantities do
        if file.Contains name then
            Check.scaled file.Path tolerance name (file.ReadDoubles name) (computed ())
]

/// View of an agent in a state.
let private viewOf agent state =
    SacView.read PolicyRegulariser.entropy agent state

/// Forward values of a view: the critics' and the actor's encodings of rows, the policy and its
/// sample.
let private forward (view: SacView) obs noise =
    let features, actorFeatures = SacView.featuresOfBoth view obs
    let policy = PolicyView.ofFeatures view.Policy actorFeatures
    let density = view.Policy.Agent.Config.SquashDensity
    features, actorFeatures, policy, TanhGaussian.sampleBy density policy noise

let private policyQuantities order prefix (policy: Gaussian) (draw: PolicySample) = [
    $"{prefix}mu", (fun () -> collect order (TanhGaussian.mode policy))
    $"{prefix}pi", (fun () -> collect order draw.Action)
    $"{prefix}log_pi", (fun () -> collect order draw.LogProb)
    $"{prefix}log_std", (fun () -> collect order policy.LogStd)
]

let private valueQuantities view order prefix weights features action =
    SacView.values view weights features action
    |> List.mapi (fun i q -> $"{prefix}q{i + 1}", (fun () -> collect order q))

/// The policy before the first update, on one observation of each task, where the file has it.
let private ofEachTask (recording: Recording) (state: SacState) =
    let agent, file = recording.Agent, recording.File
    let order = orderOf agent.Config.Tasks (file.ReadLongs "init_eval/task")

    let read width name =
        Tensor.toDevice
            recording.Device
            (scatter order width (file.ReadDoubles $"init_eval/{name}"))

    let obs, noise =
        read agent.Config.ObsSize "obs", read agent.Config.ActionSize "noise"

    let _, _, policy, draw = forward (viewOf agent state) obs noise

    compare file forwardTolerance (policyQuantities order "init_eval/" policy draw)

/// What networks compute of the first batch before the first update, where the file has it ("forward/…").
let private ofFirstBatch (recording: Recording) (state: SacState) =
    let agent, file = recording.Agent, recording.File
    let order, batch = SacGolden.batch recording recording.Writing.Updates.Head
    let view = viewOf agent state

    let noise =
        let recorded = file.ReadDoubles "forward/actor_noise"
        Tensor.toDevice recording.Device (scatter order agent.Config.ActionSize recorded)

    let features, actorFeatures, policy, draw = forward view batch.Obs noise
    let models = ModelStages.read recording.Models state view

    let prediction =
        lazy (ModelLosses.predict recording.Models models features batch.Action)

    let reward () =
        let input = NetworkInput.ofRows prediction.Value.Mean

        (Option.get recording.Models.Reward).Run models.Models.Reward input
        |> collect order

    let decoded () =
        let name = "forward/decoder_of_critic_encoding_first2"

        let numbers =
            (Option.get recording.Models.Decoder).Run
                models.Models.Decoder
                (NetworkInput.ofRows features)
            |> collect order

        Array.truncate (int (file.Tensor name).Count) numbers

    compare file forwardTolerance [
        "forward/critic_encoding", (fun () -> collect order features)
        "forward/actor_encoding", (fun () -> collect order actorFeatures)
        yield! policyQuantities order "forward/actor_" policy draw
        yield! valueQuantities view order "forward/" view.Critic features batch.Action
        "forward/transition_mu", (fun () -> collect order prediction.Value.Mean)
        "forward/transition_sigma", (fun () -> collect order prediction.Value.Deviation.Value)
        "forward/reward_prediction", reward
        "forward/decoder_of_critic_encoding_first2", decoded
    ]

/// Forward values before the first update.
let initialForward (recording: Recording) (state: SacState) =
    if recording.File.Contains "init_eval/task" then
        ofEachTask recording state
    elif recording.File.Contains "forward/actor_noise" then
        ofFirstBatch recording state
    else
        []

/// Mixture weights of the experts by row, [rows; experts], under the given parameters.
let private selections (view: SacView) (weights: Weights) (batch: Batch) order =
    let config = view.Policy.Agent.Config

    let mixtureIn (name, part: Spec) =
        part.TrySettings<Mixture>() |> Option.map (fun mixture -> name, mixture)

    config.Networks.Encoder.TrySettings<(string * Spec) list>()
    |> Option.bind List.tryHead
    |> Option.bind mixtureIn
    |> Option.map (fun (name, mixture) ->
        let path = $"encoder/{name}"
        let width = view.Context |> Option.map (fun c -> int (Tensor.size 2 c))

        let widths = {
            Tasks = order.Tasks
            Features = config.ObsSize
            Context = width |> Option.defaultValue 0
        }

        let heard =
            (Experts.mixtureWeights path widths mixture).Run weights {
                NetworkInput.ofRows batch.Obs with
                    Context = view.Context
            }

        Tensor.expand [| -1L; int64 order.Rows; -1L |] heard |> collect order)

/// Values inside the first update; `after` is the state after the stage of the critics, which the actor's part uses.
let innerValues (recording: Recording) (before: SacState) (after: SacState) =
    let agent, file = recording.Agent, recording.File
    let order, batch = SacGolden.batch recording recording.Writing.Updates.Head
    let view = viewOf agent before

    let improved =
        SacView.advance (SacState.set SacParts.critic after.Critic before) view

    let features, actorFeatures, policy, draw = forward improved batch.Obs batch.Noise
    let first, _, _, _ = forward view batch.Obs batch.Noise
    let _, _, nextPolicy, next = forward view batch.NextObs batch.NextNoise
    let target = SacView.features view view.Target batch.NextObs

    let encoding () =
        match view.Context with
        | Some context -> Tensor.expand [| -1L; int64 order.Rows; -1L |] context |> collect order
        | None -> [||]

    /// Recorded without the appended context.
    let encoder name (features: Tensor) =
        let width =
            if file.Contains name then
                (file.Tensor name).Shape[1]
            else
                0L

        name, (fun () -> collect order (Tensor.narrow 2 0L width features))

    /// Recorded as [experts; rows; 1], not normalised over the experts.
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
                encoder "u1/actor#1/internal/encoder" actorFeatures
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
