/// The result of an evaluation on goals of training and on others, as text.
module MtrlFunctional.Cli.Tables.GoalTable

open MtrlFunctional.Training
open MtrlFunctional.Cli.Display

let private line (trained: TaskEvaluation) (unseen: TaskEvaluation) =
    let columns =
        [
            trained.SuccessEver
            unseen.SuccessEver
            trained.SuccessAtEnd
            unseen.SuccessAtEnd
        ]
        |> List.map (fun rate -> $"%9s{Format.percent rate}")
        |> String.concat " "

    $"  %-28s{trained.Name} {columns}\n"

let private points difference = $"%+.1f{100.0 * difference}"

/// The difference of success at any step, with its interval.
let private gap (evaluation: GoalEvaluation) =
    let interval =
        match evaluation.Gap.Interval with
        | Some interval ->
            $" (95 %% interval over goals {points interval.Low} to {points interval.High})"
        | None -> ""

    $"unseen less trained, \"ever\": {points evaluation.Gap.Difference} percentage points{interval}\n"

let private count (result: EvaluationResult) =
    result.EpisodeSuccesses |> Seq.sumBy _.Count

/// One line per task, one per aggregate over the tasks, and the difference.
let text aggregates (evaluation: GoalEvaluation) =
    let trained, unseen = evaluation.Trained, evaluation.Unseen

    [
        $"evaluation after step {Format.count trained.Step}: {Format.count (count trained)} goals of training, {Format.count (count unseen)} others of seed {evaluation.GoalSeed}\n"
        sprintf "  %-28s %19s %19s\n" "" "success ever" "at the end"
        sprintf "  %-28s %9s %9s %9s %9s\n" "task" "trained" "unseen" "trained" "unseen"
        for known, other in Seq.zip trained.Tasks unseen.Tasks do
            line known other
        for aggregate in aggregates do
            line (trained.Over aggregate) (unseen.Over aggregate)
        gap evaluation
    ]
    |> String.concat ""
