/// The networks of an agent as a diagram and as a table of parameters.
module Mtrl.Algorithms.SacDrawing

open Mtrl.Networks
open Mtrl.Tensors

/// A column for each network; both critics are one, since they are alike.
[<CompiledName("Columns")>]
let columns (agent: SacAgent) : Drawing.Column list =
    let { Config = config } = agent
    let networks = config.Networks
    let context = agent.TaskEncoder |> Option.map _.Width |> Option.defaultValue 0

    let column title input features context spec : Drawing.Column = {
        Title = title
        Input = input
        Parts =
            Describe.parts "" { Tasks = config.Tasks; Features = features; Context = context } spec
    }

    let seen = agent.Encoder.Width

    [
        match networks.TaskEncoder with
        | Some spec -> column "task encoder" $"one of {config.Tasks} tasks" 0 0 spec
        | None -> ()

        column "encoder" $"observation of {config.ObsSize}" config.ObsSize context networks.Encoder
        column "actor" $"encoding of {seen}" seen context networks.Actor

        column
            "critic (two)"
            $"encoding of {seen}, action of {config.ActionSize}"
            (seen + config.ActionSize)
            context
            networks.Critic
    ]

/// Parameters with the vector they stand in.
let private parameters (agent: SacAgent) = [
    for name, layout in
        [
            "actor", agent.ActorLayout
            "critic", agent.CriticLayout
            "task_encoder", agent.TaskEncoderLayout
            "fixed", agent.FixedLayout
        ] do
        for slot in layout.Slots do
            name, slot.Parameter

    "log_alpha", Parameter.perTask "" agent.Config.Tasks [] Zeros
]

/// Every parameter with its shape and size, as in a checkpoint, and those of further vectors that
/// learn; then the totals.
let internal tableWith further (agent: SacAgent) : string =
    let parameters = [
        yield! parameters agent
        for name, layout in further do
            for slot in layout.Slots do
                name, slot.Parameter
    ]

    let sum isFixed =
        parameters
        |> List.filter (fun (part, _) -> (part = "fixed") = isFixed)
        |> List.sumBy (snd >> Parameter.count)

    ParameterTable.text parameters [
        "trained", sum false
        if sum true > 0L then
            "never trained", sum true
        "followed by targets", agent.CriticLayout.Length
    ]

/// Every parameter with its shape and size, as in a checkpoint; then the totals.
[<CompiledName("Table")>]
let table (agent: SacAgent) : string = tableWith [] agent
