/// Lists of Meta-World's tasks in words: "reach,push-v3", "MT10", "ML10-test", "MT50-rest".
module MtrlFunctional.Experiments.TaskLists

open MtrlFunctional
open MtrlFunctional.Tasks.MetaWorld

let private rest = "-REST"

/// The benchmarks that have a rest, with the tasks that `trained` leaves.
let private rests (trained: string list) = [
    for benchmark in Benchmarks.benchmarks do
        if benchmark.Test.IsEmpty then
            benchmark.Name + "-rest",
            benchmark.Train |> List.filter (fun task -> not (List.contains task trained))
]

/// The message about a task of another family than Meta-World, by any of its names.
let private tryOtherFamily (word: string) =
    TaskNames.tryMixed (word.ToLowerInvariant())
    |> Option.map (fun task ->
        let family =
            if TaskNames.isDmControl task then
                "DeepMind Control"
            else
                "a classic family"

        $"{word}: is a task of {family}, and --tasks names tasks of Meta-World. An evaluation without --tasks has all tasks of the run.")

let private unknown trained (word: string) =
    let names =
        List.map fst (rests trained)
        @ Suites.names
        @ List.map Tasks.TaskName.plain Benchmarks.order

    let advice =
        match Nearest.hint names word with
        | "" ->
            " 'mtrl list tasks' prints the tasks of Meta-World, 'mtrl list envs' the benchmarks."
        | nearest -> nearest

    Error $"{word}: no such task or benchmark.{advice}"

let private ofWord trained (word: string) =
    let isNamed (name: string, _) =
        name.ToUpperInvariant() = word.ToUpperInvariant()

    match rests trained |> List.tryFind isNamed, TaskNames.tryMetaWorld word, Suites.find word with
    | Some(name, []), _, _ ->
        Error
            $"{name}: the policy was trained on all tasks of {name.Substring(0, name.Length - rest.Length)}."
    | Some(_, tasks), _, _ -> Ok tasks
    | None, Some task, _ -> Ok [ task ]
    | None, None, Ok suite -> Ok [ for task in suite.Tasks -> task.Name ]
    | None, None, Error message when message.Contains '?' -> Error message
    | None, None, Error _ ->
        match tryOtherFamily word with
        | Some message -> Error message
        | None -> unknown trained word

/// The tasks of a list of words with commas between them, each task once, in the order of the words; or the first word that is
/// wrong. `trained` are the names of the tasks that "MT50-rest" leaves out.
let read (trained: string list) (words: string) : Result<string list, string> =
    let append found word =
        found
        |> Result.bind (fun found -> ofWord trained word |> Result.map (fun tasks -> found @ tasks))

    words.Split(',', System.StringSplitOptions.TrimEntries)
    |> Array.fold append (Ok [])
    |> Result.map List.distinct
