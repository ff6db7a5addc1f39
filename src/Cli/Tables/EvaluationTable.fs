/// The result of an evaluation as text.
module MtrlFunctional.Cli.Tables.EvaluationTable

open MtrlFunctional.Training
open MtrlFunctional.Cli.Display

let private line (task: TaskEvaluation) =
    let rates =
        $"%8s{Format.percent task.SuccessEver} %8s{Format.percent task.SuccessAtEnd}"

    $"  %-28s{task.Name} {rates} %10s{Format.number task.Return}\n"

/// One line per task, then one per aggregate over the tasks.
let text aggregates (evaluation: EvaluationResult) =
    [
        $"""evaluation after step {Format.count evaluation.Step}: success at any step ("ever"), at the last step ("at end")"""
        + "\n"
        sprintf "  %-28s %8s %8s %10s\n" "task" "ever" "at end" "return"
        for task in evaluation.Tasks do
            line task
        for aggregate in aggregates do
            line (evaluation.Over aggregate)
    ]
    |> String.concat ""
