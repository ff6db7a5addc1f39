/// Reads golden files of the kind "mtrl/mtsac_*": what agent was recorded, from which parameters
/// it started, and on which batches. The agent is rebuilt from metadata and from the shapes of
/// the parameters, so that any seed and any size can be replayed.
///
/// Format: tests/golden/mtrl/README.md. Reading order: names → agent → values → batches (their order of rows: TaskRows).
module Mtrl.Cli.Verification.SacGolden

open System
open System.Text.Json
open Mtrl.Algorithms
open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open Mtrl.Cli.Verification.TaskRows

/// A golden file and the agent that it records.
type Recording = { File: SafetensorsFile; Agent: SacAgent }

/// Names of the recorded networks, as the file has them.
[<RequireQualifiedAccess>]
type Part =
    | Actor
    | Critic
    | Target
    | TaskEncoder
    | LogAlpha

let private double = { Numeric = Numeric.Float64; Device = Ops.Cpu }

/// What the file calls a part.
let nameOf part =
    match part with
    | Part.Actor -> "actor"
    | Part.Critic -> "critic"
    | Part.Target -> "critic_target"
    | Part.TaskEncoder -> "task_encoder"
    | Part.LogAlpha -> "log_alpha"

/// The optimiser that trains a part.
let optimiser part =
    match part with
    | Part.Target -> nameOf Part.Critic
    | _ -> nameOf part

/// A parameter's recorded name: counted with the activations between the layers, as PyTorch does.
let private recordedName part (path: string) =
    let layer (i: string) = string (2 * int i)

    match part, List.ofArray (path.Split '/') with
    | Part.Actor, [ "trunk"; i; kind ] -> $"actor.model.{layer i}.{kind}"
    | (Part.Critic | Part.Target), [ place; "trunk"; i; kind ] ->
        match place with
        | "encoder" -> $"{nameOf part}.encoder.trunk.{layer i}.{kind}"
        | q -> $"{nameOf part}.{q.ToUpperInvariant()}.model.{layer i}.{kind}"
    | Part.TaskEncoder, [ "embedding"; kind ] -> $"task_encoder.embedding.0.{kind}"
    | Part.TaskEncoder, [ "trunk"; i; kind ] -> $"task_encoder.trunk.{layer i}.{kind}"
    | Part.LogAlpha, _ -> "log_alpha"
    | _ -> path

/// All numbers of a tensor, which must be as many as the rest of the file says.
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

/// The stack of layers that is recorded under a name; none where there is none.
let private stack (file: SafetensorsFile) name =
    let units =
        List.unfold
            (fun i ->
                let weight = $"init/param/{name}.{2 * i}.weight"

                if file.Contains weight then
                    Some(int (file.Tensor weight).Shape[0], i + 1)
                else
                    None)
            0

    match List.rev units with
    | [] -> None
    | output :: hidden -> Some(Mlp { Hidden = List.rev hidden; Output = output; Activation = Relu })

let private required (file: SafetensorsFile) name =
    match stack file name with
    | Some layers -> layers
    | None -> raise (SafetensorsException(file.Path, $"holds no 'init/param/{name}.0.weight'."))

let private architecture (file: SafetensorsFile) =
    let table = "init/param/task_encoder.embedding.0.weight"

    let encoder = stack file "critic.encoder.trunk" |> Option.defaultValue Identity

    {
        TaskEncoder =
            if file.Contains table then
                let width = int (file.Tensor table).Shape[1]

                Some(
                    Chain [
                        "embedding", TaskTable width
                        "relu", Activate Relu
                        "trunk", required file "task_encoder.trunk"
                    ]
                )
            else
                None
        Encoder = Chain [ "trunk", encoder; "context", AppendContext ]
        Actor = Chain [ "trunk", required file "actor.model" ]
        Critic = Chain [ "trunk", required file "critic.Q1.model" ]
    }

let private rule (file: SafetensorsFile) part =
    let optimisers = metadata file "optimizers"

    match optimisers.TryGetProperty(optimiser part) with
    | true, o ->
        let betas = o.GetProperty "betas"
        let number name = number file name o

        AdamRule(
            number "lr",
            betas[0].GetDouble(),
            betas[1].GetDouble(),
            number "eps",
            number "weight_decay"
        )
    | _ -> AdamRule(0.0, 0.9, 0.999, 1e-8, 0.0)

let private config (file: SafetensorsFile) : SacConfig =
    let scalar name =
        number file name (metadata file "agent_scalars")

    let overridden (name: string) (preset: bool) =
        match (metadata file "overrides").TryGetProperty name with
        | true, value -> value.GetBoolean()
        | _ -> preset

    let bounds =
        match (metadata file "overrides").TryGetProperty "agent.actor.log_std_bounds" with
        | true, bounds -> bounds[0].GetDouble(), bounds[1].GetDouble()
        | _ -> -20.0, 2.0

    let obsShape, actions = metadata file "obs_shape", metadata file "action_dim"

    {
        Tasks = int (file.Tensor "init/param/log_alpha").Count
        ObsSize = obsShape[0].GetInt32()
        ActionSize = actions.GetInt32()
        Networks = architecture file
        LogStdBounds = bounds
        Discount = scalar "discount"
        InitTemperature = scalar "init_temperature"
        PerTaskTemperature = overridden "agent.multitask.should_use_disentangled_alpha" false
        ActorEvery = int (scalar "actor_update_freq")
        TargetEvery = int (scalar "critic_target_update_freq")
        CriticTau = scalar "critic_tau"
        EncoderTau = scalar "encoder_tau"
        ActorAdam = rule file Part.Actor
        CriticAdam = rule file Part.Critic
        TemperatureAdam = rule file Part.LogAlpha
        TaskEncoderAdam = rule file Part.TaskEncoder
        Precision = Precision.Full
    }

/// Rebuilds the recorded agent.
let read file = { File = file; Agent = SacAgent.create (Shards.serial 1) (config file) }

/// Where the parameters of a part lie in its vector.
let layout (agent: SacAgent) part =
    match part with
    | Part.Actor -> agent.ActorLayout
    | Part.Critic
    | Part.Target -> agent.CriticLayout
    | Part.TaskEncoder -> agent.TaskEncoderLayout
    | Part.LogAlpha ->
        Layout.create [
            { Path = "log_alpha"; Shape = [ int64 agent.Config.Tasks ]; Start = Zeros }
        ]

/// Recorded weights are [units; inputs]; here they are [inputs; units].
let private transposed (shape: int64 list) (numbers: float[]) =
    match shape with
    | [ inputs; units ] ->
        let inputs, units = int inputs, int units
        Array.init numbers.Length (fun i -> numbers[(i % units) * inputs + i / units])
    | _ -> numbers

/// A recorded vector, parameter by parameter: name, place, numbers. The name in the file is
/// `prefix`, the parameter's name and `suffix`.
let parameters recording part prefix suffix = [
    for slot in (layout recording.Agent part).Slots do
        let name = recordedName part slot.Parameter.Path
        let count = Parameter.count slot.Parameter
        let numbers = numbersOf recording.File $"{prefix}{name}{suffix}" count
        name, slot, transposed slot.Parameter.Shape numbers
]

/// The state before the first update.
let start recording : SacState =
    let values part =
        let numbers =
            parameters recording part "init/param/" ""
            |> List.map (fun (_, _, numbers) -> numbers)
            |> Array.concat

        Ops.FromDoubles(numbers, [| int64 numbers.Length |])

    {
        Actor = Trained.start (values Part.Actor)
        Critic = Trained.start (values Part.Critic)
        Target = values Part.Target
        LogAlpha = Trained.start (values Part.LogAlpha)
        TaskEncoder = Trained.start (values Part.TaskEncoder)
    }

/// Recorded rows of a tensor, task-major; width 0 is one number per row.
let rows recording order width name =
    let count = int64 order.Places.Length * int64 (max width 1)
    spread order width (numbersOf recording.File name count)

/// Batch k of the recording, with the noise of update k; draws that were not made are 0.
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
        Weight = spread order 0 (Array.create order.Places.Length 1.0)
        Noise = noise 1
        NextNoise = noise 0
        Step = int64 k
    }

    order, batch
