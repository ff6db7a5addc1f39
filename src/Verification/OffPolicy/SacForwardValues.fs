/// Compares intermediate values of the first recorded update: encodings, expert weights, the policy
/// and the critics' values; and HiP-BMDP's task encodings by each way of sampling ("theta/…").
module internal MtrlFunctional.Verification.SacForwardValues

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.RecordedBatches
open MtrlFunctional.Verification.OffPolicyGolden
open MtrlFunctional.Verification.SacGolden

/// Tolerance of forward values and losses of the first update.
let forwardTolerance = Scaled 1e-11

/// Of log π: a last bit of a saturated action a is 1e-10 of log(1 − a² + 1e-6).
let private densityTolerance = Scaled 1e-10

let private present (part: Quantities) quantities = [
    let densities, others =
        quantities |> List.partition (fun (name: string, _) -> name.EndsWith "log_pi")

    yield! part.Present forwardTolerance others
    yield! part.Present densityTolerance densities
]

/// What networks compute of rows.
type private Forward = {
    Features: Tensor
    ActorFeatures: Tensor
    Policy: Gaussian
    Draw: PolicySample
}

let private forward (view: SacView) obs noise =
    let features, actorFeatures = SacView.featuresOfBoth view obs
    let policy = SacView.gaussian view actorFeatures

    {
        Features = features
        ActorFeatures = actorFeatures
        Policy = policy
        Draw = TanhGaussian.sampleBy view.Agent.Config.SquashDensity policy noise
    }

let private policyQuantities order prefix { Policy = policy; Draw = draw } = [
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
    let config, part = recording.Agent.Config, recording.File.Inner "init_eval/"
    let order = orderOf config.Tasks (part.Ints "task")

    let read width name =
        recording.File.Here(scatter order width (part.Numbers name))

    (read config.ObsSize "obs", read config.ActionSize "noise")
    ||> forward (SacView.read recording.Agent state.Sac)
    |> policyQuantities order ""
    |> present part

/// What networks compute of the first batch before the first update.
let private ofFirstBatch (recording: Recording) (state: ModelState) =
    let { Models = models } = recording
    let part = recording.File.Inner "forward/"
    let order, batch = batch recording recording.Writing.Updates.Head
    let view = SacView.read recording.Agent state.Sac

    let noise =
        scatter order recording.Agent.Config.ActionSize (part.Numbers "actor_noise")

    let first = forward view batch.Obs (recording.File.Here noise)
    let weights = ModelLosses.view models state.Models view

    let prediction =
        lazy (ModelLosses.predict models weights first.Features batch.Action)

    let run (network: Module option) weights x =
        network.Value.Run weights (NetworkInput.ofRows x) |> collect order

    let decoded = "decoder_of_critic_encoding_first2"

    present part [
        "critic_encoding", lazy (collect order first.Features)
        "actor_encoding", lazy (collect order first.ActorFeatures)
        yield! policyQuantities order "actor_" first
        yield! valueQuantities view order "" view.Critic first.Features batch.Action
        "transition_mu", lazy (collect order prediction.Value.Mean)
        "transition_sigma", lazy (collect order prediction.Value.Deviation.Value)
        "reward_prediction", lazy (run models.Reward weights.Models.Reward prediction.Value.Mean)
        decoded,
        lazy
            (run models.Decoder weights.Models.Decoder first.Features
             |> Array.truncate (part.Numbers decoded).Length)
    ]

/// Forward values before the first update, where the file has them.
let initialForward (recording: Recording) (state: ModelState) =
    if recording.File.Has "init_eval/task" then
        ofEachTask recording state
    elif recording.File.Has "forward/actor_noise" then
        ofFirstBatch recording state
    else
        []

/// Mixture weights of the experts by row, [tasks; rows or 1; experts], under the given parameters.
let private selections (view: SacView) (weights: Weights) (batch: Batch) =
    let config = view.Agent.Config

    config.Networks.Encoder.TrySettings<(string * Spec) list>()
    |> Option.bind List.tryHead
    |> Option.bind (fun (name, part) ->
        part.TrySettings<Mixture>() |> Option.map (fun m -> name, m))
    |> Option.map (fun (name, mixture) ->
        let widths = {
            Tasks = config.Tasks
            Features = config.ObsSize
            Context = view.Context |> Option.fold (fun _ c -> int (Tensor.size 2 c)) 0
        }

        { NetworkInput.ofRows batch.Obs with Context = view.Context }
        |> (Experts.mixtureWeights $"encoder/{name}" widths mixture).Run weights)

/// Values inside the first update; `after` is the state after the stage of the critics, which the actor's part uses.
let innerValues (recording: Recording) (before: ModelState) (after: ModelState) = [
    let agent, part = recording.Agent, recording.File.Inner "u1/"
    let order, batch = batch recording recording.Writing.Updates.Head
    let view = SacView.read agent before.Sac
    let improved = SacView.advance { before.Sac with Critic = after.Sac.Critic } view
    let first = forward view batch.Obs batch.Noise
    let next = forward view batch.NextObs batch.NextNoise
    let later = forward improved batch.Obs batch.Noise
    let weights = SacView.target view
    let target = SacView.features view weights batch.NextObs
    let ofRows = Tensor.expand [| -1L; int64 order.Rows; -1L |] >> collect order

    /// Recorded without the appended context.
    let encoder name features =
        let width () = (part.Shape name)[1] |> int64
        name, lazy (Tensor.narrow 2 0L (width ()) features |> collect order)

    /// Recorded as [experts; rows; 1], not normalised over the experts.
    let selection name weights = [
        match selections view weights batch with
        | Some ours when part.Has name ->
            let rows =
                part.Numbers name |> Array.chunkBySize order.Places.Length |> Array.transpose

            let shares =
                rows |> Array.collect (fun each -> Array.map (fun w -> w / Array.sum each) each)

            part.Against forwardTolerance name shares (ofRows ours)
        | _ -> ()
    ]

    yield!
        present part [
            "task_encoder#0/encoding", lazy (view.Context |> Option.fold (fun _ -> ofRows) [||])
            yield! policyQuantities order "actor#0/" next
            yield! valueQuantities view order "critic_target#0/" weights target next.Draw.Action
            encoder "critic#0/internal/encoder" first.Features
            yield! valueQuantities view order "critic#0/" view.Critic first.Features batch.Action
            encoder "actor#1/internal/encoder" later.ActorFeatures
            yield! policyQuantities order "actor#1/" later
            yield!
                later.Draw.Action
                |> valueQuantities improved order "critic#1/" improved.Critic later.Features
        ]

    yield! selection "critic#0/internal/encoder.selection_network" view.Critic

    // The actor's own selection; a shared one has been trained in between.
    if not (List.isEmpty agent.Config.Networks.ActorPrivateParts) then
        yield! selection "actor#1/internal/encoder.selection_network" (SacView.actorEncoder view)
]

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
        let tasks = Writing.column recording.Writing file 0 0 "task_obs"
        encodings [| for task in tasks -> int task, way |]

    let mixed ofTraining =
        encodings [|
            for task in [ 1; 2 ] -> task, TaskSampling.Own
            for task in [ 3; 4 ] -> task, ofTraining
        |]

    (file.Inner "theta/").Present forwardTolerance [
        "embedding", lazy (all TaskSampling.Own)
        "zero", lazy (all TaskSampling.OfZeros)
        "mean", lazy (all (TaskSampling.MeanOf [ 1 .. agent.Config.Tasks - 1 ]))
        "mean_train", lazy (all (ofTraining ()))
        "eval_base_base_interp_extrap", lazy (mixed (ofTraining ()))
    ]
