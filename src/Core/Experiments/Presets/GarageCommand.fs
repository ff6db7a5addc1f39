/// Commands of garage's examples as words of ours: `mtppo_metaworld_mt10.py --epochs 500` is `preset=garage/mtppo-mt10`
/// with its number of steps.
module MtrlFunctional.Experiments.GarageCommand

open System
open System.IO

/// Steps of an episode in garage's Meta-World.
[<Literal>]
let private Horizon = 150

/// Tasks of the benchmarks, by the last part of the presets' names.
let private suites = [ "mt1-push", 1; "mt10", 10; "mt50", 50 ]

/// Agent and benchmark, "mtppo" and "mt10", in a file name like garage's examples have; none in a value such as
/// `setup.name=mtppo_metaworld_mt10`.
let private parts (word: string) =
    match (string (Path.GetFileNameWithoutExtension word)).Split "_metaworld_" with
    | [| agent; suite |] when not (word.Contains '=') -> Some(agent, suite)
    | _ -> None

/// The tasks of an example that has a preset, and its name after "garage/".
let private example word =
    match parts word with
    | Some("mtppo" | "mttrpo" as agent, suite) ->
        suites
        |> List.tryFind (fst >> (=) (suite.Replace('_', '-')))
        |> Option.map (fun (name, tasks) -> tasks, $"{agent}-{name}")
    | _ -> None

/// The preset of a file of garage's examples, with or without folder and ending.
let internal presetOf word =
    example word |> Option.map (fun (_, name) -> $"garage/{name}")

/// The number of goals of all tasks together.
[<Literal>]
let private NTasks = "--n_tasks"

/// Options of the examples that are a key here, one of them under two names.
let private keys = [
    "--batch_size", "agent.on_policy.batch_size"
    "--n_workers", "agent.on_policy.workers"
    "--n_worker", "agent.on_policy.workers"
    "--seed", "setup.seed"
]

/// All options of the examples.
let private options = "--epochs" :: NTasks :: List.map fst keys

/// Options with their values, written as one word or as two, and the other words.
let rec private pairs (words: string list) =
    match words with
    | [] -> [], []
    | word :: rest ->
        match List.ofArray (word.Split('=', 2)) @ List.truncate 1 rest with
        | option :: value :: _ when List.contains option options ->
            let found, others = pairs (if word = option then rest.Tail else rest)
            (option, value) :: found, others
        | _ ->
            let found, others = pairs rest
            found, word :: others

/// Steps of each task in so many epochs, as the presets count them: whole episodes of every task.
let private steps tasks (epochs: string) (batch: string) =
    match Int64.TryParse epochs, Int64.TryParse batch with
    | (true, epochs), (true, batch) ->
        let each = int64 (Horizon * tasks)
        string (epochs * int64 Horizon * max 1L ((batch + each - 1L) / each))
    // The key refuses it.
    | (false, _), _ -> epochs
    | _ -> batch

/// The example of a command, its options with their values, and its other words.
let private split given =
    given
    |> List.tryPick example
    |> Option.map (fun found -> found, pairs (List.filter (example >> Option.isNone) given))

/// The words of a command that names an example; other words as they are.
[<CompiledName("Words")>]
let internal words (given: string list) =
    match split given with
    | None -> given
    | Some((tasks, name), (found, others)) ->
        let values = Map.ofList (List.rev found)
        let epochs, batch = values.TryFind "--epochs", values.TryFind "--batch_size"

        [
            $"preset=garage/{name}"

            if epochs.IsSome || batch.IsSome then
                let count = steps tasks (defaultArg epochs "500") (defaultArg batch "1024")
                $"experiment.num_train_steps={count}"

            for option, key in keys do
                match values.TryFind option with
                | Some value -> $"{key}={value}"
                | None -> ()
        ]
        @ others

/// The words of a command as the papers' programs print it: without its launcher, an example of garage as a preset.
let ofPapers given = Overrides.dropLauncher given |> words

/// Agents of garage's examples for meta-learning, by how their names begin, and the folder of presets.
let private metaLearners = [
    "rl2", "RL²", "rl2"
    "maml", "MAML", "maml"
    "pearl", "PEARL", "context"
]

/// The words nearest to an example for meta-learning.
let private metaPreset family suite task =
    match family, suite, List.takeWhile (fun part -> part <> "meta" && part <> "test") task with
    | "context", _, _ -> "preset=context/ml1-reach"
    | _, "ml10", _ -> $"preset={family}/ml10"
    | _, "ml45", _ -> $"preset={family}/ml10 env=metaworld-ml45"
    | _, _, [] -> $"preset={family}/ml1-reach"
    | _, _, parts ->
        let name = String.concat "-" parts
        $"preset={family}/ml1-reach env.benchmark.env_name={name}"

/// The preset nearest to an example of garage that has none.
let private instead (agent: string) (suite: string) =
    let meta =
        metaLearners |> List.tryFind (fun (start, _, _) -> agent.StartsWith start)

    match agent, suite.Split '_' |> Array.toList, meta with
    | "mtsac", ("mt10" | "mt50" as suite) :: _, _ ->
        $"garage's MT-SAC has no preset; nearest: preset=metaworld-plus/mt-sac-{suite}"
    | "mtsac", "mt1" :: task, _ ->
        let task = if task.IsEmpty then "reach" else String.concat "-" task
        $"garage's MT-SAC has no preset; nearest: env=metaworld-mt1 env.benchmark.env_name={task} agent=state_sac"
    | _, suite :: task, Some(_, title, family) ->
        $"garage's {title} has no preset with its numbers; nearest: {metaPreset family suite task}"
    | "te_ppo", suite :: _, None ->
        $"garage's task embeddings are not here; nearest: preset=garage/mtppo-{suite}"
    | _ ->
        let files = [
            for agent in [ "mtppo"; "mttrpo" ] do
                for suite, _ in suites do
                    let suite = suite.Replace('-', '_')
                    $"{agent}_metaworld_{suite}.py"
        ]

        let list = String.concat ", " files
        $"is no example of garage that has a preset: {list}"

/// Why a command of other programs' scripts is none here: a script of metaworld-algorithms without words of ours that choose
/// environments, a file of garage's without a preset, or a number of goals that its preset does not have.
let errorIn (given: string list) : ConfigError option =
    let script =
        if
            given
            |> List.exists (fun word -> word.StartsWith "env=" || word.StartsWith "preset=")
        then
            None
        else
            given
            |> List.tryPick (fun word ->
                ForkWords.ofScript word |> Option.map (fun near -> word, near))

    let given = Overrides.dropLauncher given

    match script, split given with
    | Some(file, near), _ ->
        Some(ConfigError.Malformed(file, $"is a script of metaworld-algorithms; nearest: {near}"))
    | None, Some((tasks, _), (options, _)) ->
        options
        |> List.tryFind (fun (option, value) -> option = NTasks && value <> string tasks)
        |> Option.map (fun (option, value) ->
            ConfigError.Malformed(
                $"{option} {value}",
                $"counts goals. This preset has one of each task, {tasks} in all; env.goal_selection=random has another of fifty in each episode"
            ))
    | None, None ->
        given
        |> List.tryPick (fun word ->
            parts word
            |> Option.map (fun (agent, suite) -> ConfigError.Malformed(word, instead agent suite)))
