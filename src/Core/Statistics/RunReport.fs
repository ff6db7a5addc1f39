/// Report of a finished run: curves, and a table with one line per task.
///
/// Reading order: rows → figures → markdown.
module MtrlFunctional.Statistics.RunReport

open MtrlFunctional

/// Final results of a run, for one task. NaN without a measurement.
type Row = {
    Task: string
    /// Last evaluation.
    SuccessEver: float
    SuccessAtEnd: float
    Return: float
    /// "Success at any step" in training: mean of the last 10 lines of the log, each of which has the mean of the episodes since
    /// the line before.
    TrainSuccess: float
}

let private last key mode records =
    match RunRecord.curve mode key records with
    | [||] -> nan
    | points -> let struct (_, y) = Array.last points in y

let private lastAverage key records =
    match Series.movingAverage 10 (RunRecord.curve RunRecord.Train key records) with
    | [||] -> nan
    | points -> let struct (_, y) = Array.last points in y

let private tasksOf mode run =
    if mode = RunRecord.Eval then run.Evaluated else run.Tasks

/// All tasks, trained or evaluated.
let private allTasks run =
    List.distinct (run.Tasks @ run.Evaluated)

/// The name of a task's measurement in one mode; absent from all records where the mode lacks the task.
let private keyOf prefix mode task run =
    match tasksOf mode run |> List.tryFindIndex ((=) task) with
    | Some i -> $"{prefix}{i}"
    | None -> ""

/// The final table.
let internal rows run = [
    for task in allTasks run do
        let evaluated prefix =
            last (keyOf prefix RunRecord.Eval task run) RunRecord.Eval run.Records

        {
            Task = task
            SuccessEver = evaluated RunRecord.SuccessEver
            SuccessAtEnd = evaluated RunRecord.SuccessAtEnd
            Return = evaluated RunRecord.Return
            TrainSuccess =
                lastAverage (keyOf RunRecord.SuccessEver RunRecord.Train task run) run.Records
        }
]

/// One number over the tasks that a record has, record by record.
let private overTasks aggregate mode (prefix: string) run = [|
    for r in run.Records |> List.filter (fun r -> r.Mode = mode) do
        let values = [
            for KeyValue(name, value) in r.Numbers do
                if name.StartsWith(prefix, System.StringComparison.Ordinal) then
                    value
        ]

        if values <> [] then
            struct (r.Step, TaskAggregate.over aggregate values)
|]

let private series name mark points = { Name = name; Mark = mark; Points = Series.thin 300 points }

/// The curve of training, smoothed, and the points of evaluation.
let private trained points =
    series "training, mean of 10 lines" Mark.Line (Series.movingAverage 10 points)

let private evaluated points = series "evaluation" Mark.Dots points

let private panel run title series = {
    Title = title
    XLabel =
        match run.Tasks with
        | [ _ ] -> "environment steps"
        | tasks -> $"environment steps of each of {tasks.Length} tasks"
    YRange = None
    Percent = false
    Series = series
}

let private successPanel run title train eval = {
    panel run title [ trained train; evaluated eval ] with
        YRange = Some(0.0, 1.0)
        Percent = true
}

/// Returns of training and of evaluation; one panel each where their episodes differ in length.
let private returnPanels aggregate run =
    let all mode =
        overTasks aggregate mode RunRecord.Return run

    let train, evaluation =
        trained (all RunRecord.Train), evaluated (all RunRecord.Eval)

    let name = TaskAggregate.name aggregate

    match run.EpisodeSteps with
    | steps, whole when steps = whole -> [
        panel run $"return, {name} of the tasks" [ train; evaluation ]
      ]
    | steps, whole -> [
        panel run $"return of {steps} steps, {name} of the tasks" [ train ]
        panel run $"return of {whole} steps, {name} of the tasks" [ evaluation ]
      ]

/// Returns in each mode of evaluation, over its own tasks; no panel where there are none.
let private modePanels aggregate run =
    let ofMode (mode: string) =
        overTasks aggregate mode RunRecord.Return run
        |> series (mode.Substring RunRecord.EvalMode.Length) Mark.Dots

    match RunRecord.evaluationModes run.Records with
    | [] -> []
    | modes ->
        let title =
            $"return by mode of evaluation, {TaskAggregate.name aggregate} of the tasks"

        [ panel run title (List.map ofMode modes) ]

/// Success and returns of all tasks together, returns by mode of evaluation, and the losses.
let overview run =
    let together aggregate =
        let all mode =
            overTasks aggregate mode RunRecord.SuccessEver run

        let title = $"success (ever), {TaskAggregate.name aggregate} of the tasks"

        successPanel run title (all RunRecord.Train) (all RunRecord.Eval)
        :: returnPanels aggregate run
        @ modePanels aggregate run

    // A loss that was never measured gets no empty panel.
    let losses =
        [
            "critic loss", "critic_loss"
            "actor loss", "actor_loss"
            "policy loss", "policy_loss"
            "value loss", "value_loss"
        ]
        |> List.map (fun (name, key) ->
            RunRecord.curve RunRecord.Train key run.Records
            |> series "loss" Mark.Line
            |> List.singleton
            |> panel run name)
        |> List.filter (fun p -> p.Series |> List.exists (fun s -> s.Points.Length > 0))

    {
        Title = run.Title
        Columns = (if fst run.EpisodeSteps = snd run.EpisodeSteps then 2 else 3)
        Panels = List.collect together run.Aggregates @ losses
    }

/// Small multiples: success of every task.
let perTask run = {
    Title = "Success (ever) of each task"
    Columns = 5
    Panels = [
        for task in allTasks run ->
            let curve mode =
                RunRecord.curve mode (keyOf RunRecord.SuccessEver mode task run) run.Records

            successPanel run task (curve RunRecord.Train) (curve RunRecord.Eval)
    ]
}

let private amount = Cells.number "N1"

let private headings = [
    "task"
    "success, ever"
    "success, at end"
    "return"
    "training success, ever (last 10 lines)"
]

let private cells r = [
    r.Task
    Cells.percent r.SuccessEver
    Cells.percent r.SuccessAtEnd
    amount r.Return
    Cells.percent r.TrainSuccess
]

/// One row of many, each number over the rows that have it, under a name.
let internal together aggregate name (rows: Row list) =
    let over pick =
        TaskAggregate.over aggregate (List.map pick rows)

    {
        Task = name
        SuccessEver = over _.SuccessEver
        SuccessAtEnd = over _.SuccessAtEnd
        Return = over _.Return
        TrainSuccess = over _.TrainSuccess
    }

/// The average of the final table.
let overall run =
    let average = TaskAggregate.Average
    together average (TaskAggregate.name average) (rows run)

/// The lines below the tasks.
let private foot run = [
    for aggregate in run.Aggregates -> together aggregate (TaskAggregate.name aggregate) (rows run)
]

/// The final table: the tasks, and the aggregates below them.
let table run =
    { Headings = headings; Lines = rows run |> List.map cells }, foot run |> List.map cells

/// A table with the lines below it.
let whole (grid: Grid, foot) = { grid with Lines = grid.Lines @ foot }

/// The report as Markdown; the figures are the files `curves.svg` and `tasks.svg` beside it.
let markdown run =
    [
        $"# {Markdown.escape run.Title}"
        ""
        for name, value in run.Facts do
            $"- {name}: {Markdown.escape value}"
        ""
        "![Success, return and losses](curves.svg)"
        ""
        yield! Grid.markdown (whole (table run))
        ""
        "Success and return: last evaluation. "
        + "\"Ever\": at any step of the episode; \"at end\": at its last step. "
        + "Training: mean of the last ten lines of the log, each of the episodes since the line before."
        ""
        "![Success of each task](tasks.svg)"
        ""
    ]
    |> String.concat "\n"
