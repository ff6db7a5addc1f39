/// Words in the descriptions of tasks that select experts.
module internal MtrlFunctional.Experiments.ExpertWords

open System
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld

/// The lists of words of an experiment's benchmark, one for each expert: the first of them where there are fewer experts.
let ofExperiment (e: Experiment) : string list list =
    let benchmark =
        if e.Choices.Env = MetaWorldWords.mt50 then
            "mt50"
        else
            "mt10"

    let clusters = e.Agent.Encoder.Mixture.Clusters

    let lists =
        match List.tryFind (fst >> (=) benchmark) clusters |> Option.map snd with
        | Some [ _, experts ] -> List.map snd experts
        | Some parts ->
            parts
            |> List.tryFind (fst >> (=) "cluster")
            |> Option.map (snd >> List.map snd)
            |> Option.defaultValue []
        | None -> []

    List.truncate e.Agent.Encoder.Mixture.NumExperts lists

/// The sentence that describes a task, by any of its names: from `env.description`, else the
/// task's own; for an unknown task its name in words.
[<CompiledName("Sentence")>]
let sentence (e: Experiment) task =
    let plain = TaskName.plain task
    let isMeant name = TaskName.plain name = plain

    let given =
        e.Environment.Description |> List.tryFind (fst >> isMeant) |> Option.map snd

    let own =
        Benchmarks.tasks
        |> List.tryFind (fun task -> isMeant task.Name)
        |> Option.map _.Objective

    given
    |> Option.orElse own
    |> Option.defaultWith (fun () -> plain.Replace('-', ' '))

/// For each task, whether it selects each expert; a task whose sentence has none of the words selects
/// them all.
let selected anyCase (e: Experiment) : bool list list =
    let comparison =
        if anyCase then
            StringComparison.OrdinalIgnoreCase
        else
            StringComparison.Ordinal

    let experts = ofExperiment e

    e.Environment.Tasks
    |> List.map (fun task ->
        let sentence = sentence e task

        let selected =
            experts
            |> List.map (List.exists (fun word -> sentence.Contains(word, comparison)))

        if List.contains true selected then
            selected
        else
            List.map (fun _ -> true) selected)
