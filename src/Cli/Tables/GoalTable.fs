/// The result of an evaluation on goals of training and on others, as text.
module MtrlFunctional.Cli.Tables.GoalTable

open System
open MtrlFunctional.Statistics
open MtrlFunctional.Training
open MtrlFunctional.Cli.Display

type private Measure = {
    /// Pairs of columns.
    Columns: string list
    Of: TaskEvaluation -> string list
    Difference: float -> string
    /// Of the last line: what it is, and its unit.
    Named: string * string
}

let private success = {
    Columns = [ "success ever"; "at the end" ]
    Of = fun task -> [ Format.percent task.SuccessEver; Format.percent task.SuccessAtEnd ]
    Difference = fun difference -> $"%+.1f{100.0 * difference}"
    Named = ", \"ever\"", " percentage points"
}

let private returns = {
    Columns = [ "return" ]
    Of = fun task -> [ Format.number task.Return ]
    Difference = fun difference -> $"%+.1f{difference}"
    Named = ", return", ""
}

/// Of tasks of which some define success.
let private both = {
    success with
        Columns = success.Columns @ returns.Columns
        Of = fun task -> success.Of task @ returns.Of task
}

let private line measure (trained: TaskEvaluation) (unseen: TaskEvaluation) =
    List.map2 (fun known other -> [ known; other ]) (measure.Of trained) (measure.Of unseen)
    |> List.concat
    |> EvaluationTable.row 9 trained.Name

let private heads measure = [
    EvaluationTable.row 19 "" measure.Columns

    measure.Columns
    |> List.collect (fun _ -> [ "trained"; "unseen" ])
    |> EvaluationTable.row 9 "task"
]

let private gap measure (gap: GoalGap.Gap) =
    let name, unit' = measure.Named

    $"unseen less trained{name}: "
    + EvaluationTable.difference measure.Difference "goals" gap unit'
    + "\n"

/// Episodes of the tasks that are compared.
let private count (evaluation: GoalEvaluation) (result: EvaluationResult) =
    Seq.zip result.Tasks result.EpisodeReturns
    |> Seq.filter (fun (task, _) ->
        evaluation.ComparesReturns || not (Double.IsNaN task.SuccessEver))
    |> Seq.sumBy (fun (_, episodes) -> episodes.Count)

/// One line per task, one per aggregate over the tasks, and the difference.
let text actor aggregates (evaluation: GoalEvaluation) =
    let trained, unseen = evaluation.Trained, evaluation.Unseen

    let measure =
        if evaluation.ComparesReturns then
            returns
        elif trained.Tasks |> Seq.exists (fun task -> Double.IsNaN task.SuccessEver) then
            both
        else
            success

    [
        $"{EvaluationTable.heading actor trained.Step}: {Format.count (count evaluation trained)} goals of training, {Format.count (count evaluation unseen)} others of seed {evaluation.GoalSeed}\n"
        yield! heads measure
        for known, other in Seq.zip trained.Tasks unseen.Tasks do
            line measure known other
        for aggregate in aggregates do
            line measure (trained.Over aggregate) (unseen.Over aggregate)
        gap measure evaluation.Gap
    ]
    |> String.concat ""
