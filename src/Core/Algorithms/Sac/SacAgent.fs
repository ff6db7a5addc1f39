namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// A network of an agent as a diagram shows it.
type NetworkOutline = {
    /// "critic (two)".
    Title: string
    /// The input of the network as text: "observation of 39".
    Input: string
    InputSizes: InputSizes
    Spec: Spec
}

/// A configuration with its networks built: constant over all updates. No tensors.
type SacAgent = {
    Config: SacConfig
    TaskEncoder: Module option
    Encoder: Module
    Actor: Module
    /// Two of equal shape.
    Critics: Module list
    /// The parts of a state, the parts of `SacParts` among them.
    Parts: StatePart list
    /// In the order of the data flow.
    Outlines: NetworkOutline list
    /// Computes the parts of a batch.
    Shards: IShards
} with

    member agent.ActorLayout = StatePart.layout SacParts.actor agent.Parts

    /// Encoder, then critics.
    member agent.CriticLayout = StatePart.layout SacParts.critic agent.Parts

    /// Numbers of a task's encoding as the networks read it; 0: none.
    member agent.ContextWidth =
        match agent.TaskEncoder, agent.Config.Context with
        | None, _ -> 0
        | Some encoder, None -> encoder.Width
        | Some _, Some context -> context.Draw.Width

    member agent.TaskEncoderLayout = StatePart.layout SacParts.taskEncoder agent.Parts

    /// Parameters that are never trained: fixed task embeddings, and the actor's private parts of the encoder. Paths
    /// begin with "task_encoder/" or "actor/".
    member agent.FixedLayout = StatePart.layout SacParts.notTrained agent.Parts

/// Building agents.
module SacAgent =
    let private under place (parameters: Parameter list) =
        parameters |> List.map (fun p -> { p with Path = Parameter.join place p.Path })

    /// The actor's private parts of an encoder at "encoder".
    let private privateParts paths (encoder: Module) =
        let places = paths |> List.map (Parameter.join "encoder")

        encoder.Parameters
        |> List.filter (fun p ->
            places
            |> List.exists (fun place ->
                p.Path.StartsWith(place + "/", System.StringComparison.Ordinal)))

    let private temperatures (config: SacConfig) =
        let start = Array.create config.Tasks (log config.InitTemperature)
        Layout.create [ Parameter.perTask "" config.Tasks [] (Given start) ]

    /// Inputs of the critics, for an encoding of `features` numbers.
    let internal criticInputs (config: SacConfig) features =
        match config.Actions with
        | SacActions.Box -> features + config.ActionSize
        | SacActions.Discrete _ -> features

    /// Sizes of the input of the task encoder.
    let private taskEncoderSizes (config: SacConfig) =
        match config.Context with
        | None -> TaskEncoding.sizes config.Tasks
        | Some _ -> {
            Tasks = config.Tasks
            Features = TaskContext.width config.ObsSize config.ActionSize
            Context = 0
          }

    /// Encodings that are inferred, standing at the mean of the prior.
    let private inferred (config: SacConfig) =
        match config.Context with
        | None -> []
        | Some context ->
            let layout =
                Layout.create [
                    Parameter.perTask "" config.Tasks [ 1L; int64 context.Draw.Width ] Zeros
                ]

            [ SacParts.encodings; SacParts.exploringEncodings ]
            |> List.map (fun key -> StatePart.inferred key layout)

    let private outlines (config: SacConfig) context features =
        let networks = config.Networks

        let outline title input size context spec = {
            Title = title
            Input = input
            InputSizes = { Tasks = config.Tasks; Features = size; Context = context }
            Spec = spec
        }

        [
            for spec in Option.toList networks.TaskEncoder do
                let sizes = taskEncoderSizes config

                let title, input =
                    match config.Context with
                    | None -> "task encoder", $"one of {config.Tasks} tasks"
                    | Some _ -> "context encoder", $"transition of {sizes.Features}"

                outline title input sizes.Features 0 spec

            outline
                "encoder"
                $"observation of {config.ObsSize}"
                config.ObsSize
                context
                networks.Encoder

            outline "actor" $"encoding of {features}" features context networks.Actor

            let input =
                match config.Actions with
                | SacActions.Box -> $"encoding of {features}, action of {config.ActionSize}"
                | SacActions.Discrete _ -> $"encoding of {features}"

            outline "critic (two)" input (criticInputs config features) context networks.Critic
        ]

    /// Builds the networks of a valid configuration.
    let create (shards: IShards) (config: SacConfig) : SacAgent =
        let networks = config.Networks

        let widths features context = {
            Tasks = config.Tasks
            Features = features
            Context = context
        }

        let build = Network.build config.Precision

        let taskEncoder =
            networks.TaskEncoder |> Option.map (build "" (taskEncoderSizes config))

        let context =
            match config.Context with
            | Some context -> context.Draw.Width
            | None -> taskEncoder |> Option.map _.Width |> Option.defaultValue 0

        let encoder = networks.Encoder |> build "encoder" (widths config.ObsSize context)
        let actor = networks.Actor |> build "" (widths encoder.Width context)

        let critics = [
            for name in [ "q1"; "q2" ] ->
                networks.Critic
                |> build name (widths (criticInputs config encoder.Width) context)
        ]

        let ofActorAlone = privateParts networks.ActorPrivateParts encoder

        let ofTaskEncoder part =
            taskEncoder |> Option.map part |> Option.defaultValue []

        let critic =
            encoder :: critics
            |> List.collect _.Parameters
            |> Layout.create
            |> StatePart.trained SacParts.critic

        {
            Config = config
            TaskEncoder = taskEncoder
            Encoder = encoder
            Actor = actor
            Critics = critics
            Parts = [
                StatePart.trained
                    SacParts.actor
                    (Layout.create (
                        (if networks.TrainsPrivateParts then ofActorAlone else [])
                        @ actor.Parameters
                    ))
                critic
                StatePart.trained SacParts.taskEncoder (Layout.create (ofTaskEncoder _.Parameters))
                [
                    yield! ofTaskEncoder _.Fixed |> under "task_encoder"
                    if not networks.TrainsPrivateParts then
                        yield! under "actor" ofActorAlone
                ]
                |> Layout.create
                |> StatePart.notTrained SacParts.notTrained
                StatePart.trained SacParts.logAlpha (temperatures config)
                StatePart.target SacParts.target critic
                StatePart.memory SacParts.criticSurgery (SacSurgery.start config _.OfCritic)
                StatePart.memory SacParts.actorSurgery (SacSurgery.start config _.OfActor)
                yield! inferred config
            ]
            Outlines = outlines config context encoder.Width
            Shards = shards
        }

    /// α of each task, [tasks; 1], from log α [tasks]; in shared mode the α of the first task for all.
    let alpha (config: SacConfig) (logAlpha: Tensor) =
        let tasks = int64 config.Tasks

        if config.PerTaskTemperature then
            Tensor.reshape [| tasks; 1L |] (Tensor.exp logAlpha)
        else
            Tensor.expand [| tasks; 1L |] (Tensor.exp (Tensor.narrow 0 0L 1L logAlpha))

    /// The target after a step of Polyak averaging towards the critic, the encoder with a τ of its own.
    let polyak (agent: SacAgent) (critic: Tensor) (target: Tensor) =
        let encoder = Network.count agent.Encoder

        let part tau start length =
            let slice vector = Tensor.narrow 0 start length vector
            Shards.polyak agent.Shards tau (slice critic) (slice target)

        if encoder = 0L then
            Shards.polyak agent.Shards agent.Config.CriticTau critic target
        else
            Tensor.flatten [|
                part agent.Config.EncoderTau 0L encoder
                part agent.Config.CriticTau encoder (agent.CriticLayout.Length - encoder)
            |]
