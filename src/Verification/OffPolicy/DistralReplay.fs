/// Replays golden files of Distral: updates of the agents in turn, on recorded rows and noise and
/// in double precision, must give the recorded losses and parameters.
///
/// Reading order: agent → state → batches → logs, outcome → verify.
module internal MtrlFunctional.Verification.DistralReplay

open System.Text.Json
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.Recorded

/// Of parameters and losses: rounding of several updates accumulates.
let private tolerance = Scaled 1e-9

/// A golden file and its recorded agents.
type private Recording = {
    File: Quantities
    Writing: Writing
    Agent: DistralAgent
    /// Where the updates are computed.
    Device: TorchSharp.torch.Device
} with

    member recording.Count = recording.Agent.Config.Agents.Tasks

    /// Prefix of a part of an agent ("actor").
    member recording.PartOf agent part =
        if recording.Writing.Observations.IsSome then
            $"task_agent_{agent}/{part}/"
        else
            $"task{agent}.{part}."

    member recording.Distilled =
        if recording.Writing.Observations.IsSome then
            "distilled/actor/"
        else
            "distilled.actor."

/// The words of agents of states: an actor, critics and a temperature each, and the distilled policy; all with the
/// identity decoder.
let private ofStates (file: Quantities) =
    let agents = (file.Json "optimizers").EnumerateObject() |> Seq.length
    let tasks = TaskNames.mt10 |> List.truncate (agents / 3) |> String.concat ","

    (Writing.command file
     |> List.filter (fun word -> not (word.StartsWith "agent.decoder=")))
    @ [ $"env.tasks=[{tasks}]" ]

/// The words of agents of variants.
let private ofVariants (file: Quantities) = [
    let part (name: string) = (file.Json "cfg").GetProperty name
    let agents = (file.Json "agent_index_to_task_index").GetArrayLength()
    let actor, encoder = part "actor", part "enc"
    yield! Writing.variants "distral" agents
    $"agent.multitask.num_envs={agents}"

    for name in [ "hidden_dim"; "num_layers" ] do
        $"agent.actor.{name}={actor.GetProperty name}"

    $"""agent.encoder.type_to_select={encoder.GetProperty "type"}"""

    if file.Has "frames" then
        for name in [ "feature_dim"; "num_filters"; "num_layers" ] do
            $"agent.encoder.pixel.{name}={encoder.GetProperty name}"

    $"""agent.distral_alpha={file.Text "distral_alpha"}"""
]

/// Rebuilds the recorded agents, with the original behaviour.
let private read device (file: Quantities) =
    let writing = Writing.ofFile file
    let observations, actions = Writing.sizes writing file

    let words =
        if writing.Observations.IsSome then
            ofVariants file
        else
            ofStates file

    {
        File = file
        Writing = writing
        Agent =
            words
            |> Writing.experiment file (observations, actions)
            |> DistralSetup.ofExperiment Precision.Full observations actions
            |> DistralAgent.create (Shards.serial 1)
        Device = device
    }

/// The recorded name of a parameter within its part: indices of layers include the activations.
let private local (path: string) =
    let layer i kind = $"{2 * int (i: string)}.{kind}"

    match List.ofArray (path.Split '/') with
    | [ "encoder"; "trunk"; i; kind ] -> $"encoder.trunk.{layer i kind}"
    | [ "encoder"; "pixel"; "conv"; i; kind ] -> $"encoder.convs.{i}.{kind}"
    | [ "encoder"; "pixel"; "linear"; "0"; kind ] -> $"encoder.fc.{kind}"
    | [ "encoder"; "pixel"; "norm"; "gain" ] -> "encoder.ln.weight"
    | [ "encoder"; "pixel"; "norm"; _ ] -> "encoder.ln.bias"
    | [ "linear"; "0"; kind ] -> $"fc.{kind}"
    | [ "deconv"; i; kind ] -> $"deconvs.{i}.{kind}"
    | [ ("q1" | "q2") as critic; "own"; i; kind ] ->
        $"{critic.ToUpperInvariant()}.model.{layer i kind}"
    | parts ->
        match List.rev parts with
        | kind :: i :: _ -> $"model.{layer i kind}"
        | _ -> path

/// Recorded weights are [units; inputs]; here they are [inputs; units].
let private laid (file: Quantities) name (shape: int64 list) =
    let tensor (shape: int64 list) =
        let numbers = Writing.numbersOf file name (List.reduce (*) shape)
        Tensor.ofDoubles (Array.ofList shape) numbers

    match shape with
    | [ inputs; units ] -> Tensor.transpose 0 1 (tensor [ units; inputs ]) |> Tensor.contiguous
    | shape -> tensor shape

/// A vector of the agents' parameters: of each agent's `part`, under a prefix; `within`: the path in the part.
let private agents (recording: Recording) part within (layout: Layout) prefix =
    Layout.flatten layout (fun p ->
        Tensor.stack 0 [|
            for agent in 0 .. recording.Count - 1 ->
                laid
                    recording.File
                    $"{prefix}{recording.PartOf agent part}{local (within p.Path)}"
                    p.Shape.Tail
        |])

/// The parameters of the distilled policy, under a prefix.
let private distilled (recording: Recording) prefix =
    Layout.flatten recording.Agent.DistilledLayout (fun p ->
        laid recording.File $"{prefix}{recording.Distilled}{local p.Path}" p.Shape)

/// log α of each agent, under a prefix: only its first element is used.
let private temperatures (recording: Recording) (prefix: string) =
    Tensor.ofDoubles [| int64 recording.Count |] [|
        for agent in 0 .. recording.Count - 1 ->
            let name = (recording.PartOf agent "log_alpha").TrimEnd('.', '/')
            (recording.File.Numbers $"{prefix}{name}")[0]
    |]

/// The state before the first update.
let private start (recording: Recording) : DistralState =
    let prefix = recording.Writing.Start

    DistralState.start recording.Agent (fun part layout ->
        (match part with
         | _ when layout.Slots.IsEmpty -> Tensor.ofDoubles [| 0L |] [||]
         | "log_alpha" -> temperatures recording prefix
         | "distilled" -> distilled recording prefix
         // The actors' own parts of the encoders, whose paths begin with the name of their part.
         | "fixed" -> agents recording "actor" _.Substring("actor/".Length) layout prefix
         | _ -> agents recording part id layout prefix)
        |> Tensor.toDevice recording.Device)

/// The batch of each agent in update k: noise of the agent, then of the distilled policy, at the
/// next observations; with an actor update also at the observations.
let private batches (recording: Recording) k : Batch list =
    let { File = file; Writing = writing; Agent = agent } = recording
    let config = agent.Config
    let draws = if k % config.Agents.ActorEvery = 0 then 4 else 2

    // Of one agent, [1; rows; width].
    let table name (numbers: float[]) =
        let width = Seq.fold (*) 1 (Seq.tail (file.Shape name))
        let rows = numbers.Length / width
        Tensor.ofDoubles [| 1L; int64 rows; int64 width |] numbers

    let read i name transition ahead =
        match writing.Observations with
        | None ->
            let name = $"batch{k}/{name}"
            table name (file.Numbers name)
        | Some _ ->
            let indices = file.Rows "batch_index"
            let rows = indices[(k * recording.Count + i) % indices.Length] |> Array.map int
            table transition (Writing.taken file transition rows ahead)

    let observations = writing.Observations |> Option.defaultValue ""

    [
        for i in 0 .. recording.Count - 1 ->
            let noise j =
                let name = writing.Noise k (i * draws + j)
                table name (file.Numbers name)

            let read = read i
            let obs = read "env_obs" observations 0

            let row x =
                Tensor.reshape [| 1L; Tensor.size 1 obs |] x

            let reward = row (read "reward" "reward" 0)

            Batch.onDevice recording.Device {
                Obs = obs
                Action = read "action" "action" 0
                Reward = reward
                NextObs = read "next_env_obs" observations 1
                Terminal = 1.0 +. -1.0 *. row (read "not_done" "not_done" 0)
                Weight = 1.0 +. Tensor.zerosLike reward
                NextNoise = noise 0
                Noise = (if draws = 4 then noise 2 else Tensor.zerosLike (noise 0))
                Draws =
                    Map [
                        DistralDraws.distilled.Name, noise 1

                        if config.Decoder.IsSome then
                            let numbers =
                                Writing.congruential
                                    (k * recording.Count + i + 1)
                                    (int (Tensor.count obs))

                            ModelDraws.pixels, Tensor.ofDoubles (Tensor.shape obs) numbers
                    ]
                Step = int64 k
            }
    ]

/// Recorded by agent, compared as their mean: name in the log, name here.
let private measured = [
    "actor_loss_agent_index_", "actor_loss"
    "actor_entropy_agent_index_", "actor_entropy"
    "alpha_loss_agent_index_", "alpha_loss"
    "actor_distilled_agent_loss_agent_index_", "distilled_loss"
    "critic_loss#", "critic_loss"
    "batch_reward#", "batch_reward"
]

let private logs (recording: Recording) k metrics = [
    let log, readings =
        recording.File.Inner(recording.Writing.Log k), Metrics.read metrics

    for recorded, ours in measured do
        // The first of several equal names has no index.
        let name i =
            if recorded.EndsWith '#' && i = 0 then
                ours
            else
                $"{recorded}{i}"

        let names = List.init recording.Count name

        if names |> List.forall log.Has then
            let mean = names |> List.averageBy (fun name -> (log.Numbers name)[0])
            let reading = readings |> Array.find (fun r -> r.Metric = ours)
            log.Against tolerance ours [| mean |] [| reading.Number |]
]

let private outcome (recording: Recording) k (state: DistralState) = [
    let prefix, { Sac = sac; Models = models } = recording.Writing.After k, state.Agents
    let agent = recording.Agent.Agents
    let after = recording.File.Inner prefix

    let check part recorded (ours: Tensor) =
        after.Against tolerance part (Tensor.toDoubles recorded) (Tensor.toDoubles ours)

    for part, layout, ours in
        [
            "actor", agent.ActorLayout, sac.Actor.Values
            "critic", agent.CriticLayout, sac.Critic.Values
            "critic_target", agent.CriticLayout, sac.Target
            "decoder", recording.Agent.Models.DecoderLayout, models.Decoder.Values
        ] do
        if layout.Length > 0L && after.Holds(recording.PartOf 0 part) then
            check part (agents recording part id layout prefix) ours

    if after.Holds recording.Distilled then
        check "log_alpha" (temperatures recording prefix) sac.LogAlpha.Values
        check "distilled" (distilled recording prefix) state.Distilled.Values
]

let private replay device (file: Quantities) : Check list =
    let recording = read device file

    let update (state, checks) k =
        let next, metrics = Distral.updateInTurn recording.Agent state (batches recording k)
        next, checks @ logs recording k metrics @ outcome recording k next

    recording.Writing.Updates |> List.fold update (start recording, []) |> snd

let kinds device : Kinds = [
    "mtrl/distral_state", replaying (replay device)
    "mtrl_pixels/distral_", replaying (replay device)
]
