/// Replays golden files of Distral: updates of the agents in turn, on recorded rows and noise and
/// in double precision, must give the recorded losses and parameters.
///
/// Reading order: agent → batches → logs, outcome → verify.
module internal MtrlFunctional.Verification.DistralReplay

open MtrlFunctional.Agents.RecordedNames
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.OffPolicyGolden
open MtrlFunctional.Verification.Recorded
open MtrlFunctional.Verification.RecordedBatches

/// Of parameters and losses: rounding of several updates accumulates.
let private tolerance = Scaled 1e-9

/// The part of the distilled policy.
[<Literal>]
let private Distilled = "distilled"

/// The recorded name of a parameter within its part; without the layers of several tasks in one network. Paths of the
/// distilled policy, and of the actors' own parts of the encoders, begin with "actor".
let private local part (parameter: Parameter) =
    let actor = "actor/"

    let path =
        if parameter.Path.StartsWith actor then
            parameter.Path.Substring actor.Length
        else
            parameter.Path

    let part = if path.StartsWith "encoder/" then Part.Critic else part
    let name = ofParameter false part { parameter with Path = path }
    name.Substring(name.IndexOf '.' + 1).Replace("model._model.", "model.")

/// Rebuilds the recorded agents, with the original behaviour: all agents as one, and the distilled policy.
let private read (file: Quantities) =
    let writing = Writing.ofFile file
    let isOfVariants = writing.Observations.IsSome
    let observations, actions = Writing.sizes writing file

    let e = Writing.experiment writing file
    let config = DistralEntry.config Precision.Full None observations actions e
    let place, separator = if isOfVariants then "task_agent_", "/" else "task", "."

    // Temperatures of all tasks of the original, by their indices.
    let temperatures =
        if e.Agent.Multitask.DisentangledAlpha then
            (file.Shape $"{writing.Start}{place}0{separator}{Part.LogAlpha}")[0]
        else
            1

    let agent =
        DistralAgent.create (Shards.serial 1) {
            config with
                Agents.TemperaturesOfTask = temperatures
        }

    /// "task_agent_0/actor/…" of images, "task0.actor.…" of states.
    let names part (parameter: Parameter) =
        let ofAgents owner name =
            List.init agent.Config.Agents.Tasks (fun i -> $"{place}{i}{separator}{owner}{name}"),
            parameter.Shape.Tail

        match part with
        | Distilled ->
            [ $"distilled{separator}actor{separator}{local Part.Actor parameter}" ], parameter.Shape
        | Part.LogAlpha -> ofAgents part ""
        | Part.Fixed -> ofAgents Part.Actor $"{separator}{local part parameter}"
        | _ -> ofAgents part $"{separator}{local part parameter}"

    agent, { File = file; Writing = writing; Models = agent.Models; Names = names }

/// The batch of each agent in update k: noise of the agent, then of the distilled policy, at the
/// next observations; with an actor update also at the observations.
let private batches (recording: Recording) k : Batch list = [
    let config = recording.Agent.Config
    let draws = if k % config.ActorEvery = 0 then 4 else 2

    for i in 0 .. config.Tasks - 1 do
        let n = k * config.Tasks + i

        let further order noise = [
            DistralDraws.distilled.Name, scatter order config.ActionSize (noise 1)

            if config.TemperaturesOfTask > 1 then
                let ofRow task =
                    Array.init config.TemperaturesOfTask (fun t -> if t = task then 1.0 else 0.0)

                Writing.column recording.Writing recording.File k n "task_obs"
                |> Array.collect (int >> ofRow)
                |> fun blocks -> RandomDraw.blocks, scatter order config.TemperaturesOfTask blocks

            if recording.Models.Config.Decoder.IsSome then
                let pixels = pixelDraws recording k (i, config.Tasks) (order.Rows * config.ObsSize)
                ModelDraws.pixels, scatter order config.ObsSize pixels
        ]

        let oneTask read =
            1, Array.map (fun _ -> 0) (read "reward")

        snd (batchOf recording k n oneTask (draws * i, 2) further)
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
    let log = recording.File.Inner(recording.Writing.Log k)
    let readings = readings metrics

    for recorded, ours in measured do
        // The first of several equal names has no index.
        let names = [
            for i in 0 .. recording.Agent.Config.Tasks - 1 ->
                if recorded.EndsWith '#' && i = 0 then
                    ours
                else
                    $"{recorded}{i}"
        ]

        if names |> List.forall log.Has then
            let mean = names |> List.averageBy (log.Numbers >> Array.head)
            log.Against tolerance ours [| mean |] [| readings[ours] |]
]

let private outcome agent (recording: Recording) k (state: DistralState) = [
    let after = recording.File.Inner(recording.Writing.After k)

    for part in DistralState.parts agent do
        let isHeld =
            if part.Name = Part.LogAlpha then
                after.Holds Distilled
            else
                part.Layout.Slots
                |> List.collect (fun slot -> fst (recording.Names part.Name slot.Parameter))
                |> List.exists after.Has

        if isHeld && part.Role <> PartRole.Fixed then
            let _, vector = part.Vectors.Head
            let recorded = parameters recording part.Layout part.Name after.At
            after.Against tolerance part.Name recorded (Tensor.toDoubles (vector.Get state))
]

let private replay (file: Quantities) : Check list =
    let agent, recording = read file

    let update (state, checks) k =
        let next, metrics = Distral.updateInTurn agent state (batches recording k)
        next, checks @ logs recording k metrics @ outcome agent recording k next

    let first = DistralState.start agent (start recording)
    recording.Writing.Updates |> List.fold update (first, []) |> snd

let kinds: Kinds = [ "mtrl/distral_", replay; "mtrl_pixels/distral_", replay ]
