/// Reads golden files of soft actor-critic and of agents with models: the recorded agent, its initial parameters and
/// its batches.
///
/// Reading order: agent → values (their names: RecordedNames) → order of rows → batches.
module internal MtrlFunctional.Verification.SacGolden

open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open MtrlFunctional.Agents.RecordedNames

/// A golden file and its recorded agent.
type Recording = {
    File: Quantities
    Writing: Writing
    /// Without models where it is soft actor-critic.
    Models: ModelAgent
    /// Its task encoder is HiP-BMDP's θ.
    IsTheta: bool
    /// Where the updates are computed.
    Device: TorchSharp.torch.Device
} with

    member recording.Agent = recording.Models.Agent

    member recording.Here(x: Tensor) = Tensor.toDevice recording.Device x

/// Numbers of a recording, before they go to its device.
let private double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

/// The recorded features of each task.
let private known (file: Quantities) : FixedTaskRows option =
    let table = "init/param/task_encoder.embedding.0.weight"

    if file.Has table then
        let width = (file.Shape table)[1]
        Some { Source = file.Path; Width = width; Numbers = file.Numbers table }
    else
        None

/// The words of an agent of variants.
let private variants (file: Quantities) = [
    let config, agent = file.Json "cfg", file.Text "agent"
    let part (name: string) = config.GetProperty name
    let kind = string ((part "enc").GetProperty "type")
    let isModel = agent <> "sac"
    yield! Writing.variants agent (((part "mt").GetProperty "num_envs").GetInt32())
    $"agent.encoder.type_to_select={kind}"

    for name in [ "hidden_dim"; "num_layers"; "log_std_bounds" ] do
        yield! Writing.words $"agent.actor.{name}" ((part "actor").GetProperty name)

    if kind = "pixel" then
        yield! Writing.words "agent.encoder.pixel" (part "enc")
    elif isModel then
        "agent.decoder.type=identity"

    for entry in (part "mt").EnumerateObject() do
        // Keys of HiP-BMDP; the others are of all agents.
        if entry.Name <> "contrastive" || agent = "hipbmdp" then
            yield! Writing.words $"agent.multitask.{entry.Name}" entry.Value

    for entry in (part "opt").EnumerateObject() do
        if isModel || not (List.contains entry.Name [ "decoder"; "encoder" ]) then
            yield! Writing.words $"agent.optimizers.{entry.Name}" entry.Value

    if isModel && agent <> "sac_ae" then
        let transition = (part "trans").GetProperty "transition_cfg"
        yield! Writing.words "agent.transition_model.transition_cfg" transition

    yield! Writing.words "agent.builder" (file.Json "hp")

    for lambda in Option.toList (Recorded.property "lam" (file.Json "extra")) do
        $"agent.builder.decoder_latent_lambda={lambda}"
]

/// Rebuilds the recorded agent from its command, with the original behaviour.
let read device (file: Quantities) =
    let writing = Writing.ofFile file
    let observations, actions = Writing.sizes writing file

    let e =
        (if writing.Observations.IsSome then
             variants file
         else
             Writing.command file)
        |> Writing.experiment file (observations, actions)

    let setup ofExperiment =
        ofExperiment Precision.Full (known file) observations (ActionSpace.Box actions) e

    let config =
        match e.Agent.Algorithm.Decoder with
        | None -> setup SacSetup.ofExperiment |> ModelConfig.ofAgent
        | Some _ -> setup ModelSetup.ofExperiment

    {
        File = file
        Writing = writing
        Models = ModelAgent.create (Shards.serial 1) config
        IsTheta = e.Agent.Multitask.TaskEncoder.IsTheta
        Device = device
    }

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
    | _ -> config.TaskEncoderAdam

/// The parts of a state that an optimiser trains.
let trainedParts (models: ModelAgent) =
    ModelState.parts models |> List.filter _.Content.IsTrained

/// Scalars and optimisers of the recorded and the rebuilt agent, where the file has them.
let scalars (recording: Recording) = [
    let file, config = recording.File, recording.Agent.Config

    let number (name: string) (from: System.Text.Json.JsonElement) =
        match Recorded.property name from with
        | Some value when value.ValueKind = System.Text.Json.JsonValueKind.Number ->
            value.GetDouble()
        | _ -> raise (SafetensorsException(file.Path, $"its metadata has no number '{name}'."))

    if file.File.Metadata.ContainsKey "agent_scalars" then
        for name, rebuilt in
            [
                "discount", config.Discount
                "init_temperature", config.InitTemperature
                "actor_update_freq", float config.ActorEvery
                "critic_target_update_freq", float config.TargetEvery
                "critic_tau", config.CriticTau
                "encoder_tau", config.EncoderTau
            ] do
            let recorded = number name (file.Json "agent_scalars")
            file.AreEqual $"agent_scalars/{name}" recorded rebuilt

        let optimizers = file.Json "optimizers"

        let rules = [
            for part in trainedParts recording.Models do
                part.Name, (fun () -> rule recording.Models.Config part.Name)

            "encoder", (fun () -> recording.Models.Config.EncoderAdam)
        ]

        for name, rule in rules do
            for o in Option.toList (Recorded.property name optimizers) do
                let rule, betas = rule (), o.GetProperty "betas"

                file.Against Recorded.exact $"optimizers/{name}" [|
                    number "lr" o
                    yield! Recorded.numbers betas
                    number "eps" o
                    number "weight_decay" o
                |] [| rule.Rate; rule.Beta1; rule.Beta2; rule.Epsilon; rule.WeightDecay |]
]

/// Offsets of the parameters of a part in its vector.
let layout (models: ModelAgent) part =
    (ModelState.parts models |> List.find (fun each -> each.Name = part)).Layout

/// Recorded weights of layers shared by all tasks and experts are [units; inputs]; here they are
/// [inputs; units].
let private transposed (parameter: Parameter) (numbers: float[]) =
    match parameter.Shape with
    | [ inputs; units ] when not (parameter.Path.EndsWith "bias") ->
        let inputs, units = int inputs, int units
        Array.init numbers.Length (fun i -> numbers[(i % units) * inputs + i / units])
    | _ -> numbers

/// A recorded vector of a layout, by parameter: name, offset, values. The name in the file is
/// `prefix`, the parameter's name ("critic.Q1.model.0.weight", of images "critic/Q1…") and `suffix`.
let parametersOf (recording: Recording) layout part prefix suffix = [
    for slot in layout.Slots do
        let name = ofParameter recording.IsTheta part slot.Parameter

        let name =
            match name.IndexOf '.' with
            | dot when dot > 0 && recording.Writing.Observations.IsSome ->
                $"{name[.. dot - 1]}/{name[dot + 1 ..]}"
            | _ -> name

        let count = Parameter.count slot.Parameter
        let numbers = Writing.numbersOf recording.File $"{prefix}{name}{suffix}" count
        name, slot, transposed slot.Parameter numbers
]

/// A recorded vector of a part.
let parameters (recording: Recording) part prefix =
    parametersOf recording (layout recording.Models part) part prefix ""
    |> List.map (fun (_, _, numbers) -> numbers)
    |> Array.concat

/// The agent of update k: PCGrad's projection orders drawn by the original are given, by part: [rounds; tasks], of the
/// tasks in the batch.
let agentOf (recording: Recording) k : ModelAgent =
    let models, file = recording.Models, recording.File

    let met part =
        let name = $"u{k}/perm{part}"
        let recorded, shape = file.Ints name, file.Shape name

        Array.init shape[1] (fun task ->
            Array.init shape[0] (fun round -> recorded[round * shape[1] + task]))

    match models.Config.Agent.Surgery with
    | Some surgery when file.Has $"u{k}/perm0" ->
        let surgery = SacSurgery.withOrders (met 0) (met 1) (met 2) surgery

        {
            models with
                Config.Agent.Surgery = Some surgery
                ModelAgent.Agent.Config.Surgery = Some surgery
        }
    | _ -> models

/// The state before the first update.
let start (recording: Recording) : ModelState =
    ModelState.start recording.Models (fun part _ ->
        let numbers = parameters recording part recording.Writing.Start
        recording.Here(Tensor.ofDoubles [| numbers.LongLength |] numbers))

/// Recorded rows have a task index and are in any order; batches here are task-major: the position of each recorded
/// row in a task-major batch.
type Order = { Tasks: int; Rows: int; Places: int[] }

/// The order of rows within a task is preserved.
let private orderOf tasks (tasksOfRows: int[]) =
    match tasksOfRows |> Array.tryFind (fun t -> t < 0 || t >= tasks) with
    | Some t -> invalidArg (nameof tasksOfRows) $"A row belongs to task {t} of {tasks} tasks."
    | None -> ()

    let counts = Array.zeroCreate tasks

    let ranks =
        tasksOfRows
        |> Array.map (fun t ->
            counts[t] <- counts[t] + 1
            counts[t] - 1)

    let rows = Array.max counts |> max 1
    let places = Array.map2 (fun t rank -> t * rows + rank) tasksOfRows ranks
    { Tasks = tasks; Rows = rows; Places = places }

/// The order of the rows whose tasks are recorded under a name.
let orderIn (recording: Recording) name =
    orderOf recording.Agent.Config.Tasks (recording.File.Ints name)

/// Recorded rows as [tasks; rows; width], or [tasks; rows] for width 0; padding is 0.
let scatter order width (numbers: float[]) =
    let size = max width 1
    let padded = Array.zeroCreate (order.Tasks * order.Rows * size)

    order.Places
    |> Array.iteri (fun row place -> Array.blit numbers (row * size) padded (place * size) size)

    let shape = [| int64 order.Tasks; int64 order.Rows |]
    Tensor.ofDoubles (if width > 0 then [| yield! shape; int64 width |] else shape) padded

/// The numbers of a task-major tensor in the recorded order of rows.
let collect order (x: Tensor) =
    let numbers = Tensor.toDoubles x
    let size = numbers.Length / (order.Tasks * order.Rows)

    order.Places
    |> Array.collect (fun place -> Array.sub numbers (place * size) size)

/// Batch k of the recording, with the noise of update k; draws absent from the recording are 0.
let batch (recording: Recording) (k: int) =
    let { File = file; Writing = writing; Models = models } = recording
    let agent = recording.Agent
    let config = agent.Config

    // The n-th column of a batch: its names in the recording of batches, and of transitions; steps ahead.
    let read name transition ahead =
        match writing.Observations with
        | Some _ ->
            let count = Array.last (file.Shape "batch_index")
            let rows = Array.sub (file.Ints "batch_index") (k * count) count
            Writing.taken file transition rows ahead
        | None ->
            // Files of images have one batch, of which each update has the same rows.
            let k = if file.Has $"batch{k}/env_obs" then k else 1
            file.Numbers $"batch{k}/{name}"

    let observations = writing.Observations |> Option.defaultValue ""
    let order = orderOf config.Tasks (read "task_obs" "task_index" 0 |> Array.map int)
    let obs, places = config.ObsSize, order.Places

    let noise width j =
        scatter order width (file.Numbers(writing.Noise k j))

    // The actor's draw is the second, where there is an update of the actor; those for the models follow.
    let hasActor = k % config.ActorEvery = 0
    let ofModels = if hasActor then 2 else 1

    let partners () =
        let partner = Array.init (order.Tasks * order.Rows) int64

        places
        |> Array.iteri (fun i place -> partner[place] <- int64 places[places.Length - 1 - i])

        Tensor.ofLongs [| int64 order.Tasks; int64 order.Rows |] partner

    let pixels () =
        if writing.Observations.IsSome then
            Writing.congruential (k + 1) (places.Length * obs)
        else
            file.Numbers $"u{k}/dequant_noise0" |> Array.map (fun d -> d / 256.0)

    let batch: Batch = {
        Obs = scatter order obs (read "env_obs" observations 0)
        Action = scatter order config.ActionSize (read "action" "action" 0)
        Reward = scatter order 0 (read "reward" "reward" 0)
        NextObs = scatter order obs (read "next_env_obs" observations 1)
        Terminal = 1.0 +. -1.0 *. scatter order 0 (read "not_done" "not_done" 0)
        Weight = scatter order 0 (Array.create places.Length 1.0)
        Noise =
            if hasActor then
                noise config.ActionSize 1
            else
                let shape = [| order.Tasks; order.Rows; config.ActionSize |]
                Draw.constant double 0.0 (Array.map int64 shape)
        NextNoise = noise config.ActionSize 0
        Draws =
            Map [
                for draw in ModelDraws.ofAgent models do
                    draw.Name,
                    (if draw.Name = ModelDraws.transition then
                         noise agent.Encoder.Width ofModels
                     elif draw.Name = ModelDraws.decoder then
                         noise agent.Encoder.Width (ofModels + 1)
                     elif draw.Name = ModelDraws.pixels then
                         scatter order obs (pixels ())
                     else
                         partners ())
            ]
        Step = int64 k
    }

    order, Batch.onDevice recording.Device batch
