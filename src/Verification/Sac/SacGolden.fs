/// Reads golden files of soft actor-critic: the recorded agent, its initial parameters and
/// its batches. The agent is built from the recorded command as in training, so that any seed, size
/// and network can be replayed.
///
/// Format: tests/golden/mtrl/README.md. Reading order: agent → values (their names:
/// SacRecordedNames) → batches (their order of rows: TaskRows).
module internal MtrlFunctional.Verification.SacGolden

open System
open System.Text.Json
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Storage
open MtrlFunctional.Verification.TaskRows
open MtrlFunctional.Verification.SacRecordedNames

/// A golden file and its recorded agent.
type Recording = { File: SafetensorsFile; Agent: SacAgent }

let private double = { Numeric = Numeric.Float64; Device = Ops.Cpu }

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

let private metadata (file: SafetensorsFile) key =
    match file.Metadata.TryGetValue key with
    | true, text ->
        try
            JsonDocument.Parse(text).RootElement
        with :? JsonException ->
            raise (SafetensorsException(file.Path, $"metadata '{key}' is not JSON."))
    | _ -> raise (SafetensorsException(file.Path, $"has no metadata '{key}'."))

let private number (file: SafetensorsFile) (name: string) (from: JsonElement) =
    match from.TryGetProperty name with
    | true, value when value.ValueKind = JsonValueKind.Number -> value.GetDouble()
    | _ -> raise (SafetensorsException(file.Path, $"its metadata has no number '{name}'."))

/// Command-line words from a table of the metadata.
let private words file key = [
    for entry in (metadata file key).EnumerateObject() do
        $"{entry.Name}={entry.Value}"
]

/// The recorded features of each task.
let private known (file: SafetensorsFile) : FixedTaskRows option =
    let table = "init/param/task_encoder.embedding.0.weight"

    if file.Contains table then
        let width = int (file.Tensor table).Shape[1]
        Some { Source = file.Path; Width = width; Numbers = file.ReadDoubles table }
    else
        None

/// The agent of the recorded command, with the original behaviour.
let private config (file: SafetensorsFile) : SacConfig =
    let obsShape, actions = metadata file "obs_shape", metadata file "action_dim"
    let command = "fidelity=original" :: words file "groups" @ words file "overrides"

    match Experiment.read command with
    | Ok(experiment, _) ->
        SacSetup.ofExperiment
            Precision.Full
            (known file)
            (obsShape[0].GetInt32())
            (ActionSpace.Box(actions.GetInt32()))
            experiment
    | Error mistakes ->
        let mistakes = mistakes |> List.map string |> String.concat " "
        raise (SafetensorsException(file.Path, $"its command is not understood: {mistakes}"))

/// Rebuilds the recorded agent.
let read file = { File = file; Agent = SacAgent.create (Shards.serial 1) (config file) }

let private rule (config: SacConfig) part =
    match part with
    | Part.Actor -> config.ActorAdam
    | Part.Critic
    | Part.Target -> config.CriticAdam
    | Part.LogAlpha -> config.TemperatureAdam
    | Part.TaskEncoder
    | Part.Fixed -> config.TaskEncoderAdam

/// Scalars and optimisers of the recorded and the rebuilt agent: name, recorded, rebuilt.
let scalars { File = file; Agent = { Config = config } } = [
    let recorded name =
        number file name (metadata file "agent_scalars")

    let scalar name (rebuilt: float) =
        $"agent_scalars/{name}", [| recorded name |], [| rebuilt |]

    scalar "discount" config.Discount
    scalar "init_temperature" config.InitTemperature
    scalar "actor_update_freq" (float config.ActorEvery)
    scalar "critic_target_update_freq" (float config.TargetEvery)
    scalar "critic_tau" config.CriticTau
    scalar "encoder_tau" config.EncoderTau

    let optimizers = metadata file "optimizers"

    for part in [ Part.Actor; Part.Critic; Part.LogAlpha; Part.TaskEncoder ] do
        match optimizers.TryGetProperty(optimiser part) with
        | true, o ->
            let betas, rule = o.GetProperty "betas", rule config part
            let number name = number file name o

            $"optimizers/{nameOf part}",
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
    match part with
    | Part.Actor -> agent.ActorLayout
    | Part.Critic
    | Part.Target -> agent.CriticLayout
    | Part.TaskEncoder -> agent.TaskEncoderLayout
    | Part.Fixed -> agent.FixedLayout
    | Part.LogAlpha -> Layout.create [ Parameter.perTask "log_alpha" agent.Config.Tasks [] Zeros ]

/// Recorded weights of layers shared by all tasks and experts are [units; inputs]; here they are
/// [inputs; units].
let private transposed (parameter: Parameter) (numbers: float[]) =
    match parameter.Shape with
    | [ inputs; units ] when not (parameter.Path.EndsWith "bias") ->
        let inputs, units = int inputs, int units
        Array.init numbers.Length (fun i -> numbers[(i % units) * inputs + i / units])
    | _ -> numbers

/// A recorded vector, by parameter: name, offset, values. The name in the file is
/// `prefix`, the parameter's name and `suffix`.
let parameters recording part prefix suffix = [
    for slot in (layout recording.Agent part).Slots do
        let name = SacRecordedNames.ofParameter part slot.Parameter
        let count = Parameter.count slot.Parameter
        let numbers = numbersOf recording.File $"{prefix}{name}{suffix}" count
        name, slot, transposed slot.Parameter numbers
]

/// PCGrad's projection order in update k, by part: [rounds; tasks], of the tasks in the batch.
let private meetings { File = file } k part =
    let recorded = file.ReadLongs $"u{k}/perm{part}"
    let shape = (file.Tensor $"u{k}/perm{part}").Shape
    let rounds, tasks = int shape[0], int shape[1]

    Array.init tasks (fun task ->
        Array.init rounds (fun round -> int recorded[round * tasks + task]))

/// The agent of update k: orders drawn by the original are given.
let agentOf recording k =
    let { File = file; Agent = agent } = recording

    match agent.Config.Surgery with
    | Some surgery when file.Contains $"u{k}/perm0" ->
        let met = meetings recording k
        let surgery = SacSurgery.withOrders (met 0) (met 1) (met 2) surgery
        { agent with Config.Surgery = Some surgery }
    | _ -> agent

/// The state before the first update.
let start recording : SacState =
    let values part =
        let numbers =
            parameters recording part "init/param/" ""
            |> List.map (fun (_, _, numbers) -> numbers)
            |> Array.concat

        Ops.FromDoubles(numbers, [| int64 numbers.Length |])

    SacState.start recording.Agent (fun part -> values (partOf part.Name))

/// Recorded rows of a tensor, task-major; width 0 is one number per row.
let rows recording order width name =
    let count = int64 order.Places.Length * int64 (max width 1)
    scatter order width (numbersOf recording.File name count)

/// Batch k of the recording, with the noise of update k; draws absent from the recording are 0.
let batch recording (k: int) =
    let file, config = recording.File, recording.Agent.Config
    let order = orderOf config.Tasks (file.ReadLongs $"batch{k}/task_obs")

    let read width name =
        rows recording order width $"batch{k}/{name}"

    let noise j =
        let name = $"u{k}/noise{j}"

        if file.Contains name then
            rows recording order config.ActionSize name
        else
            let shape = [| int64 order.Tasks; int64 order.Rows; int64 config.ActionSize |]
            Draw.constant double 0.0 shape

    let batch: Batch = {
        Obs = read config.ObsSize "env_obs"
        Action = read config.ActionSize "action"
        Reward = read 0 "reward"
        NextObs = read config.ObsSize "next_env_obs"
        Terminal = 1.0 +. -1.0 *. read 0 "not_done"
        Weight = scatter order 0 (Array.create order.Places.Length 1.0)
        Noise = noise 1
        NextNoise = noise 0
        Step = int64 k
    }

    order, batch
