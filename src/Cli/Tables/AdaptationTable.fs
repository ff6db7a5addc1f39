/// The results of adapted policies as text.
module MtrlFunctional.Cli.Tables.AdaptationTable

open MtrlFunctional.Training
open MtrlFunctional.Cli.Display

let private shots (count: int) = Format.plural count "shot"

let private line (name: string) (rates: seq<float>) =
    let columns =
        rates |> Seq.map (fun rate -> $"%10s{Format.percent rate}") |> String.concat " "

    $"  %-28s{name} {columns}\n"

let private heading (title: string) (adapted: AdaptedEvaluation list) =
    let columns =
        adapted |> List.map (fun each -> $"%10s{shots each.Shots}") |> String.concat " "

    $"  %-28s{title} {columns}\n"

let private points share =
    if System.Double.IsNaN share then
        "–"
    else
        $"%.1f{100.0 * share}"

/// The mean over all episodes, with its interval.
let private mean (each: AdaptedEvaluation) (result: EvaluationResult) =
    let rate = result.SuccessRate

    let interval =
        match rate.Interval with
        | Some interval ->
            $" (95 %% interval over goals {points interval.Low} to {points interval.High} %%)"
        | None -> ""

    $"{shots each.Shots}: {points rate.Mean} %%{interval}\n"

/// Success at any step in each task, a column for each number of shots; then the aggregates, and means with intervals.
let private table title adapted (results: EvaluationResult list) aggregates = [
    heading title adapted

    for i, task in Seq.indexed results.Head.Tasks do
        line task.Name [ for result in results -> result.Tasks[i].SuccessEver ]

    for aggregate in aggregates do
        let over = [ for result in results -> result.Over aggregate ]
        line over.Head.Name [ for each in over -> each.SuccessEver ]

    for each, result in List.zip adapted results do
        mean each result
]

/// Tables of success at any step; of other goals, too, where they were evaluated.
let text aggregates (adapted: AdaptedEvaluation list) =
    [
        $"""evaluation after step {Format.count adapted.Head.Result.Step} and episodes to learn from ("shots") of each task: success at any step"""
        + "\n"

        match adapted |> List.choose (fun each -> Option.ofObj each.Goals) with
        | [] -> yield! table "task" adapted [ for each in adapted -> each.Result ] aggregates
        | goals ->
            yield!
                table
                    "goals that it learns from"
                    adapted
                    [ for each in goals -> each.Trained ]
                    aggregates

            yield!
                table
                    $"other goals, of seed {goals.Head.GoalSeed}"
                    adapted
                    [ for each in goals -> each.Unseen ]
                    aggregates
    ]
    |> String.concat ""
