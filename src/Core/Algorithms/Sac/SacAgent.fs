namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// A configuration with its networks built: constant over all updates. No tensors.
type SacAgent = internal {
    Config: SacConfig
    TaskEncoder: Module option
    Encoder: Module
    Actor: Module
    /// Two of equal shape.
    Critics: Module list
    ActorLayout: Layout
    /// Encoder, then critics.
    CriticLayout: Layout
    /// Empty without a task encoder.
    TaskEncoderLayout: Layout
    /// Parameters that are never trained: fixed task embeddings, and the actor's private parts of the encoder. Paths
    /// begin with "task_encoder/" or "actor/".
    FixedLayout: Layout
    /// log α, [tasks].
    TemperatureLayout: Layout
    /// Encodings of tasks that are inferred from contexts, [tasks; 1; width]; empty without a context.
    EncodingLayout: Layout
    /// Computes the parts of a batch.
    Shards: IShards
} with

    /// Numbers of a task's encoding as the networks read it; 0: none.
    member internal agent.ContextWidth =
        match agent.TaskEncoder, agent.Config.Context with
        | None, _ -> 0
        | Some encoder, None -> encoder.Width
        | Some _, Some context -> context.Draw.Width

/// Building agents.
module SacAgent =
    let private under root (parameters: Parameter list) =
        parameters |> List.map (fun p -> { p with Path = Parameter.join root p.Path })

    /// The actor's private parts of an encoder at "encoder".
    let private privateParts paths (encoder: Module) =
        let roots = paths |> List.map (Parameter.join "encoder")

        encoder.Parameters
        |> List.filter (fun p ->
            roots
            |> List.exists (fun root ->
                p.Path.StartsWith(root + "/", System.StringComparison.Ordinal)))

    let private temperatures (config: SacConfig) =
        let ofTask = config.TemperaturesOfTask
        let start = Array.create (config.Tasks * ofTask) (log config.InitTemperature)
        let shape = if ofTask = 1 then [] else [ int64 ofTask ]
        Layout.create [ Parameter.perTask "" config.Tasks shape (Given start) ]

    /// Encodings that are inferred, standing at the mean of the prior.
    let private encodings (config: SacConfig) =
        Layout.create [
            match config.Context with
            | Some { Draw = draw } ->
                Parameter.perTask "" config.Tasks [ 1L; int64 draw.Width ] Zeros
            | None -> ()
        ]

    /// Inputs of the critics, for an encoding of `features` numbers.
    let private criticInputs (config: SacConfig) features =
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

    /// The networks in the order of the data flow.
    let internal outlines (agent: SacAgent) : NetworkOutline list =
        let config, networks = agent.Config, agent.Config.Networks
        let features = agent.Encoder.Width

        let outline title count input size spec = {
            Title = title
            Input = input
            InputSizes = { Tasks = config.Tasks; Features = size; Context = agent.ContextWidth }
            Spec = spec
            Count = count
        }

        [
            for spec in Option.toList networks.TaskEncoder do
                let sizes = taskEncoderSizes config

                let title, input =
                    match config.Context with
                    | None -> "task encoder", $"one of {config.Tasks} tasks"
                    | Some _ -> "context encoder", $"transition of {sizes.Features}"

                { outline title 0 input 0 spec with InputSizes = sizes }

            outline "encoder" 1 $"observation of {config.ObsSize}" config.ObsSize networks.Encoder
            outline "actor" 1 $"encoding of {features}" features networks.Actor

            let input =
                match config.Actions with
                | SacActions.Box -> $"encoding of {features}, action of {config.ActionSize}"
                | SacActions.Discrete _ -> $"encoding of {features}"

            outline "critic (two)" 2 input (criticInputs config features) networks.Critic
        ]

    /// Builds the networks of a valid configuration.
    [<CompiledName("Create")>]
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

        {
            Config = config
            TaskEncoder = taskEncoder
            Encoder = encoder
            Actor = actor
            Critics = critics
            ActorLayout =
                (if networks.TrainsPrivateParts then ofActorAlone else []) @ actor.Parameters
                |> Layout.create
            CriticLayout = encoder :: critics |> List.collect _.Parameters |> Layout.create
            TaskEncoderLayout = Layout.create (ofTaskEncoder _.Parameters)
            FixedLayout =
                Layout.create [
                    yield! ofTaskEncoder _.Fixed |> under "task_encoder"
                    if not networks.TrainsPrivateParts then
                        yield! under "actor" ofActorAlone
                ]
            TemperatureLayout = temperatures config
            EncodingLayout = encodings config
            Shards = shards
        }

    /// α of each task, [tasks; temperatures of a task], from log α; in shared mode the α of the first task for all.
    let internal alpha (config: SacConfig) (logAlpha: Tensor) =
        let tasks = int64 config.Tasks

        if config.PerTaskTemperature then
            Tensor.reshape [| tasks; -1L |] (Tensor.exp logAlpha)
        else
            Tensor.expand [| tasks; 1L |] (Tensor.exp (Tensor.narrow 0 0L 1L logAlpha))

    /// The target after a step of Polyak averaging towards the critic, the encoder with a τ of its own.
    let internal polyak (agent: SacAgent) (critic: Tensor) (target: Tensor) =
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
