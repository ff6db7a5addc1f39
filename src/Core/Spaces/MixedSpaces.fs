namespace MtrlFunctional.Spaces

/// One specification for tasks whose spaces differ. Each row has the numbers of its task first and ends in zeros.
module internal MixedSpaces =
    /// Numbers of an observation and of an action.
    let sizesOf spec =
        EnvironmentSpec.observationSize spec, EnvironmentSpec.actionSize spec

    let private agree (part: EnvironmentSpec -> 'part) specs =
        specs |> List.map (snd >> part) |> List.distinct |> List.length = 1

    /// What all have, such as observations with their frames; else of the size of the widest.
    let private widest part size ofSize specs =
        if agree part specs then
            part (snd (List.head specs))
        else
            specs |> List.map (snd >> size) |> List.max |> ofSize

    let private isPictures (_, spec: EnvironmentSpec) =
        spec.Observation.Element <> ElementType.Float32

    /// The specification of tasks by their names: the widest rows, the longest episodes, terminal states where a task has
    /// some. Choices beside other actions are numbers, one for each, of which the largest chooses. Or why there is none: images
    /// beside other observations.
    [<CompiledName("Join")>]
    let join (specs: (string * EnvironmentSpec) list) : Result<EnvironmentSpec, string> =
        match specs with
        | [] -> Error "There is no task to join."
        | _ when not (agree _.Observation specs) && List.exists isPictures specs ->
            let name, _ = List.find isPictures specs
            Error $"{name} is observed as images, which cannot be joined with other observations."
        | _ ->
            Ok {
                Observation =
                    widest
                        _.Observation
                        EnvironmentSpec.observationSize
                        EnvironmentSpec.vector
                        specs
                Action = widest _.Action EnvironmentSpec.actionSize ActionSpace.Box specs
                Horizon = specs |> List.map (fun (_, spec) -> spec.Horizon) |> List.max
                Terminates = specs |> List.exists (fun (_, spec) -> spec.Terminates)
            }
