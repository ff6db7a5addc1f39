/// Replays golden files of Distral: updates of the agents in turn, on recorded rows and noise and
/// in double precision, must give the recorded losses and parameters.
///
/// Reading order: agent → state → batches → logs, outcome → verify.
module internal MtrlFunctional.Verification.DistralReplay

open System.Text.Json
open MtrlFunctional.Agents.RecordedNames
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.Recorded
open MtrlFunctional.Verification.RecordedBatches

/// Of parameters and losses: rounding of several updates accumulates.
let private tolerance = Scaled 1e-9

/// The part of the distilled policy.
[<Literal>]
let private distilled = "distilled"

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

    (Writing.command file.Json
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
            |> DistralEntry.config Precision.Full observations actions
            |> DistralAgent.create (Shards.serial 1)
        Device = device
    }

/// The recorded name of a parameter within its part; without the layers of several tasks in one network. Paths of the
/// distilled policy, and of the actors' own parts of the encoders, begin with "actor".
let private local part (parameter: Parameter) =
    let path =
        if parameter.Path.StartsWith "actor/" then
            parameter.Path.Substring "actor/".Length
        else
            parameter.Path

    let part = if path.StartsWith "encoder/" then Part.Critic else part

    let name = ofParameter false part { parameter with Path = path }
    name.Substring(name.IndexOf '.' + 1).Replace("model._model.", "model.")

/// A recorded vector of a part, under a prefix: the networks of all agents, or the distilled policy. Recorded weights
/// are [units; inputs]; here they are [inputs; units].
let private vector (recording: Recording) prefix part (layout: Layout) =
    let read place name (shape: int64 list) =
        let numbers = recording.File.Sized $"{prefix}{place}{name}" (List.reduce (*) shape)

        match shape with
        | [ inputs; _ ] -> transposed (int inputs) numbers
        | _ -> numbers

    let ofAgents part name (shape: int64 list) = [|
        for agent in 0 .. recording.Count - 1 do
            yield! read (recording.PartOf agent part) name shape.Tail
    |]

    layout.Slots
    |> List.map (fun { Parameter = parameter } ->
        let shape = parameter.Shape

        if part = Part.LogAlpha then
            // Only the first of an agent's numbers is used.
            [|
                for agent in 0 .. recording.Count - 1 ->
                    let name = (recording.PartOf agent part).TrimEnd('.', '/')
                    (recording.File.Numbers $"{prefix}{name}")[0]
            |]
        elif part = distilled then
            read recording.Distilled (local Part.Actor parameter) shape
        elif part = Part.Fixed then
            ofAgents Part.Actor (local part parameter) shape
        else
            ofAgents part (local part parameter) shape)
    |> Array.concat

/// The state before the first update.
let private start (recording: Recording) : DistralState =
    DistralState.start recording.Agent (fun part layout ->
        let numbers = vector recording recording.Writing.Start part layout

        Tensor.ofDoubles [| numbers.LongLength |] numbers
        |> Tensor.toDevice recording.Device)

/// The batch of each agent in update k: noise of the agent, then of the distilled policy, at the
/// next observations; with an actor update also at the observations.
let private batches (recording: Recording) k : Batch list = [
    let { File = file; Writing = writing; Agent = agent } = recording
    let config = agent.Config.Agents
    let hasActor = k % config.ActorEvery = 0

    for i in 0 .. recording.Count - 1 do
        let n = k * recording.Count + i
        let read = Writing.column writing file k n
        let order = orderOf 1 (Array.zeroCreate (read "reward").Length)

        let noise j =
            file.Numbers(writing.Noise k ((if hasActor then 4 else 2) * i + j))

        let draws = [
            DistralDraws.distilled.Name, scatter order config.ActionSize (noise 1)

            if agent.Config.Decoder.IsSome then
                let count = order.Rows * config.ObsSize
                ModelDraws.pixels, scatter order config.ObsSize (Writing.congruential (n + 1) count)
        ]

        let ofActor = if hasActor then Some(noise 2) else None

        batch order (config.ObsSize, config.ActionSize) read (noise 0, ofActor) draws k
        |> Batch.onDevice recording.Device
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

    for part, layout, ours in
        [
            Part.Actor, agent.ActorLayout, sac.Actor.Values
            Part.Critic, agent.CriticLayout, sac.Critic.Values
            Part.Target, agent.CriticLayout, sac.Target
            Part.Decoder, recording.Agent.Models.DecoderLayout, models.Decoder.Values
            Part.LogAlpha, agent.TemperatureLayout, sac.LogAlpha.Values
            distilled, recording.Agent.DistilledLayout, state.Distilled.Values
        ] do
        let isOfAll = part = Part.LogAlpha || part = distilled

        let place =
            if isOfAll then
                recording.Distilled
            else
                recording.PartOf 0 part

        if layout.Length > 0L && after.Holds place then
            vector recording prefix part layout
            |> fun recorded -> after.Against tolerance part recorded (Tensor.toDoubles ours)
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
