/// Compares intermediate values of the first recorded update: encodings, expert weights, the policy
/// and the critics' values; and HiP-BMDP's task encodings by each way of sampling ("theta/…").
module internal MtrlFunctional.Verification.SacForwardValues

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.RecordedBatches
open MtrlFunctional.Verification.SacGolden

/// Tolerance of forward values and losses of the first update.
let forwardTolerance = Scaled 1e-11

/// Forward values of a view: the critics' and the actor's encodings of rows, the policy and its
/// sample.
let private forward (view: SacView) obs noise =
    let features, actorFeatures = SacView.featuresOfBoth view obs
    let policy = SacView.gaussian view actorFeatures
    let density = view.Agent.Config.SquashDensity
    features, actorFeatures, policy, TanhGaussian.sampleBy density policy noise

let private policyQuantities order prefix (policy: Gaussian) (draw: PolicySample) = [
    $"{prefix}mu", lazy (collect order (TanhGaussian.mode policy))
    $"{prefix}pi", lazy (collect order draw.Action)
    $"{prefix}log_pi", lazy (collect order draw.LogProb)
    $"{prefix}log_std", lazy (collect order policy.LogStd)
]

let private valueQuantities view order prefix weights features action =
    SacView.values view weights features action
    |> List.mapi (fun i q -> $"{prefix}q{i + 1}", lazy (collect order q))

/// The policy before the first update, on one observation of each task.
let private ofEachTask (recording: Recording) (state: ModelState) =
    let agent, file = recording.Agent, recording.File
    let order = orderIn recording "init_eval/task"

    let read width name =
        recording.Here(scatter order width (file.Numbers $"init_eval/{name}"))

    let obs, noise =
        read agent.Config.ObsSize "obs", read agent.Config.ActionSize "noise"

    let _, _, policy, draw = forward (SacView.read agent state.Sac) obs noise
    file.Present forwardTolerance (policyQuantities order "init_eval/" policy draw)

/// What networks compute of the first batch before the first update.
let private ofFirstBatch (recording: Recording) (state: ModelState) =
    let agent, file = recording.Agent, recording.File
    let order, batch = batch recording recording.Writing.Updates.Head
    let view = SacView.read agent state.Sac

    let noise =
        recording.Here(scatter order agent.Config.ActionSize (file.Numbers "forward/actor_noise"))

    let features, actorFeatures, policy, draw = forward view batch.Obs noise
    let models = ModelLosses.view recording.Models state.Models view

    let prediction =
        lazy (ModelLosses.predict recording.Models models features batch.Action)

    let run (network: Module option) weights x =
        network.Value.Run weights (NetworkInput.ofRows x) |> collect order

    let decoded = "forward/decoder_of_critic_encoding_first2"

    file.Present forwardTolerance [
        "forward/critic_encoding", lazy (collect order features)
        "forward/actor_encoding", lazy (collect order actorFeatures)
        yield! policyQuantities order "forward/actor_" policy draw
        yield! valueQuantities view order "forward/" view.Critic features batch.Action
        "forward/transition_mu", lazy (collect order prediction.Value.Mean)
        "forward/transition_sigma", lazy (collect order prediction.Value.Deviation.Value)
        "forward/reward_prediction",
        lazy (run recording.Models.Reward models.Models.Reward prediction.Value.Mean)
        decoded,
        lazy
            (run recording.Models.Decoder models.Models.Decoder features
             |> Array.truncate (file.Numbers decoded).Length)
    ]

/// Forward values before the first update, where the file has them.
let initialForward (recording: Recording) (state: ModelState) =
    if recording.File.Has "init_eval/task" then
        ofEachTask recording state
    elif recording.File.Has "forward/actor_noise" then
        ofFirstBatch recording state
    else
        []

/// Mixture weights of the experts by row, [rows; experts], under the given parameters.
let private selections (view: SacView) (weights: Weights) (batch: Batch) order =
    let config = view.Agent.Config

    config.Networks.Encoder.TrySettings<(string * Spec) list>()
    |> Option.bind List.tryHead
    |> Option.bind (fun (name, part) ->
        part.TrySettings<Mixture>() |> Option.map (fun mixture -> name, mixture))
    |> Option.map (fun (name, mixture) ->
        let widths = {
            Tasks = order.Tasks
            Features = config.ObsSize
            Context = view.Context |> Option.fold (fun _ c -> int (Tensor.size 2 c)) 0
        }

        let heard =
            (Experts.mixtureWeights $"encoder/{name}" widths mixture).Run weights {
                NetworkInput.ofRows batch.Obs with
                    Context = view.Context
            }

        Tensor.expand [| -1L; int64 order.Rows; -1L |] heard |> collect order)

/// Values inside the first update; `after` is the state after the stage of the critics, which the actor's part uses.
let innerValues (recording: Recording) (before: ModelState) (after: ModelState) =
    let agent, file = recording.Agent, recording.File
    let order, batch = batch recording recording.Writing.Updates.Head
    let view = SacView.read agent before.Sac

    let improved = SacView.advance { before.Sac with Critic = after.Sac.Critic } view

    let features, actorFeatures, policy, draw = forward improved batch.Obs batch.Noise
    let first, _, _, _ = forward view batch.Obs batch.Noise
    let _, _, nextPolicy, next = forward view batch.NextObs batch.NextNoise
    let weights = SacView.target view
    let target = SacView.features view weights batch.NextObs

    let encoding =
        view.Context
        |> Option.map (Tensor.expand [| -1L; int64 order.Rows; -1L |] >> collect order)
        |> Option.defaultValue [||]

    /// Recorded without the appended context.
    let encoder name features =
        let width () =
            let shape = file.Shape name
            int64 shape[1]

        name, lazy (collect order (Tensor.narrow 2 0L (width ()) features))

    /// Recorded as [experts; rows; 1], not normalised over the experts.
    let selection name weights = [
        match selections view weights batch order with
        | Some ours when file.Has name ->
            let rows, recorded = order.Places.Length, file.Numbers name

            let shares =
                Array.init rows (fun row ->
                    let each = [| for at in row..rows .. recorded.Length - 1 -> recorded[at] |]
                    Array.map (fun w -> w / Array.sum each) each)

            file.Against forwardTolerance name (Array.concat shares) ours
        | _ -> ()
    ]

    file.Present forwardTolerance [
        "u1/task_encoder#0/encoding", lazy encoding
        yield! policyQuantities order "u1/actor#0/" nextPolicy next
        yield! valueQuantities view order "u1/critic_target#0/" weights target next.Action
        encoder "u1/critic#0/internal/encoder" first
        yield! valueQuantities view order "u1/critic#0/" view.Critic first batch.Action
        encoder "u1/actor#1/internal/encoder" actorFeatures
        yield! policyQuantities order "u1/actor#1/" policy draw
        yield! valueQuantities improved order "u1/critic#1/" improved.Critic features draw.Action
    ]
    @ selection "u1/critic#0/internal/encoder.selection_network" view.Critic
    // The actor's own selection; a shared one has been trained in between.
    @ if List.isEmpty agent.Config.Networks.ActorPrivateParts then
          []
      else
          selection "u1/actor#1/internal/encoder.selection_network" (SacView.actorEncoder view)

/// HiP-BMDP's encodings of the tasks of the first batch, by each way of sampling, where the file has them.
let thetas (recording: Recording) (state: ModelState) =
    let agent, file = recording.Agent, recording.File

    /// Of given tasks, each by its way, one after the other.
    let encodings rows =
        let encoder = Option.get agent.TaskEncoder
        let weights = Layout.views agent.TaskEncoderLayout state.Sac.TaskEncoder.Values

        rows
        |> Array.collect (fun (task, way) ->
            let ways =
                List.init agent.Config.Tasks (fun i -> if i = task then way else TaskSampling.Own)

            TaskSampling.run encoder ways weights
            |> Tensor.narrow 0 (int64 task) 1L
            |> Tensor.toDoubles)

    /// Over the tasks that the recorded mean of training is taken of.
    let ofTraining () =
        let encoder = (file.Json "cfg").GetProperty("mt").GetProperty "task_encoder_cfg"
        let trained = encoder.GetProperty("model_cfg").GetProperty "train_env_id"
        TaskSampling.MeanOf(List.ofArray (Recorded.sizes trained))

    let all way =
        let rows = file.Rows "batch_index" |> Array.head |> Array.map int
        encodings [| for task in Writing.taken file "task_index" rows 0 -> int task, way |]

    let mixed ofTraining =
        encodings [|
            for task in [ 1; 2 ] -> task, TaskSampling.Own
            for task in [ 3; 4 ] -> task, ofTraining
        |]

    file.Present forwardTolerance [
        "theta/embedding", lazy (all TaskSampling.Own)
        "theta/zero", lazy (all TaskSampling.OfZeros)
        "theta/mean", lazy (all (TaskSampling.MeanOf [ 1 .. agent.Config.Tasks - 1 ]))
        "theta/mean_train", lazy (all (ofTraining ()))
        "theta/eval_base_base_interp_extrap", lazy (mixed (ofTraining ()))
    ]
