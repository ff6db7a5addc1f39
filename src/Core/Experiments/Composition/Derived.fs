/// Values that the original fills in after composition, from other values.
module internal MtrlFunctional.Experiments.Derived

open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.MetaWorld

let private raw choices (given: Map<string, Value>) (key: Key) =
    Map.tryFind key.Path given |> Option.defaultValue (key.Default choices)

/// The given values and those that follow from them, and what each of these follows.
let private filled (table: Table.Table) (choices: Choices) (given: Map<string, Value>) =
    let resolved values =
        References.resolve table values (raw choices values)
        |> fst
        |> Map.map (fun _ value -> Scalar.typed value)

    let add following (values, sources) =
        ((values, sources), following)
        ||> List.fold (fun (values, sources) (key, value, source: string) ->
            Map.add key value values, Map.add key source sources)

    let modelIn (values: Map<string, Value>) =
        (MultitaskKeys.model table.Models).Read values["agent.multitask.model"]

    let ofFamily =
        let all = resolved given

        (FamilyRules.find table.Families choices.Env).Follow choices (modelIn all) all given
        |> List.filter (fun (key, _, _) -> not (given.ContainsKey key))

    let values, sources = add ofFamily (given, Map.empty)
    let now = resolved values
    let encoder = "agent.encoder.type_to_select"

    let hasImages =
        choices.Env.Family.HasImages && now[DmControlKeys.fromPixels] = Value.Bool true

    let counted, sources =
        (values, sources)
        |> add [
            if
                not (given.ContainsKey ModelKeys.decoderType)
                && not hasImages
                && now[encoder] <> Value.Text "pixel"
            then
                ModelKeys.decoderType, Value.Text "identity", encoder

            match values.ContainsKey "env.num_envs", now["env.tasks"] with
            | false, Value.List(_ :: _ as tasks) ->
                "env.num_envs", Value.Int(int64 tasks.Length), "the number of env.tasks"
            | _ -> ()
        ]

    let final = resolved counted
    let isOn key = final[key] = Value.Bool true

    let knowsTasks = modelIn final |> Option.exists _.KnowsTasks

    let isOneHot tasks =
        Observed.isOneHot
            choices.Env
            (isOn "behaviour.one_hot_tasks")
            tasks
            (isOn "agent.multitask.should_use_task_encoder" || knowsTasks)

    (counted, sources)
    |> add [
        match final[encoder], ValueText.whole final["env.num_envs"] with
        | Value.Text "identity", Some tasks when tasks < 100_000L && not hasImages ->
            let source = Schema.sourceOf choices (fun path -> final[path])

            let names = Scalar.texts final["env.tasks"]

            match EnvironmentKeys.spec source MetaWorldSpaces.horizon names with
            | Some spec ->
                let columns = if isOneHot (int tasks) then int tasks else 0

                "agent.encoder_feature_dim",
                Value.Int(int64 (EnvironmentSpec.observationSize spec + columns)),
                "the size of an observation"
            | None -> ()
        | _ -> ()
    ]

/// The value that a key has where it is not among the given ones; may be a reference.
let defaultOf (table: Table.Table) choices given (key: Key) =
    given
    |> Map.remove key.Path
    |> filled table choices
    |> fst
    |> Map.tryFind key.Path
    |> Option.defaultWith (fun () -> (Map.find key.Path table.ByPath).Default choices)

/// Every value, and what is wrong with references.
let resolve table choices given =
    let given = fst (filled table choices given)
    References.resolve table given (raw choices given)

/// The origin of every key's value. `giver` names the source of an explicitly set key.
let origins
    (table: Table.Table)
    choices
    (given: Map<string, Value>)
    (giver: string -> OriginSource)
    =
    let final, sources = filled table choices given
    let ofDefault = Origin.ofDefault table.Agents choices

    let origin (key: Key) =
        match Map.tryFind key.Path given, Map.tryFind key.Path final with
        | Some value, Some same when value = same -> Origin.ofGiven (giver key.Path) value
        | _, Some _ -> { Source = OriginSource.Derived sources[key.Path]; Reference = None }
        | _, None -> ofDefault key

    Table.keys table |> List.map (fun key -> key.Path, origin key) |> Map.ofList
