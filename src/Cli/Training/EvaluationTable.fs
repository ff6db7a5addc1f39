/// The result of an evaluation as text.
module Mtrl.Cli.Training.EvaluationTable

open MtrlFunctional.Training
open Mtrl.Cli.Display

let private line (name: string) ever atEnd (back: float) =
    $"  %-28s{name} %8s{Format.percent ever} %8s{Format.percent atEnd} %10s{Format.number back}\n"

/// A line a task, and their mean.
let text (evaluation: EvaluationProgress) =
    [
        $"""evaluation after step {Format.count evaluation.Step}: success at any step ("ever"), at the last step ("at end")"""
        + "\n"
        sprintf "  %-28s %8s %8s %10s\n" "task" "ever" "at end" "return"
        for task in evaluation.Tasks do
            line task.Name task.SuccessEver task.SuccessAtEnd task.Return
        line "mean" evaluation.SuccessEver evaluation.SuccessAtEnd evaluation.Return
    ]
    |> String.concat ""
