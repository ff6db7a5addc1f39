/// The results of adapted policies as text.
module MtrlFunctional.Cli.Tables.AdaptationTable

open MtrlFunctional.Training
open MtrlFunctional.Cli.Display

let private shots (count: int) = Format.plural count "shot"

let private points share =
    if System.Double.IsNaN share then
        "–"
    else
        $"%.1f{100.0 * share}"

type private Measure = {
    Name: string
    Of: TaskEvaluation -> string
    /// The mean over all episodes.
    Mean: EvaluationResult -> string
}

/// With its interval.
let private success = {
    Name = "success at any step"
    Of = fun task -> Format.percent task.SuccessEver
    Mean =
        fun result ->
            let rate = result.SuccessRate

            let interval =
                match rate.Interval with
                | Some interval ->
                    $" (95 %% interval over goals {points interval.Low} to {points interval.High} %%)"
                | None -> ""

            $"{points rate.Mean} %%{interval}"
}

/// Where no task defines success.
let private returns = {
    Name = "return"
    Of = fun task -> Format.number task.Return
    Mean = fun result -> $"mean return {Format.number result.Return}"
}

let private measureOf (adapted: AdaptedEvaluation list) =
    let isWithout =
        adapted
        |> Seq.collect _.Result.Tasks
        |> Seq.forall (fun task -> System.Double.IsNaN task.SuccessEver)

    if isWithout then returns else success

let private line measure name (tasks: TaskEvaluation seq) =
    tasks |> Seq.map measure.Of |> List.ofSeq |> EvaluationTable.row 10 name

/// The returns of a task that defines no success stand beside the success of others.
let private lineOfTask measure (tasks: TaskEvaluation list) =
    let task = tasks.Head

    if measure.Name <> returns.Name && System.Double.IsNaN task.SuccessEver then
        line returns $"{task.Name}, return" tasks
    else
        line measure task.Name tasks

/// The measure of each task, a column for each number of shots; then the aggregates, and means.
let private table title adapted (results: EvaluationResult list) aggregates = [
    let measure = measureOf adapted
    EvaluationTable.row 10 title [ for each in adapted -> shots each.Shots ]

    for i in 0 .. results.Head.Tasks.Count - 1 do
        lineOfTask measure [ for result in results -> result.Tasks[i] ]

    for aggregate in aggregates do
        let over = [ for result in results -> result.Over aggregate ]
        line measure over.Head.Name over

    for each, result in List.zip adapted results do
        $"{shots each.Shots}: {measure.Mean result}\n"
]

/// Tables of success at any step, or of returns; of other goals or tasks, too, where they were evaluated.
let text aggregates (adapted: AdaptedEvaluation list) =
    [
        $"""evaluation after step {Format.count adapted.Head.Result.Step} and episodes to learn from ("shots") of each task: {(measureOf adapted).Name}"""
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
