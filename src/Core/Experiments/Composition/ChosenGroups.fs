/// The groups of defaults that words choose: `setup=`, `env=`, `agent=`, `fidelity=`.
module internal MtrlFunctional.Experiments.ChosenGroups

/// The groups that are chosen. An invalid word is treated as absent here and reported later.
let choose table overrides =
    let given path =
        overrides
        |> List.tryPick (function
            | Set(key, value)
            | Add(key, value) when Table.canonical key = path -> Some value
            | _ -> None)

    let value path =
        let key = (Table.tryKey path table).Value

        match given path with
        | Some value when key.Accepts value -> value
        | _ -> key.Default Choices.standard

    let source = Schema.sourceOf Choices.standard value

    let withAgent (choices: Choices) =
        match given "defaults.agent" with
        | Some _ -> choices
        | None -> { choices with Agent = Choices.agentFor choices.Env }

    match table.Choices.Read source, given "defaults.env" with
    | Ok choices, Some _ -> withAgent choices, []
    | Ok choices, None ->
        choices, [ ConfigError.NotChosen("env", EnvChoice.all |> List.map _.Name) ]
    | Error errors, _ -> Choices.standard, errors
