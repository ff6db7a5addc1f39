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

/// The tasks of an example, and its name after "garage/"; of a value such as `setup.name=mtppo_metaworld_mt10`, none.
let private example (word: string) =
    let name =
        if word.Contains '=' then
            ""
        else
            string (Path.GetFileNameWithoutExtension word)

    match name.Split "_metaworld_" with
    | [| ("mtppo" | "mttrpo") as agent; suite |] ->
        suites
        |> List.tryFind (fst >> (=) (suite.Replace('_', '-')))
        |> Option.map (fun (name, tasks) -> tasks, $"{agent}-{name}")
    | _ -> None

/// The preset of a file of garage's examples, with or without folder and ending.
let presetOf word =
    example word |> Option.map (fun (_, name) -> $"garage/{name}")

/// The options of the examples that have a key here.
let private options = [ "--seed"; "--epochs"; "--batch_size"; "--n_workers" ]

/// `--option=value` as two words.
let private separated (word: string) =
    match word.Split('=', 2) with
    | [| option; value |] when List.contains option options -> [ option; value ]
    | _ -> [ word ]

let rec private pairs words =
    match words with
    | option :: value :: rest when List.contains option options ->
        let found, others = pairs rest
        (option, value) :: found, others
    | word :: rest ->
        let found, others = pairs rest
        found, word :: others
    | [] -> [], []

/// Steps of each task in so many epochs, as the presets count them: whole episodes of every task.
let private steps tasks (epochs: string) (batch: string) =
    match Int64.TryParse epochs, Int64.TryParse batch with
    | (true, epochs), (true, batch) ->
        let each = int64 (Horizon * tasks)
        string (epochs * int64 Horizon * max 1L ((batch + each - 1L) / each))
    // The key refuses it.
    | (false, _), _ -> epochs
    | _ -> batch

/// The words of a command that names an example; other words as they are.
[<CompiledName("Words")>]
let words (given: string list) =
    match List.tryPick example given with
    | None -> given
    | Some(tasks, name) ->
        let found, others =
            given
            |> List.filter (example >> Option.isNone)
            |> List.collect separated
            |> pairs

        let value option =
            found |> List.tryFind (fst >> (=) option) |> Option.map snd

        let epochs, batch = value "--epochs", value "--batch_size"

        [
            $"preset=garage/{name}"

            if epochs.IsSome || batch.IsSome then
                let count = steps tasks (defaultArg epochs "500") (defaultArg batch "1024")
                $"experiment.num_train_steps={count}"

            for option, key in
                [
                    "--batch_size", "agent.on_policy.batch_size"
                    "--n_workers", "agent.on_policy.workers"
                    "--seed", "setup.seed"
                ] do
                match value option with
                | Some value -> $"{key}={value}"
                | None -> ()
        ]
        @ others

/// The words of a command as the papers' programs print it: without its launcher, an example of garage as a preset.
let ofPapers given = Overrides.dropLauncher given |> words
