/// A comparison as figures: success with intervals, and curves with bands of one standard error.
module MtrlFunctional.Statistics.ComparisonFigures

/// The mean as a line; where a step has two seeds, a band of one standard error around it.
let private series pick (row: ComparedExperiment) =
    let points = Comparison.curve pick row

    let line = {
        Name = row.Name
        Mark = Mark.Line
        Points = [| for step, summary in points -> struct (step, summary.Mean) |]
    }

    let edge sign = [
        for step, summary in points do
            match summary.Error with
            | Some error -> struct (step, summary.Mean + sign * error)
            | None -> ()
    ]

    let band = {
        Name = row.Name
        Mark = Mark.Band
        Points = edge 1.0 @ List.rev (edge -1.0) |> List.toArray
    }

    [ band; line ]

let private panel title (isRate: bool) pick (comparison: Comparison) = {
    Title = title
    XLabel = "environment steps of each task"
    YRange = if isRate then Some(0.0, 1.0) else None
    Percent = isRate
    Series = comparison.Rows |> List.collect (series pick)
}

let private overTasks pick (evaluation: Measured) =
    (Comparison.meanAndError (pick evaluation)).Mean

/// Means over tasks, from all evaluations.
let curves (comparison: Comparison) = {
    Title = comparison.Title
    Columns = 3
    Panels = [
        panel "success (ever), mean of the tasks" true (overTasks _.Ever) comparison
        panel "success (at end), mean of the tasks" true (overTasks _.AtEnd) comparison
        panel "return, mean of the tasks" false (overTasks _.Return) comparison
    ]
}

/// Small multiples: success of every task.
let perTask (comparison: Comparison) =
    let tasks = comparison.Rows |> List.collect _.Tasks |> List.distinct

    let ofTask task =
        let series (row: ComparedExperiment) =
            match List.tryFindIndex ((=) task) row.Tasks with
            | Some i -> series (fun e -> e.Ever[i]) row
            | None -> series (fun _ -> nan) { row with Seeds = [] }

        {
            panel task true (overTasks _.Ever) { comparison with Rows = [] } with
                Series = comparison.Rows |> List.collect series
        }

    {
        Title = "Success (ever) of each task"
        Columns = 5
        Panels = List.map ofTask tasks
    }

/// Points with intervals: of the mean over seeds one standard error, of the interquartile mean 95 %.
let intervals (findings: Findings) : IntervalChart =
    let rows = findings.Rows

    let ofSpread pick (row: RowSummary) : IntervalPoint =
        let summary: MeanAndError = pick row

        {
            Name = row.Name
            Value = summary.Mean
            Interval =
                summary.Error
                |> Option.map (fun error -> {
                    Low = summary.Mean - error
                    High = summary.Mean + error
                })
        }

    let middle (row: RowSummary) : IntervalPoint = {
        Name = row.Name
        Value = row.Middle
        Interval = row.MiddleInterval
    }

    {
        Title = findings.Comparison.Title
        Panels = [
            "success (ever), mean ± standard error", List.map (ofSpread _.Ever) rows
            "success (ever), IQM with 95 % interval", List.map middle rows
            "success (at end), mean ± standard error", List.map (ofSpread _.AtEnd) rows
        ]
    }
