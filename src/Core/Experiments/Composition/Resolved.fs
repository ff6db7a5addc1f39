namespace MtrlFunctional.Experiments

open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.DmControl

/// From words or YAML to an experiment, and back.
///
/// Reading order: compose (given values → every value) → read, resolve (words) → render, load.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Experiment =
    /// The tasks that the run's own evaluations play, in the order of their indices.
    [<CompiledName("EvaluatedTasks")>]
    let evaluatedTasks (e: Experiment) =
        if e.Behaviour.SeparateEvaluation then
            e.Environment.TestTasks
        else
            e.Environment.Tasks

    /// The modes of its evaluations with the tasks of each, where it has variants: "base", "interpolation",
    /// "extrapolation". Those without variants are left out.
    [<CompiledName("EvaluationModes")>]
    let evaluationModes (e: Experiment) =
        VariantSets.modes e.Choices.Env e.Environment.DmControl

    /// Indices of its training tasks in logs: those of variants are among all variants of a model.
    [<CompiledName("LoggedIndices")>]
    let loggedIndices (e: Experiment) =
        if Choices.hasVariants e.Choices.Env then
            List.distinct e.Environment.DmControl.Train
        else
            [ 0 .. e.Environment.Tasks.Length - 1 ]

    /// A caveat on results with its tasks, if there is one.
    [<CompiledName("Caveat")>]
    let caveat (e: Experiment) =
        match VariantSets.family e.Environment.DmControl with
        | Ok(_, variation) when Choices.hasVariants e.Choices.Env -> Variation.caveat variation
        | _ -> None

    /// The seeds of its runs.
    [<CompiledName("Seeds")>]
    let seeds (e: Experiment) = [ for i in 0 .. e.Setup.NumSeeds - 1 -> e.Setup.SeedRef + i ]

    /// The same experiment with one seed: what a single run's folder holds.
    [<CompiledName("WithSeed")>]
    let withSeed seed (e: Experiment) : Experiment =
        let setup: Setup = { e.Setup with SeedRef = seed; NumSeeds = 1 }
        { e with Experiment.Setup = setup }

    /// The same experiment with another number of steps.
    [<CompiledName("WithSteps")>]
    let withSteps steps (e: Experiment) : Experiment =
        let schedule: Schedule = { e.Schedule with NumTrainSteps = steps }
        { e with Experiment.Schedule = schedule }

    /// The same experiment with another number of threads; None: those of the machine at the start.
    [<CompiledName("WithThreads")>]
    let withThreads threads (e: Experiment) : Experiment =
        let setup: Setup = { e.Setup with Threads = threads }
        { e with Experiment.Setup = setup }

    /// The same experiment with the place of the replay that a run of it has, where its own is open.
    [<CompiledName("WithPlaceOf")>]
    let withPlaceOf (started: Experiment) (e: Experiment) : Experiment =
        match e.ReplayBuffer.Backing with
        | ReplayBacking.Auto ->
            let replay: ReplayBuffer = {
                e.ReplayBuffer with
                    Backing = started.ReplayBuffer.Backing
            }

            { e with Experiment.ReplayBuffer = replay }
        | _ -> e

    /// The settings that a resumed run must keep: all but the numbers of steps and of threads, which are 1 and None here.
    [<CompiledName("Kept")>]
    let kept (e: Experiment) = e |> withSteps 1 |> withThreads None

    /// Whether learning rates that its number of steps determines are used from a step on: perhaps in the update before it.
    [<CompiledName("HasDecayed")>]
    let hasDecayed (step: int64) (e: Experiment) =
        match AlgorithmKeys.tryOnPolicy e.Agent.Algorithm with
        | Some keys ->
            keys.LearningRates = LearningRateSchedule.Linear
            && float step > keys.DecayStart * float e.Schedule.NumTrainSteps
        | None -> false

    /// The table of keys, and the algorithms of its agents.
    type private Rules = {
        Table: Table.Table
        Catalogue: Catalogue.Entry list
        /// Observations and actions of the agents.
        Environment: Experiment -> EnvironmentSpec option
    }

    let private standard = {
        Table = Table.standard
        Catalogue = Catalogue.standard
        Environment = Observed.environment
    }

    let private withAdded added = {
        standard with
            Table = Additions.table added
            Catalogue = Additions.catalogue added
    }

    /// The groups that are chosen. An invalid word is treated as absent here and reported later.
    let private choose table overrides =
        let given path =
            overrides
            |> List.tryPick (function
                | Set(key, value)
                | Add(key, value)
                | Force(key, value) when Table.canonical key = path -> Some value
                | _ -> None)

        let value path =
            let key = (Table.tryKey path table).Value

            match given path with
            | Some value when key.Accepts value -> value
            | _ -> key.Default Choices.standard

        let source = { Choices = Choices.standard; Value = value }

        let withAgent (choices: Choices) =
            match given "defaults.agent" with
            | Some _ -> choices
            | None -> { choices with Agent = Choices.agentFor choices.Env }

        match table.Choices.Read source, given "defaults.env" with
        | Ok choices, Some _ -> withAgent choices, []
        | Ok choices, None -> choices, [ ConfigError.NotChosen("env", Available.envs) ]
        | Error errors, _ -> Choices.standard, errors

    /// The words of a group that are available, by its key.
    let private words (table: Table.Table) key =
        if key = "defaults.agent" then
            Some(List.map fst table.Agents)
        else
            Available.words key

    /// Keys as they are written; of the words of a group those that are here.
    let private written (table: Table.Table) =
        function
        | ConfigError.BadValue(key, value, allowed, advice) ->
            let written = Table.written key

            let allowed =
                match words table key with
                | Some names when names.Length > ConfigError.MostNames ->
                    $"a name that 'mtrl list {written}s' prints"
                | Some names -> Codec.allowedNames names
                | None -> allowed

            ConfigError.BadValue(written, value, allowed, advice)
        | error -> error

    let private keyOf =
        function
        | ConfigError.BadValue(key, _, _, _) -> key
        | _ -> ""

    /// Wrong values without those that only repeat another key's.
    let private atTheirSource table choices (given: Map<string, Value>) errors =
        let wrong = errors |> List.map keyOf |> set

        let repeats path =
            match (Table.tryKey path table).Value.Default choices with
            | Value.Text text
            | Value.List [ Value.Text text ] when text.StartsWith "${" && text.EndsWith "}" ->
                wrong.Contains(text.Substring(2, text.Length - 3))
            | _ -> false

        errors
        |> List.filter (fun error -> given.ContainsKey(keyOf error) || not (repeats (keyOf error)))

    /// Wrong values at the keys that were given: one that follows another is reported there, and once if both are wrong
    /// alike.
    let private atGivenKeys (table: Table.Table) choices (given: Map<string, Value>) errors =
        let rec source path =
            match Map.containsKey path given, Table.tryKey path table with
            | true, _ -> Some path
            | false, None -> None
            | false, Some key ->
                match key.Default choices with
                | Value.Text text
                | Value.List [ Value.Text text ] when text.StartsWith "${" && text.EndsWith "}" ->
                    source (text.Substring(2, text.Length - 3))
                | _ -> None

        errors
        |> List.map (function
            | ConfigError.BadValue(key, value, allowed, advice) ->
                let key = source key |> Option.defaultValue key
                ConfigError.BadValue(key, value, allowed, advice)
            | error -> error)
        |> List.distinctBy (function
            | ConfigError.BadValue(key, value, allowed, _) -> Choice1Of2(key, value, allowed)
            | error -> Choice2Of2 error)

    let private readAll (table: Table.Table) choices (values: Map<string, Value>) =
        table.Schema.Read { Choices = choices; Value = fun path -> Map.find path values }
        |> Result.map (fun e ->
            let isRead = table.Schema.Write e |> List.map fst |> set

            {
                e with
                    Unread = [
                        for key in Table.keys table do
                            if not (isRead.Contains key.Path) then
                                key.Path, values[key.Path]
                    ]
            })

    /// Unavailable features, judged from the valid overrides.
    let private missing table choices (given: Map<string, Value>) wrong =
        let right = given |> Map.filter (fun key _ -> not (List.contains key wrong))

        match Derived.resolve table choices right |> fst |> readAll table choices with
        | Ok e -> Available.missing e
        | Error _ -> []

    let private composeChosen
        (rules: Rules)
        isAsked
        checkAvailable
        overrides
        malformed
        (choices, notChosen)
        =
        let table = rules.Table
        let given = Compose.apply table choices overrides
        let values, broken = Derived.resolve table choices given.Values
        let found = readAll table choices values

        let wrong =
            match found with
            | Ok _ -> []
            | Error errors ->
                errors
                |> List.filter (fun error -> not (broken.ContainsKey(keyOf error)))
                |> atTheirSource table choices given.Values

        let faults =
            malformed
            @ notChosen
            @ given.Errors
            @ (if isAsked then
                   UnusedKeys.mistakes table.Algorithms choices given.Values.Keys
               else
                   [])
            @ (broken |> Map.toList |> List.map snd |> List.distinct)
            @ List.map (written table) wrong

        let conflicts =
            match found with
            | Ok e when faults.IsEmpty ->
                let agent = DescribedAgent.observing (rules.Environment e) rules.Catalogue e

                Check.conflicts e
                @ NetworkCheck.conflicts agent e
                @ EntropyCheck.conflicts agent e
                @ ContextCheck.conflicts agent e
                @ ModelCheck.conflicts e
                |> atGivenKeys table choices given.Values
            | _ -> []

        let missing =
            if checkAvailable then
                let left = List.map keyOf wrong @ (broken |> Map.toList |> List.map fst)
                missing table choices given.Values left
            else
                []

        match found, faults @ conflicts @ missing with
        | Ok e, [] ->
            Ok(
                e,
                given.Warnings
                @ UnusedKeys.warnings table.Algorithms choices given.Values.Keys
                @ VariantCheck.warnings e
            )
        | _, errors -> Error(Compose.atOneSeed overrides given errors)

    let private compose (rules: Rules) isAsked checkAvailable overrides malformed =
        // The last of repeated words wins.
        match choose rules.Table (List.rev overrides) with
        // Of unknown environments, nothing else can be judged.
        | { Env = EnvChoice.Own own }, _ when isAsked && own.Part.IsNone ->
            Error [ ConfigError.NotGiven("env", string own) ]
        | chosen -> composeChosen rules isAsked checkAvailable overrides malformed chosen

    let private composeExpanded rules checkAvailable words =
        let parsed = words |> List.map (fun word -> word, Overrides.parse word)

        let malformed =
            parsed
            |> List.choose (fun (word, result) ->
                match result with
                | Error why -> Some(ConfigError.Malformed(word, why))
                | Ok _ -> None)

        let overrides = parsed |> List.choose (snd >> Result.toOption)
        compose rules true checkAvailable overrides malformed

    /// The words with those of presets in their place, and who gave each.
    let private expand words =
        let sourced (word: string) =
            let source =
                match Presets.nameIn word with
                | Some name -> OriginSource.Preset name
                | None -> OriginSource.CommandLine

            Presets.expand word |> Result.map (List.map (fun word -> source, word))

        GarageCommand.ofPapers words |> List.map sourced

    let private composeWords rules checkAvailable words =
        let expanded = expand words

        let unknown =
            expanded
            |> List.choose (function
                | Error error -> Some error
                | Ok _ -> None)

        // Without a preset's words all else would seem to be missing.
        match Option.toList (GarageCommand.errorIn words) @ unknown with
        | [] ->
            expanded
            |> List.collect (Result.defaultValue [])
            |> List.map snd
            |> composeExpanded rules checkAvailable
        | unknown -> Error unknown

    /// The experiment that words describe, whether or not it can be run here yet.
    [<CompiledName("Read")>]
    let read words : Result<Experiment * Warning list, ConfigError list> =
        composeWords standard false words

    /// As `read`, for an agent that observes `environment` in the place of the experiment's: agents of golden files
    /// were recorded on arrays, whatever their command names.
    let internal readObserving environment words =
        composeWords { standard with Environment = fun _ -> Some environment } false words

    /// The experiment that words describe, all mistakes at once otherwise; it can be run here.
    [<CompiledName("Resolve")>]
    let resolve words : Result<Experiment * Warning list, ConfigError list> =
        composeWords standard true words

    /// As `resolve`, with additions to the words of the library.
    [<CompiledName("ResolveWith")>]
    let resolveWith added words : Result<Experiment * Warning list, ConfigError list> =
        composeWords (withAdded added) true words

    /// Keys that an option of another program may mean in the experiment of these words, best first: "lr",
    /// "total-timesteps".
    [<CompiledName("KeysMeant")>]
    let keysMeant words (option: string) : string list =
        let overrides = words |> List.choose (Overrides.parse >> Result.toOption)

        let choices, _ = choose Table.standard (List.rev overrides)
        NearestKeys.meant Table.standard choices option |> List.truncate 3

    /// Completions of an unfinished word: keys part by part, then names of values.
    [<CompiledName("Completions")>]
    let completions (typed: string) : string list = Completions.from Table.standard typed

    /// Where the value of each key of the experiment comes from that `read` makes of these words.
    [<CompiledName("Origins")>]
    let origins words : Map<string, Origin> =
        let given = [
            for part in expand words do
                for source, word in Result.defaultValue [] part do
                    match Overrides.parse word with
                    | Ok right -> source, right
                    | Error _ -> ()
        ]

        let sources, overrides = List.unzip given
        let table = Table.standard
        let choices, _ = choose table (List.rev overrides)
        let given = Compose.apply table choices overrides
        Derived.origins table choices given.Values (fun path -> sources[given.Deciders[path]])

    /// Every key and its value, in the order of the table.
    [<CompiledName("Values")>]
    let values (e: Experiment) : (string * Value) list =
        let table = Table.standard
        let values = table.Schema.Write e @ e.Unread
        let byPath = Map.ofList values

        [
            for key in Table.keys table do
                match Map.tryFind key.Path byPath with
                | Some value -> key.Path, value
                | None -> ()

            // Of an algorithm that was added to another table.
            for path, value in values do
                if (Table.tryKey path table).IsNone then
                    path, value
        ]

    /// As `values`, without keys that do nothing for the experiment's agent and environment.
    [<CompiledName("ValuesRead")>]
    let valuesRead (e: Experiment) : (string * Value) list =
        let all = values e

        let unused = UnusedKeys.among Table.standard.Algorithms e.Choices (List.map fst all)

        all |> List.filter (fun (key, _) -> not (unused.Contains key))

    /// The switches of `behaviour` that differ from the default of `fidelity`.
    [<CompiledName("Switched")>]
    let switched (e: Experiment) : (string * Value) list =
        let standard = Behaviour.schema.Keys |> List.map (fun key -> key.Default e.Choices)

        List.zip (Behaviour.schema.Write e.Behaviour) standard
        |> List.filter (fun ((_, value), standard) -> value <> standard)
        |> List.map fst

    /// The whole experiment as YAML, always in the same order; `load` reads it back.
    [<CompiledName("Render")>]
    let render (e: Experiment) : string = Yaml.print (fun _ -> None) (values e)

    let private printWith (origins: Map<string, Origin>) =
        Yaml.print (fun path -> Map.tryFind path origins |> Option.map string)

    /// The same with the origin of each value as a comment behind it.
    [<CompiledName("RenderWith")>]
    let renderWith (origins: Map<string, Origin>) (e: Experiment) : string =
        printWith origins (values e)

    /// As `renderWith`, with the values only that a word of the command line or of a preset decided.
    [<CompiledName("RenderChanged")>]
    let renderChanged (origins: Map<string, Origin>) (e: Experiment) : string =
        let isChanged path =
            match Map.tryFind path origins with
            | Some { Source = OriginSource.CommandLine | OriginSource.Preset _ } -> true
            | _ -> false

        values e |> List.filter (fst >> isChanged) |> printWith origins

    /// The values of a YAML text as overrides.
    let private overridesIn rules (text: string) =
        let rec flatten path =
            function
            | Value.Table(_ :: _ as entries) when (Table.tryKey path rules.Table).IsNone ->
                entries
                |> List.collect (fun (name, value) ->
                    flatten (if path = "" then name else $"{path}.{name}") value)
            | value -> [ path, value ]

        Yaml.parse text |> Result.map (Value.Table >> flatten "")

    let private loadBy rules (text: string) : Result<Experiment, ConfigError list> =
        // Without its table, all keys of an added algorithm would be mistakes.
        let notGiven values =
            values
            |> List.tryPick (function
                | "defaults.agent", Value.Text name when
                    rules.Table.Agents |> List.forall (fst >> (<>) name)
                    ->
                    Some(ConfigError.NotGiven("agent", name))
                | _ -> None)

        match overridesIn rules text with
        | Error error -> Error [ error ]
        | Ok values ->
            match notGiven values with
            | Some error -> Error [ error ]
            | None -> compose rules false false (List.map Set values) [] |> Result.map fst

    /// The experiment that a YAML text describes; what is missing in it has its default.
    [<CompiledName("Load")>]
    let load (text: string) : Result<Experiment, ConfigError list> = loadBy standard text

    /// As `load`, with additions to the words of the library.
    [<CompiledName("LoadWith")>]
    let loadWith added (text: string) : Result<Experiment, ConfigError list> =
        loadBy (withAdded added) text

    /// Where a run writes: not part of what another run takes over.
    let private places = [ "setup.name"; "setup.base_path"; "setup.save_dir" ]

    /// The experiment of a YAML text in a folder of its own, changed by words; it can be run here.
    [<CompiledName("Revise")>]
    let revise (text: string) words : Result<Experiment * Warning list, ConfigError list> =
        match overridesIn standard text with
        | Error error -> Error [ error ]
        | Ok values ->
            let kept =
                values
                |> List.filter (fun (path, _) -> not (List.contains path places))
                |> List.map Set

            let parsed = words |> List.map (fun word -> word, Overrides.parse word)

            let malformed = [
                for word, result in parsed do
                    match result with
                    | Error why -> ConfigError.Malformed(word, why)
                    | Ok _ -> ()
            ]

            let changes = parsed |> List.choose (snd >> Result.toOption)
            compose standard false true (kept @ changes) malformed
