/// Benchmarks by name: their tasks, their goals, and whether the goals are observed.
///
/// Names are Meta-World's Gymnasium ids, with the task appended for single-task
/// benchmarks: "MT1-reach" (or just "reach", "reach-v3"), "MT10", "MT25", "MT50"; for
/// meta-learning, by split, "ML1-reach-train", "ML1-reach-test", "ML10-train", "ML25-test",
/// "ML45-test" … Letter case and a prefix "Meta-World/" or "metaworld-" are ignored; tasks have any spelling of
/// `TaskName.metaWorld`.
module MtrlFunctional.Tasks.MetaWorld.Suites

open System
open MtrlFunctional
open MtrlFunctional.Tasks

/// Split of a meta-learning benchmark.
[<RequireQualifiedAccess>]
type Split =
    internal
    | Train
    | Test

/// A benchmark, or one split of it.
type Suite = {
    /// "MT10", "ML10-train", "ML1-reach-v3-test".
    Name: string
    /// In the order of the task ids.
    Tasks: MetaWorldTask list
    Split: Split
    /// A meta-learning benchmark: the goal is not observed.
    Meta: bool
}

let private isMeta (benchmark: Benchmarks.Benchmark) = not benchmark.Test.IsEmpty

/// Names of all benchmarks accepted by `find`, except MT1 and ML1, which need a task.
let internal names = [
    for benchmark in Benchmarks.benchmarks do
        if isMeta benchmark then
            $"{benchmark.Name}-train"
            $"{benchmark.Name}-test"
        else
            benchmark.Name
]

let private unknown name =
    let withoutVersion = Benchmarks.order |> List.map TaskName.plain
    let known = names @ Benchmarks.order @ withoutVersion
    Error $"{name}: no such task or benchmark.{Nearest.hint known name}"

let private whichTask (given: string) (kind: string) ending =
    Error $"{given}: of which task? For example {kind}-reach{ending}."

let private multiTask (given: string) (name: string) =
    match name.ToUpperInvariant() with
    | "MT1" -> whichTask given "MT1" ""
    | upper ->
        let suite name tasks = { Name = name; Tasks = tasks; Split = Split.Train; Meta = false }

        match Benchmarks.benchmarks |> List.tryFind (fun b -> b.Name = upper) with
        | Some benchmark when not (isMeta benchmark) ->
            Benchmarks.findAll benchmark.Train
            |> Result.map (suite benchmark.Name)
            |> Result.mapError (String.concat "\n")
        | _ ->
            match Benchmarks.find (if upper.StartsWith "MT1-" then name.Substring 4 else name) with
            | Ok task -> Ok(suite task.Name [ task ])
            | Error _ -> unknown given

let private meta given (stem: string) split =
    let ending = if split = Split.Train then "-train" else "-test"

    let suite name tasks = { Name = name + ending; Tasks = tasks; Split = split; Meta = true }

    if stem = "ML1" then
        whichTask given "ML1" ending
    elif stem.StartsWith "ML1-" then
        match Benchmarks.find (stem.Substring 4) with
        | Ok task -> Ok(suite $"ML1-{task.Name}" [ task ])
        | Error mistake -> Error mistake
    else
        match Benchmarks.benchmarks |> List.tryFind (fun b -> isMeta b && b.Name = stem) with
        | None -> unknown given
        | Some benchmark ->
            let names =
                if split = Split.Train then
                    benchmark.Train
                else
                    benchmark.Test

            Benchmarks.findAll names
            |> Result.map (suite benchmark.Name)
            |> Result.mapError (String.concat "\n")

/// The benchmark of a name, or an error.
[<CompiledName("Find")>]
let find (name: string) : Result<Suite, string> =
    let bare =
        [ "Meta-World/"; "metaworld-" ]
        |> List.tryFind (fun prefix -> name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        |> Option.map (fun prefix -> name.Substring prefix.Length)
        |> Option.defaultValue name

    let upper = bare.ToUpperInvariant()

    let stem ending =
        upper.Substring(0, upper.Length - String.length ending)

    if upper.EndsWith "-TRAIN" && upper.StartsWith "ML" then
        meta name (stem "-TRAIN") Split.Train
    elif upper.EndsWith "-TEST" && upper.StartsWith "ML" then
        meta name (stem "-TEST") Split.Test
    else
        match meta name upper Split.Train with
        | Ok _ ->
            Error
                $"{name}: which part? Meta-learning benchmarks have two: {upper}-train and {upper}-test."
        | Error _ when upper = "ML1" -> whichTask name "ML1" "-train"
        | Error _ -> multiTask name bare

/// Meta-World's own order of the tasks, where one of its benchmarks consists of them.
let private ownOrder (names: string list) =
    let names = List.sort names

    Benchmarks.benchmarks
    |> List.collect (fun benchmark -> [ benchmark.Train; benchmark.Test ])
    |> List.tryFind (fun order -> List.sort order = names)

/// What one generator draws for tasks, in Meta-World's order of a benchmark: mtrl lists the tasks of MT50 in another
/// order. The result is in the order of the tasks.
let private inOwnOrder
    (nameOf: 'task -> string)
    (draw: 'task list -> 'drawn list)
    (tasks: 'task list)
    =
    match ownOrder (List.map nameOf tasks) with
    | None -> draw tasks
    | Some order ->
        let position task =
            order |> List.findIndex ((=) (nameOf task))

        let drawn = tasks |> List.sortBy position |> draw
        tasks |> List.map (fun task -> drawn[position task])

/// The seed of the goals of tasks. Every split uses the benchmark's, except the test split of ML1: seed + 1 (else it would
/// equal its train split).
let internal seedOfGoals (seed: uint32) isMeta split (tasks: 'task list) =
    match isMeta, split, tasks with
    | true, Split.Test, [ _ ] -> seed + 1u
    | _ -> seed

/// The goals of a suite, by task, in the order of its tasks. The tasks of a benchmark have its goals
/// in any order.
[<CompiledName("Goals")>]
let internal goals (seed: uint32) (suite: Suite) : (MetaWorldTask * float[][]) list =
    suite.Tasks
    |> inOwnOrder _.Name (Goals.ofSplit (seedOfGoals seed suite.Meta suite.Split suite.Tasks))

/// `number` goals for each task that it was not trained on (`Goals.unseen`), in the order of the tasks.
[<CompiledName("UnseenGoals")>]
let internal unseenGoals seed number (trained: (MetaWorldTask * float[][]) list) =
    trained |> inOwnOrder (fun (task, _) -> task.Name) (Goals.unseen seed number)

/// Goals to train on, `number` of each task, in the order of the tasks: the suite's first goals, then others that are
/// not in its test split.
[<CompiledName("TrainingGoals")>]
let internal trainingGoals (seed: uint32) number (suite: Suite) : (MetaWorldTask * float[][]) list =
    let own = goals seed suite

    if number <= Goals.count then
        own |> List.map (fun (task, each) -> task, Array.truncate number each)
    else
        let tested = goals seed { suite with Split = Split.Test } |> List.map snd

        let known =
            List.map2 (fun (task, each) tested -> task, Array.append each tested) own tested

        // The benchmark's generator with this seed would begin with its own goals.
        let others = unseenGoals (seed ^^^ 0x80000000u) (number - Goals.count) known

        List.map2 (fun (task, each) (_, others) -> task, Array.append each others) own others
