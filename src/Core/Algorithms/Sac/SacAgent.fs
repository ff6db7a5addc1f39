namespace Mtrl.Algorithms

open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// A configuration with its networks built: what stays the same over all updates. No tensors.
type SacAgent = {
    Config: SacConfig
    TaskEncoder: Module option
    Encoder: Module
    Actor: Module
    /// Two of equal shape.
    Critics: Module list
    ActorLayout: Layout
    /// Encoder, then critics.
    CriticLayout: Layout
    TaskEncoderLayout: Layout
    /// What is never trained: known numbers of the tasks, and what the actor has of the encoder for
    /// itself. Paths begin with "task_encoder/" or "actor/".
    FixedLayout: Layout
    /// Who computes the parts of a batch.
    Shards: IShards
    /// The task whose rows alone the networks are shown, with the weights that this task meets; none:
    /// all tasks.
    Shown: int option
}

/// The functions that the losses are made of.
module SacAgent =
    let private under place (parameters: Parameter list) =
        parameters |> List.map (fun p -> { p with Path = Parameter.join place p.Path })

    /// The actor's own parts of an encoder at "encoder".
    let private ownParts own (encoder: Module) =
        let places = own |> List.map (Parameter.join "encoder")

        encoder.Parameters
        |> List.filter (fun p ->
            places
            |> List.exists (fun place ->
                p.Path.StartsWith(place + "/", System.StringComparison.Ordinal)))

    /// Builds the networks of a valid configuration.
    let create (shards: IShards) (config: SacConfig) : SacAgent =
        let networks = config.Networks

        let widths features context = {
            Tasks = config.Tasks
            Features = features
            Context = context
        }

        let build = Network.build config.Precision
        let taskEncoder = networks.TaskEncoder |> Option.map (build "" (widths 0 0))

        let context = taskEncoder |> Option.map _.Width |> Option.defaultValue 0

        let encoder = networks.Encoder |> build "encoder" (widths config.ObsSize context)

        let actor = networks.Actor |> build "" (widths encoder.Width context)

        let critics = [
            for name in [ "q1"; "q2" ] ->
                networks.Critic
                |> build name (widths (encoder.Width + config.ActionSize) context)
        ]

        {
            Config = config
            TaskEncoder = taskEncoder
            Encoder = encoder
            Actor = actor
            Critics = critics
            ActorLayout = Layout.create actor.Parameters
            CriticLayout = Layout.create (encoder :: critics |> List.collect _.Parameters)
            TaskEncoderLayout =
                taskEncoder
                |> Option.map _.Parameters
                |> Option.defaultValue []
                |> Layout.create
            FixedLayout =
                [
                    yield!
                        taskEncoder
                        |> Option.map _.Fixed
                        |> Option.defaultValue []
                        |> under "task_encoder"
                    yield! ownParts networks.ActorOwn encoder |> under "actor"
                ]
                |> Layout.create
            Shards = shards
            Shown = None
        }

    let private signal agent context rows = { Rows = rows; Context = context; Task = agent.Shown }

    /// [tasks; rows; obs] to [tasks; rows; features].
    let encode agent (critic: Weights) context obs =
        agent.Encoder.Run critic (signal agent context obs)

    /// The encoder as the actor has it: the critic's, but for the actor's own parts.
    let sight agent (critic: Weights) (fixedParts: Weights) : Weights =
        if List.isEmpty agent.Config.Networks.ActorOwn then
            critic
        else
            Weights.cover fixedParts "actor" critic

    /// What critics and actor see of observations: the same, unless the actor has own parts.
    let encodeBoth agent critic sight context obs =
        let features = encode agent critic context obs

        if List.isEmpty agent.Config.Networks.ActorOwn then
            features, features
        else
            features, encode agent sight context obs

    /// The policy at given features.
    let propose agent (actor: Weights) context features : Gaussian =
        agent.Actor.Run actor (signal agent context features)
        |> TanhGaussian.ofOutput agent.Config.LogStdBounds

    /// Both critics' values of an action, each [tasks; rows].
    let values agent (critic: Weights) context features action =
        let signal = signal agent context (Rows.append features action)
        agent.Critics |> List.map (fun q -> Ops.Squeeze(q.Run critic signal, 2L))

    /// What the task encoder says of each task, [tasks; 1; features].
    let encodeTasks agent (fixedParts: Weights) (weights: Weights) : Tensor option =
        let encode (encoder: Module) =
            let tasks = if agent.Shown.IsSome then 1 else agent.Config.Tasks
            let weights = Weights.cover fixedParts "task_encoder" weights
            encoder.Run weights { Signal.ofTasks tasks with Task = agent.Shown }

        Option.map encode agent.TaskEncoder

    /// Moves the target towards the critic, the encoder by a τ of its own.
    let follow agent (critic: Tensor) (target: Tensor) =
        let encoder = Network.count agent.Encoder

        let part tau start length =
            let slice vector = Ops.Narrow(vector, 0L, start, length)
            Ops.Follow(slice target, slice critic, tau)

        if encoder = 0L then
            Ops.Follow(target, critic, agent.Config.CriticTau)
        else
            Ops.Flatten [|
                part agent.Config.EncoderTau 0L encoder
                part agent.Config.CriticTau encoder (agent.CriticLayout.Length - encoder)
            |]
