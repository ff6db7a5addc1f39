namespace MtrlFunctional.Experiments

open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.DmControl

/// Experiments by name, changed as records; from words or YAML to an experiment, and back.
///
///     Experiment.mt10 |> Experiment.withActor (fun actor -> { actor with HiddenDim = 400 })
///
/// and `env=metaworld-mt10 agent.actor.hidden_dim=400` are the same experiment. Whatever cannot be is reported by `check`, all
/// mistakes at once, in the words of the keys.
///
/// Reading order: preset, mt10 → edit, with… → check; read, resolve (words) → values → render, load (YAML).
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Experiment =
    /// The experiment of a preset: "fast/mt10".
    let preset name : Experiment = Editing.start [ $"preset={name}" ]

    /// As `preset`, with as many seeds as the figures of its source are means over.
    let published name : Experiment =
        Editing.start [
            $"preset={name}"

            for preset in Presets.namedIn Presets.all [ $"preset={name}" ] do
                $"setup.num_seeds={preset.Seeds}"
        ]

    /// An experiment on environments with the agent and the settings that are usual for them: "metaworld-mt10",
    /// "dmc-cartpole-swingup", "mt-cartpole".
    let on environments : Experiment = Editing.start [ $"env={environments}" ]

    /// One task of Meta-World with MT-SAC: "reach".
    let mt1 task : Experiment =
        Editing.start [ "env=metaworld-mt1"; $"env.benchmark.env_name={task}" ]

    /// The experiment with parts of a program, which its words may name: "own/NAME".
    let withParts (parts: Additions) (e: Experiment) : Experiment = Editing.withParts parts e

    /// The experiment with words of a command line after its own: a script passes on its arguments.
    let withWords (words: string seq) (e: Experiment) : Experiment =
        Editing.withWords (List.ofSeq words) e

    /// The experiment with a changed record. Values that follow a changed one follow it from here on.
    let edit (change: Experiment -> Experiment) (e: Experiment) : Experiment =
        Editing.add [] (change e)

    /// With another agent, whose keys have their defaults: "mtppo".
    let withAgent name e = withWords [ $"agent={name}" ] e

    /// With a network of actor and critics, or of policy and value function: "paco", "own/NAME".
    let withNetwork name e =
        withWords [ $"agent.multitask.model={name}" ] e

    /// With a method of gradient surgery: "pcgrad".
    let withSurgery name e =
        withWords [ $"agent.surgery.method={name}" ] e

    /// With tasks of its environments in place of all of them.
    let withTasks (names: string seq) e =
        withWords [ $"env.tasks={ValueText.print (Value.OfTexts(List.ofSeq names))}" ] e

    /// With changed keys of `setup`: place, seeds, threads, device.
    let withSetup change e =
        edit (fun e -> { e with Setup = change e.Setup }) e

    /// With a name, which is also the name of its folder below `setup.base_path`.
    let withName name e =
        withSetup (fun setup -> { setup with Name = name }) e

    /// With changed keys of `env`: tasks, horizon, rewards.
    let withEnvironment change e =
        edit (fun e -> { e with Environment = change e.Environment }) e

    /// With changed keys of `experiment`: steps, evaluations, checkpoints.
    let withSchedule change e =
        edit (fun e -> { e with Schedule = change e.Schedule }) e

    /// With changed keys of `replay_buffer`.
    let withReplay change e =
        edit (fun e -> { e with ReplayBuffer = change e.ReplayBuffer }) e

    let private withAgentKeys change e =
        edit (fun e -> { e with Agent = change e.Agent }) e

    /// With changed keys of `agent.multitask`: how tasks share a network.
    let withMultitask change e =
        withAgentKeys (fun agent -> { agent with Multitask = change agent.Multitask }) e

    /// With changed keys of `agent.actor`; critics follow it.
    let withActor change e =
        withAgentKeys (fun agent -> { agent with Actor = change agent.Actor }) e

    /// With changed keys of soft actor-critic, which agents that learn from replay share.
    let withSac change e =
        Editing.ofGroup "state_sac" _.Sac (fun keys all -> { all with Sac = keys }) change e

    /// With changed keys that agents share which learn from the episodes of their newest policy.
    let withOnPolicy change e =
        Editing.ofGroup "mtppo" _.OnPolicy (fun keys all -> { all with OnPolicy = keys }) change e

    /// With changed keys of proximal policy optimisation.
    let withPpo change e =
        Editing.ofGroup "mtppo" _.Ppo (fun keys all -> { all with Ppo = keys }) change e

    /// The experiment with all that follows from its changes, if it can be run here; all mistakes otherwise.
    let check (e: Experiment) : Result<Experiment * Warning list, ConfigError list> =
        Editing.compose true e

    /// The tasks that the run's own evaluations play, in the order of their indices.
    let evaluatedTasks (e: Experiment) =
        if e.Behaviour.SeparateEvaluation then
            e.Environment.TestTasks
        else
            e.Environment.Tasks

    /// The modes of its evaluations with the tasks of each, where it has variants: "base", "interpolation",
    /// "extrapolation". Those without variants are left out.
    [<CompiledName("EvaluationModes")>]
    let internal evaluationModes (e: Experiment) =
        VariantSets.modes e.Choices.Env e.Environment.DmControl

    /// Indices of its training tasks in logs: of a variant, the index among all variants of a model.
    [<CompiledName("LoggedIndices")>]
    let internal loggedIndices (e: Experiment) =
        if e.Choices.Env.Family.HasVariants then
            List.distinct e.Environment.DmControl.Train
        else
            [ 0 .. e.Environment.Tasks.Length - 1 ]

    /// A caveat on results with its tasks, if there is one.
    [<CompiledName("Caveat")>]
    let caveat (e: Experiment) =
        match VariantSets.family e.Environment.DmControl with
        | Ok(_, variation) when e.Choices.Env.Family.HasVariants -> Variation.caveat variation
        | _ when e.Environment.RewardVersion = RewardVersion.V1 ->
            let all = e.Environment.Tasks @ e.Environment.TestTasks

            match RewardV1.withoutSuccess |> List.filter (fun task -> List.contains task all) with
            | [] -> None
            | tasks ->
                let names = tasks |> List.map TaskName.plain |> String.concat " and "

                Some
                    $"Success in {names} is 0 whatever the policy: the first rewards of Meta-World 3.1.1 count no state of theirs as one; rewards v2 do."
        | _ -> None

    /// The words of a command line that describe the experiment; those of its presets one by one.
    let words (e: Experiment) : string list = [
        for word in e.Provenance.Words @ Editing.changes e do
            Overrides.print word.Override
    ]

    /// The seeds of its runs.
    [<CompiledName("Seeds")>]
    let seeds (e: Experiment) = [ for i in 0 .. e.Setup.NumSeeds - 1 -> e.Setup.SeedRef + int64 i ]

    /// The same experiment with one seed: what a single run's folder holds.
    let withSeed seed (e: Experiment) : Experiment = {
        e with
            Experiment.Setup.SeedRef = seed
            Experiment.Setup.NumSeeds = 1
    }

    /// The same experiment with another number of steps.
    [<CompiledName("WithSteps")>]
    let withSteps steps (e: Experiment) : Experiment = {
        e with
            Experiment.Schedule.NumTrainSteps = steps
    }

    /// The same experiment with another number of threads; None: the machine's number at the start.
    [<CompiledName("WithThreads")>]
    let withThreads threads (e: Experiment) : Experiment = {
        e with
            Experiment.Setup.Threads = threads
    }

    /// The same experiment with the backing of the replay that a run of it has, where its own is open.
    [<CompiledName("WithPlaceOf")>]
    let internal withPlaceOf (started: Experiment) (e: Experiment) : Experiment =
        if e.ReplayBuffer.Backing.IsAuto then
            { e with Experiment.ReplayBuffer.Backing = started.ReplayBuffer.Backing }
        else
            e

    /// The settings that a resumed run must keep: all but the numbers of steps and of threads, which are 1 and None here.
    [<CompiledName("Kept")>]
    let internal kept (e: Experiment) = e |> withSteps 1 |> withThreads None

    /// Whether learning rates that its number of steps determines are used from a step on: perhaps in the update before it.
    [<CompiledName("HasDecayed")>]
    let internal hasDecayed (step: int64) (e: Experiment) =
        match e.Agent.Algorithm.OnPolicy with
        | Some keys ->
            keys.LearningRates = LearningRateSchedule.Linear
            && float step > keys.DecayStart * float e.Schedule.NumTrainSteps
        | None -> false

    /// The experiment that words describe, whether or not it can be run here yet.
    let internal read words : Result<Experiment * Warning list, ConfigError list> =
        ExperimentSources.composeWords Table.standard false words

    /// As `read`, with additions to the words of the library.
    let readWith added words : Result<Experiment * Warning list, ConfigError list> =
        ExperimentSources.composeWords (Table.create added) false words

    /// As `read`, for an agent that observes `environment` in the place of the experiment's: agents of golden files
    /// were recorded on arrays, whatever their command names.
    let internal readObserving environment words =
        let table = { Table.standard with Environment = fun _ -> Some environment }
        ExperimentSources.composeWords table false words

    /// The experiment that words describe, all mistakes at once otherwise; it can be run here.
    [<CompiledName("Resolve")>]
    let resolve words : Result<Experiment * Warning list, ConfigError list> =
        ExperimentSources.composeWords Table.standard true words

    /// As `resolve`, with additions to the words of the library.
    [<CompiledName("ResolveWith")>]
    let resolveWith added words : Result<Experiment * Warning list, ConfigError list> =
        ExperimentSources.composeWords (Table.create added) true words

    /// Keys that a search finds in the experiment of these words, which may name the additions.
    let private keysBy find added words =
        let table = Table.create added
        let overrides = words |> List.choose (Overrides.parse >> Result.toOption)

        let choices, _ = ChosenGroups.choose table (List.rev overrides)
        find table choices |> List.truncate 3

    /// Words that an option of another program with its value may mean in the experiment of these words, which may name the
    /// additions, best first: for "lr" and "1e-3", "agent.optimizers.actor.lr=1e-3"; "…" where a key does not take the value.
    let wordsMeant added words (option: string) (value: string) : string list =
        keysBy (fun table choices -> NearestKeys.meant table choices option value) added words

    /// Keys whose last part is spelled much like a word, best first; may be empty.
    let keysNear added words (word: string) : string list =
        keysBy (fun table choices -> NearestKeys.spelled table choices word) added words

    /// Completions of an unfinished word: keys part by part, then names of values.
    let completions added (typed: string) : string list =
        Completions.from (Additions.presets added) (Table.create added) typed

    /// Where the value of each key of the experiment comes from that `readWith` makes of these words.
    let origins added words : Map<string, Origin> =
        let words, _ = Additions.expand added words |> fst |> ExperimentSources.parse
        let overrides = words |> List.map _.Override
        let table = Table.create added
        let choices, _ = ChosenGroups.choose table (List.rev overrides)
        let given = Compose.apply table choices overrides

        Derived.origins table choices given.Values (fun path ->
            Origin.ofGiver words[given.Deciders[path]].Giver)

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

    /// Keys with other values in a stored experiment, which a run of `e` would have to continue: key, stored value, value
    /// here. Numbers of steps count where there are fewer here, numbers of threads never.
    let private differing (stored: Experiment) (e: Experiment) : (string * Value * Value) list =
        let there = Map.ofList (values (kept stored))

        [
            if e.Schedule.NumTrainSteps < stored.Schedule.NumTrainSteps then
                "experiment.num_train_steps",
                Value.Int(int64 stored.Schedule.NumTrainSteps),
                Value.Int(int64 e.Schedule.NumTrainSteps)

            for key, here in values (kept (withPlaceOf stored e)) do
                match Map.tryFind key there with
                | Some value when value = here -> ()
                | Some value -> Table.written key, value, here
                | None -> Table.written key, Value.Null, here
        ]

    /// Differing keys that a message names.
    let private mostNamed = 3

    /// What distinguishes a stored experiment from one that a run of it cannot continue: the first keys that differ, as
    /// "agent.actor.hidden_dim is 400 there and 32 here; and 2 more"; empty where none does.
    [<CompiledName("DifferencesFrom")>]
    let internal differencesFrom (stored: Experiment) (e: Experiment) : string =
        let all = differing stored e

        let print value =
            Truncate.text 60 (ValueText.print value)

        [
            for key, there, here in List.truncate mostNamed all do
                $"{key} is {print there} there and {print here} here"

            if all.Length > mostNamed then
                $"and {all.Length - mostNamed} more"
        ]
        |> String.concat "; "

    /// As `values`, without keys that do nothing for the experiment's agent and environment, which may be of the additions.
    let valuesRead added (e: Experiment) : (string * Value) list =
        let all = values e

        let algorithms = (Table.create added).Algorithms
        let unused = UnusedKeys.among algorithms e.Choices (List.map fst all)

        all |> List.filter (fun (key, _) -> not (unused.Contains key))

    /// The switches of `behaviour`, and of its algorithm alone, that differ from the default of `fidelity`.
    let switched (e: Experiment) : (string * Value) list =
        let table = Table.standard
        let values = table.Schema.Write e |> Map.ofList

        [
            for key in Table.keys table do
                match Map.tryFind key.Path values with
                | Some value when key.IsSwitch && value <> key.Default e.Choices -> key.Path, value
                | _ -> ()
        ]

    /// The whole experiment as YAML, always in the same order; `load` reads it back.
    [<CompiledName("Render")>]
    let render (e: Experiment) : string = Yaml.print (fun _ -> None) (values e)

    /// As `render`, for a file that leaves the machine: below "runs", the default, in the place of the folder of its runs.
    [<CompiledName("RenderPortable")>]
    let internal renderPortable (e: Experiment) : string =
        let runs = "runs"

        let folders = [ e.Setup.SaveDir, $"{runs}/{e.Setup.Name}"; e.Setup.BasePath, runs ]

        let moved (text: string) =
            folders
            |> List.tryFind (fun (folder, _) -> $"{text}/".StartsWith $"{folder}/")
            |> Option.map (fun (folder, other) -> other + text.Substring folder.Length)
            |> Option.defaultValue text

        let isPath (key: string) =
            List.contains key [ "setup.base_path"; "agent.start"; "env.assets" ]
            || [ ".save_dir"; ".logger_dir"; ".path_to_load_from" ] |> List.exists key.EndsWith

        Yaml.print (fun _ -> None) [
            for key, value in values e ->
                match value with
                | Value.Text text when isPath key -> key, Value.Text(moved text)
                | other -> key, other
        ]

    let private printWith (origins: Map<string, Origin>) =
        Yaml.print (fun path -> Map.tryFind path origins |> Option.map string)

    /// The same with the origin of each value as a comment behind it.
    let renderWith (origins: Map<string, Origin>) (e: Experiment) : string =
        printWith origins (values e)

    /// As `renderWith`, with the values only that a word of the command line or of a preset decided.
    let renderChanged (origins: Map<string, Origin>) (e: Experiment) : string =
        let isChanged path =
            match Map.tryFind path origins with
            | Some { Source = OriginSource.CommandLine | OriginSource.Preset _ } -> true
            | _ -> false

        values e |> List.filter (fst >> isChanged) |> printWith origins

    /// The experiment that a YAML text describes; what is missing in it has its default.
    let load (text: string) : Result<Experiment, ConfigError list> =
        ExperimentSources.loadBy Table.standard text

    /// As `load`, with additions to the words of the library.
    [<CompiledName("LoadWith")>]
    let loadWith added (text: string) : Result<Experiment, ConfigError list> =
        ExperimentSources.loadBy (Table.create added) text

    /// Dotted names with their values as text, in the order of a YAML text; empty where it holds no table. They need not be keys.
    let entries (text: string) : (string * string) list =
        match Yaml.parse text with
        | Ok(_ :: _ as entries) -> [
            for path, value in Yaml.flat (fun _ -> false) entries -> path, ValueText.print value
          ]
        | _ -> []

/// Experiments without a choice.
[<AutoOpen>]
module ExperimentValues =
    type Experiment with

        /// The ten tasks of MT10 with MT-SAC.
        static member mt10 = Experiment.on "metaworld-mt10"

        /// The fifty tasks of MT50 with MT-SAC.
        static member mt50 = Experiment.on "metaworld-mt50"
