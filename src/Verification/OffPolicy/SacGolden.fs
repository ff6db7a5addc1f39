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
open MtrlFunctional.Verification.RecordedBatches

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
             Writing.command file.Json)
        |> Writing.experiment file (observations, actions)

    let setup ofExperiment =
        ofExperiment Precision.Full (known file) observations (ActionSpace.Box actions) e

    let config =
        match e.Agent.Algorithm.Decoder with
        | None -> setup SacSetup.ofExperiment |> ModelConfig.ofAgent
        | Some _ when AlgorithmSchema.serves e.Choices.Agent.Family HipBmdpEntry.entry.Algorithm ->
            setup ModelSetup.ofExperiment |> HipBmdpEntry.config e
        | Some _ -> setup ModelSetup.ofExperiment

    {
        File = file
        Writing = writing
        Models = ModelAgent.create (Shards.serial 1) config
        IsTheta = e.Agent.Multitask.TaskEncoder.IsTheta
        Device = device
    }

/// The rule of an optimiser.
let rule (models: ModelConfig) optimiser =
    let config = models.Agent

    match optimiser with
    | Part.Transition -> models.Transition.Value.Adam
    | Part.Reward -> models.Transition.Value.RewardAdam
    | Part.Decoder -> models.Decoder.Value.Adam
    | Part.Actor -> config.ActorAdam
    | Part.Critic -> config.CriticAdam
    | Part.LogAlpha -> config.TemperatureAdam
    | Part.TaskEncoder -> config.TaskEncoderAdam
    | _ -> models.EncoderAdam

/// The parts of a state that an optimiser trains: their parameters and both moments.
let trainedParts (models: ModelAgent) =
    ModelState.parts models |> List.filter (fun part -> part.Vectors.Length = 3)

/// Scalars and optimisers of the recorded and the rebuilt agent, where the file has them.
let scalars (recording: Recording) = [
    let file, config = recording.File, recording.Agent.Config

    let numbers (names: string list) from = [|
        for name in names do
            match Recorded.property name from with
            | Some value -> yield! Recorded.numbers value
            | None ->
                raise (SafetensorsException(file.Path, $"its metadata has no number '{name}'."))
    |]

    if (file.TryText "agent_scalars").IsSome then
        let scalars, optimizers = file.Json "agent_scalars", file.Json "optimizers"

        for name, rebuilt in
            [
                "discount", config.Discount
                "init_temperature", config.InitTemperature
                "actor_update_freq", float config.ActorEvery
                "critic_target_update_freq", float config.TargetEvery
                "critic_tau", config.CriticTau
                "encoder_tau", config.EncoderTau
            ] do
            file.Against Recorded.exact $"agent_scalars/{name}" (numbers [ name ] scalars) [|
                rebuilt
            |]

        let trained = trainedParts recording.Models |> List.map _.Name

        for name in trained @ [ "encoder" ] do
            for recorded in Option.toList (Recorded.property name optimizers) do
                let rule = rule recording.Models.Config name

                file.Against
                    Recorded.exact
                    $"optimizers/{name}"
                    (numbers [ "lr"; "betas"; "eps"; "weight_decay" ] recorded)
                    [| rule.Rate; rule.Beta1; rule.Beta2; rule.Epsilon; rule.WeightDecay |]
]

/// Offsets of the parameters of a part in its vector.
let layout (models: ModelAgent) part =
    (ModelState.parts models |> List.find (fun each -> each.Name = part)).Layout

/// Recorded weights of layers shared by all tasks and experts are [units; inputs]; here they are
/// [inputs; units].
let private transposed (parameter: Parameter) (numbers: float[]) =
    match parameter.Shape with
    | [ inputs; _ ] when not (parameter.Path.EndsWith "bias") ->
        Recorded.transposed (int inputs) numbers
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
        let numbers = recording.File.Sized $"{prefix}{name}{suffix}" count
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

/// The order of the rows whose tasks are recorded under a name.
let orderIn (recording: Recording) name =
    orderOf recording.Agent.Config.Tasks (recording.File.Ints name)

/// The order of the rows of batch k, and the batch, with the noise of update k.
let batch (recording: Recording) (k: int) =
    let { File = file; Writing = writing; Models = models } = recording
    let agent, config = recording.Agent, recording.Agent.Config
    let read = Writing.column writing file k k
    let order = orderOf config.Tasks (read "task_obs" |> Array.map int)
    let obs, places = config.ObsSize, order.Places
    let noise j = file.Numbers(writing.Noise k j)

    // The actor's draw is the second, where there is an update of the actor; those for the models follow.
    let hasActor = k % config.ActorEvery = 0
    let ofModels = if hasActor then 2 else 1

    let encoded j =
        scatter order agent.Encoder.Width (noise j)

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

    let draws = [
        for draw in ModelDraws.ofAgent models do
            draw.Name,
            (if draw.Name = ModelDraws.transition then
                 encoded ofModels
             elif draw.Name = ModelDraws.decoder then
                 encoded (ofModels + 1)
             elif draw.Name = ModelDraws.pixels then
                 scatter order obs (pixels ())
             else
                 partners ())
    ]

    let ofActor = if hasActor then Some(noise 1) else None

    order,
    batch order (obs, config.ActionSize) read (noise 0, ofActor) draws k
    |> Batch.onDevice recording.Device
