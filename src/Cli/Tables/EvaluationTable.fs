/// The result of an evaluation as text.
module MtrlFunctional.Cli.Tables.EvaluationTable

open System
open MtrlFunctional.Training
open MtrlFunctional.Cli.Display

let private line (task: TaskEvaluation) =
    let rates =
        $"%8s{Format.percent task.SuccessEver} %8s{Format.percent task.SuccessAtEnd}"

    $"  %-28s{task.Name} {rates} %10s{Format.number task.Return}\n"

/// One line per task, then one per aggregate over the tasks.
let private table aggregates (evaluation: EvaluationResult) = [
    sprintf "  %-28s %8s %8s %10s\n" "task" "ever" "at end" "return"
    for task in evaluation.Tasks do
        line task
    for aggregate in aggregates do
        line (evaluation.Over aggregate)
]

let private part aggregates (part: EvaluationPart) = [
    let variants = part.Variants |> Seq.map string |> String.concat ", "
    $"{part.Name}: variants {variants} of 0 to 9\n"
    yield! table aggregates part.Result
]

/// A line for each episode of the trials of each task.
let private trials (evaluation: EvaluationResult) = [
    match evaluation.Trials with
    | null -> ()
    | trials ->
        "each trial is several episodes of one task; above, success is that after episodes of exploration or learning\n"
        sprintf "  %-28s %8s %8s %10s\n" "episode of a trial" "success" "" "return"

        for task, episodes in Seq.zip evaluation.Tasks trials do
            for i, episode in Seq.indexed episodes do
                let success = Format.percent episode.Success
                let name = $"{task.Name} {i + 1}"
                $"  %-28s{name} %8s{success} %8s{String.Empty} %10s{Format.number episode.Return}\n"
]

/// What was evaluated: "evaluation after step 30,000", or what acted in the place of the trained policy.
let heading actor (step: int64) =
    match actor with
    | EvaluationActor.ScriptedExpert -> "evaluation of the scripted experts"
    | EvaluationActor.RandomActions -> "evaluation of uniformly random actions"
    | _ -> $"evaluation after step {Format.count step}"

/// A table, or one for each part of the evaluation; then what it must be read with.
let text actor aggregates (evaluation: EvaluationResult) =
    [
        $"""{heading actor evaluation.Step}: success at any step ("ever"), at the last step ("at end")"""
        + "\n"
        match evaluation.Parts with
        | null -> yield! table aggregates evaluation
        | parts -> yield! parts |> Seq.collect (part aggregates)

        yield! trials evaluation

        match evaluation.Caveat with
        | null -> ()
        | caveat -> caveat + "\n"
    ]
    |> String.concat ""
