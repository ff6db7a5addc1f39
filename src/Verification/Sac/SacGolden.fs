/// Reads golden files of soft actor-critic: the recorded agent, its initial parameters and
/// its batches. The agent is built from the recorded command as in training, so that any seed, size
/// and network can be replayed.
///
/// Format: tests/golden/mtrl/README.md. Reading order: agent → values (their names:
/// SacRecordedNames) → batches (their order of rows: TaskRows).
module internal MtrlFunctional.Verification.SacGolden

open System.Text.Json
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Storage
open MtrlFunctional.Verification.TaskRows
open MtrlFunctional.Algorithms.SacRecordedNames
open MtrlFunctional.Verification.SacWriting

/// A golden file and its recorded agent.
type Recording = {
    File: SafetensorsFile
    Writing: Writing
    /// Without models where it is soft actor-critic.
    Models: ModelAgent
    /// Its task encoder is HiP-BMDP's θ.
    IsTheta: bool
    /// Where the updates are computed.
    Device: TorchSharp.torch.Device
} with

    member recording.Agent = recording.Models.Agent

/// Numbers of a recording, before they go to its device.
let private double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

/// All elements of a tensor; their count must match the rest of the file.
let numbersOf (file: SafetensorsFile) name (count: int64) =
    let found = (file.Tensor name).Count

    if found <> count then
        raise (
            SafetensorsException(
                file.Path,
                $"tensor '{name}' has {found} numbers, {count} fit the rest of the file."
            )
        )

    file.ReadDoubles name

let private number (file: SafetensorsFile) (name: string) (from: JsonElement) =
    match from.TryGetProperty name with
    | true, value when value.ValueKind = JsonValueKind.Number -> value.GetDouble()
    | _ -> raise (SafetensorsException(file.Path, $"its metadata has no number '{name}'."))

/// The recorded features of each task.
let private known (file: SafetensorsFile) : FixedTaskRows option =
    let table = "init/param/task_encoder.embedding.0.weight"

    if file.Contains table then
        let width = int (file.Tensor table).Shape[1]
        Some { Source = file.Path; Width = width; Numbers = file.ReadDoubles table }
    else
        None

/// Rebuilds the recorded agent from its command, with the original behaviour.
let read device (file: SafetensorsFile) =
    let writing = SacWriting.ofFile file
    let words, observations, actions = writing.Command file

    let environment = {
        Observation = EnvironmentSpec.vector observations
        Action = ActionSpace.Box actions
        Horizon = 1
        Terminates = false
    }

    match Experiment.readObserving environment ("fidelity=original" :: words) with
    | Ok(e, _) ->
        let config =
            match e.Agent.Algorithm.Decoder with
            | None ->
                SacSetup.ofExperiment Precision.Full (known file) observations environment.Action e
                |> ModelConfig.ofAgent
            | Some _ ->
                ModelSetup.ofExperiment
                    Precision.Full
                    (known file)
                    observations
                    environment.Action
                    e

        {
            File = file
            Writing = writing
            Models = ModelAgent.create (Shards.serial 1) config
            IsTheta = e.Agent.Multitask.TaskEncoder.IsTheta
            Device = device
        }
    | Error mistakes ->
        let mistakes = mistakes |> List.map string |> String.concat " "
        raise (SafetensorsException(file.Path, $"its command is not understood: {mistakes}"))

/// The rule of the optimiser of a part.
let rule (models: ModelConfig) part =
    let config = models.Agent

    match part with
    | Part.Transition -> models.Transition.Value.Adam
    | Part.Reward -> models.Transition.Value.RewardAdam
    | Part.Decoder -> models.Decoder.Value.Adam
    | Part.Actor -> config.ActorAdam
    | Part.Critic
    | Part.Target -> config.CriticAdam
    | Part.LogAlpha -> config.TemperatureAdam
    | Part.TaskEncoder
    | Part.Fixed -> config.TaskEncoderAdam

/// Scalars and optimisers of the recorded and the rebuilt agent, where the file has them: name, recorded, rebuilt.
let scalars (recording: Recording) = [
    let file, config = recording.File, recording.Agent.Config

    let recorded name =
        number file name (metadata file "agent_scalars")

    let scalar name (rebuilt: float) =
        $"agent_scalars/{name}", [| recorded name |], [| rebuilt |]

    if file.Metadata.ContainsKey "agent_scalars" then
        scalar "discount" config.Discount
        scalar "init_temperature" config.InitTemperature
        scalar "actor_update_freq" (float config.ActorEvery)
        scalar "critic_target_update_freq" (float config.TargetEvery)
        scalar "critic_tau" config.CriticTau
        scalar "encoder_tau" config.EncoderTau

        let optimizers = metadata file "optimizers"

        let optimisers = [
            for part in trained do
                optimiser part, (fun () -> rule recording.Models.Config part)

            "encoder", (fun () -> recording.Models.Config.EncoderAdam)
        ]

        for name, rule in optimisers do
            match optimizers.TryGetProperty name with
            | true, o ->
                let betas, rule = o.GetProperty "betas", rule ()
                let number name = number file name o

                $"optimizers/{name}",
                [|
                    number "lr"
                    betas[0].GetDouble()
                    betas[1].GetDouble()
                    number "eps"
                    number "weight_decay"
                |],
                [| rule.Rate; rule.Beta1; rule.Beta2; rule.Epsilon; rule.WeightDecay |]
            | _ -> ()
]

/// Offsets of the parameters of a part in its vector.
let layout (agent: SacAgent) part =
    agent.Parts
    |> List.tryFind (fun each -> each.Name = nameOf part)
    |> Option.map _.Layout
    |> Option.defaultValue (Layout.create [])

/// Recorded weights of layers shared by all tasks and experts are [units; inputs]; here they are
/// [inputs; units].
let private transposed (parameter: Parameter) (numbers: float[]) =
    match parameter.Shape with
    | [ inputs; units ] when not (parameter.Path.EndsWith "bias") ->
        let inputs, units = int inputs, int units
        Array.init numbers.Length (fun i -> numbers[(i % units) * inputs + i / units])
    | _ -> numbers

/// A recorded vector of a layout, by parameter: name, offset, values. The name in the file is
/// `prefix`, the parameter's name and `suffix`.
let parametersOf (recording: Recording) layout part prefix suffix = [
    for slot in layout.Slots do
        let name =
            SacRecordedNames.ofParameter recording.IsTheta part slot.Parameter
            |> recording.Writing.Name

        let count = Parameter.count slot.Parameter
        let numbers = numbersOf recording.File $"{prefix}{name}{suffix}" count
        name, slot, transposed slot.Parameter numbers
]

/// A recorded vector of a part.
let parameters (recording: Recording) part prefix suffix =
    parametersOf recording (layout recording.Agent part) part prefix suffix

/// PCGrad's projection order in update k, by part: [rounds; tasks], of the tasks in the batch.
let private meetings (recording: Recording) k part =
    let file = recording.File
    let recorded = file.ReadLongs $"u{k}/perm{part}"
    let shape = (file.Tensor $"u{k}/perm{part}").Shape
    let rounds, tasks = int shape[0], int shape[1]

    Array.init tasks (fun task ->
        Array.init rounds (fun round -> int recorded[round * tasks + task]))

/// The agent of update k: orders drawn by the original are given.
let agentOf (recording: Recording) k : ModelAgent =
    let models = recording.Models

    match models.Config.Agent.Surgery with
    | Some surgery when recording.File.Contains $"u{k}/perm0" ->
        let met = meetings recording k
        let surgery = SacSurgery.withOrders (met 0) (met 1) (met 2) surgery

        {
            models with
                Config.Agent.Surgery = Some surgery
                ModelAgent.Agent.Config.Surgery = Some surgery
        }
    | _ -> models

/// The state before the first update.
let start (recording: Recording) : SacState =
    let values part =
        let numbers =
            parameters recording part recording.Writing.Start ""
            |> List.map (fun (_, _, numbers) -> numbers)
            |> Array.concat

        Tensor.ofDoubles [| int64 numbers.Length |] numbers

    SacState.start recording.Agent (fun part ->
        let vector =
            match part.Role with
            | PartRole.Optimiser _ -> Draw.constant double 0.0 [| part.Layout.Length |]
            | _ -> values (partOf part.Name)

        Tensor.toDevice recording.Device vector)

/// The noise of update k for the models, which follows that of the policy.
let private drawsOf (recording: Recording) order k policyDraws =
    let { File = file; Writing = writing } = recording
    let width, obs = recording.Agent.Encoder.Width, recording.Agent.Config.ObsSize

    let noise j =
        scatter order width (file.ReadDoubles(writing.Noise k (policyDraws + j)))

    let partners =
        let places = order.Places
        let partner = Array.init (order.Tasks * order.Rows) int64

        places
        |> Array.iteri (fun i place -> partner[place] <- int64 places[places.Length - 1 - i])

        Tensor.ofLongs [| int64 order.Tasks; int64 order.Rows |] partner

    Map [
        for draw in ModelDraws.ofAgent recording.Models do
            draw.Name,
            (if draw.Name = ModelDraws.transition then
                 noise 0
             elif draw.Name = ModelDraws.decoder then
                 noise 1
             elif draw.Name = ModelDraws.pixels then
                 scatter order obs (writing.Pixels file k (order.Places.Length * obs))
             else
                 partners)
    ]

/// Batch k of the recording, with the noise of update k; draws absent from the recording are 0.
let batch (recording: Recording) (k: int) =
    let { File = file; Writing = writing } = recording
    let config = recording.Agent.Config
    let rows = writing.Rows file k
    let order = orderOf config.Tasks rows.Tasks

    // The actor's draw is the second, where there is an update of the actor.
    let hasActor = k % config.ActorEvery = 0

    let noise j isThere =
        if isThere then
            scatter order config.ActionSize (file.ReadDoubles(writing.Noise k j))
        else
            let shape = [| int64 order.Tasks; int64 order.Rows; int64 config.ActionSize |]
            Draw.constant double 0.0 shape

    let batch: Batch = {
        Obs = scatter order config.ObsSize rows.Obs
        Action = scatter order config.ActionSize rows.Action
        Reward = scatter order 0 rows.Reward
        NextObs = scatter order config.ObsSize rows.NextObs
        Terminal = 1.0 +. -1.0 *. scatter order 0 rows.NotDone
        Weight = scatter order 0 (Array.create order.Places.Length 1.0)
        Noise = noise 1 hasActor
        NextNoise = noise 0 true
        Draws = drawsOf recording order k (if hasActor then 2 else 1)
        Step = int64 k
    }

    order, Batch.onDevice recording.Device batch
