/// A comparison as text and as Markdown: a line for each experiment, success in each task, and
/// remarks on the numbers.
///
/// Reading order: grids → remarks → text, markdown.
module MtrlFunctional.Statistics.ComparisonTable

open System
open System.Globalization
open MtrlFunctional

let private fixed1 (x: float) =
    x.ToString("0.0", CultureInfo.InvariantCulture)

let private count = Cells.number "N0"

/// "31.0 ± 2.1 %"; of a single seed without what follows the number.
let internal rate (s: MeanAndError) =
    match Double.IsFinite s.Mean, s.Error with
    | false, _ -> "–"
    | true, None -> $"{fixed1 (100.0 * s.Mean)} %%"
    | true, Some error -> $"{fixed1 (100.0 * s.Mean)} ± {fixed1 (100.0 * error)} %%"

/// Whole numbers, and two decimals where they matter; the error with the digits of its mean; never "-0".
let private amount (s: MeanAndError) =
    let decimals = if abs s.Mean < 100.0 then 2 else 0

    let size (x: float) =
        (Math.Round(x, decimals) + 0.0)
            .ToString((if decimals = 0 then "N0" else "0.##"), CultureInfo.InvariantCulture)

    match Double.IsFinite s.Mean, s.Error with
    | false, _ -> "–"
    | true, None -> size s.Mean
    | true, Some error -> $"{size s.Mean} ± {size error}"

/// "28.1 [25.0, 33.2] %".
let internal within (value: float) (interval: Aggregate.Interval option) =
    let percent x = fixed1 (100.0 * x)

    match Double.IsFinite value, interval with
    | false, _ -> "–"
    | true, None -> $"{percent value} %%"
    | true, Some i -> $"{percent value} [{percent i.Low}, {percent i.High}] %%"

let private best (row: RowSummary) =
    if Double.IsFinite row.BestStep then
        $"{rate row.Best} at {count row.BestStep}"
    else
        "–"

/// "2 of 10", the seeds that are counted.
let private seeds (row: RowSummary) = $"{row.Counted} of {row.Planned}"

/// The main table.
let overview (rows: RowSummary list) =
    let others =
        match rows with
        | first :: _ -> List.map fst first.Others
        | [] -> []

    {
        Headings = [
            "experiment"
            "seeds"
            "step"
            "success, ever"
            "IQM [95 %]"
            yield!
                others
                |> List.map (fun aggregate -> $"ever, {TaskAggregate.name aggregate} task")
            "best evaluation"
            "success, at end"
            "return"
        ]
        Lines = [
            for row in rows ->
                [
                    row.Name
                    seeds row
                    count row.Step
                    rate row.Ever
                    within row.Middle row.MiddleInterval
                    yield! row.Others |> List.map (snd >> rate)
                    best row
                    rate row.AtEnd
                    amount row.Return
                ]
        ]
    }

/// Success (ever) of each task, a column for each experiment.
let perTask (rows: RowSummary list) = {
    Headings = "task" :: [ for row in rows -> row.Name ]
    Lines = [
        for task in rows |> List.collect (_.Tasks >> List.map fst) |> List.distinct ->
            task
            :: [
                for row in rows ->
                    match List.tryFind (fst >> (=) task) row.Tasks with
                    | Some(_, summary) -> rate summary
                    | None -> "–"
            ]
    ]
}

/// Each pair of rows that can be compared.
let improvements (pairs: Improvement list) = {
    Headings = [ "a seed of"; "does better than one of"; "probability [95 %]" ]
    Lines = [
        for pair in pairs -> [ pair.Better; pair.Than; within pair.Probability pair.Interval ]
    ]
}

let private facts (comparison: Comparison) =
    let keys =
        comparison.Rows |> List.collect (_.Facts >> List.map fst) |> List.distinct

    [
        for key in keys ->
            key,
            [
                for row in comparison.Rows ->
                    row.Name,
                    row.Facts
                    |> List.tryFind (fst >> (=) key)
                    |> Option.map snd
                    |> Option.defaultValue "default"
            ]
    ]

/// More settings that differ are named without their values, and as many more are only counted.
let private mostCompared = 12

/// Settings common to all rows, and those that differ: results of different environments must not be
/// compared unmarked.
let private settings comparison =
    let same, different =
        facts comparison
        |> List.partition (fun (_, values) -> values |> List.distinctBy snd |> List.length = 1)

    [
        if same <> [] then
            let all = [ for key, values in same -> $"{key} = {snd values.Head}" ]
            $"""All rows: {String.concat ", " all}."""

        for key, values in List.truncate mostCompared different do
            let each = [ for name, value in values -> $"{value} ({name})" ]
            $"""The rows differ in {key}: {String.concat ", " each}."""

        match List.skip (min mostCompared different.Length) different with
        | [] -> ()
        | others ->
            let names =
                others |> List.truncate mostCompared |> List.map fst |> String.concat ", "

            let rest =
                match others.Length - mostCompared with
                | rest when rest > 0 -> $" and {count (float rest)} others"
                | _ -> ""

            $"The rows differ in {others.Length} more settings: {names}{rest}."
    ]

/// Which seeds of a row are missing or under way.
let private progress (at: float option) (row: ComparedExperiment) (summary: RowSummary) =
    let under =
        row.Seeds
        |> List.filter (Comparison.isFinished row >> not)
        |> List.map (fun seed -> $"seed {seed.Seed} at step {count seed.Step}")

    if summary.Finished >= row.Planned then
        []
    else
        [
            $"{row.Name}: {summary.Finished} of {row.Planned} seeds finished (of {count row.Total} steps)"
            + (if under.IsEmpty then
                   ""
               else
                   "; " + String.concat ", " under)
            + (if at.IsNone && summary.Finished > 0 && not under.IsEmpty then
                   ", not counted."
               else
                   ".")
        ]

/// Notes on the numbers, a sentence or two each.
let remarks (findings: Findings) = [
    let comparison, rows = findings.Comparison, findings.Rows

    "Success and return: mean over tasks, then mean ± standard error over seeds, of the evaluation at \"step\". "
    + "\"Ever\": at any step of an episode; \"at end\": at its last step. "
    + "IQM: interquartile mean of \"ever\" over all seeds and tasks, with the 95 % interval of the bootstrap stratified "
    + "by tasks (arXiv:2108.13264). Best: the evaluation with the highest mean over seeds, which flatters."

    match comparison.At with
    | Some step ->
        $"Compared after {count step} steps; seeds that did not come so far are not counted."
    | None -> ()

    yield! settings comparison
    yield! List.map2 (progress comparison.At) comparison.Rows rows |> List.concat

    match rows |> List.map _.Step |> List.filter Double.IsFinite with
    | first :: others when not (List.forall (Comparison.areNear first) others) ->
        "The rows stand at different steps and are not to be compared as they are."
    | _ -> ()

    let counted = rows |> List.map _.Counted |> List.filter (fun n -> n > 0)

    if List.contains 1 counted then
        "A single seed has neither standard error nor interval: nothing is known of other seeds."

    if counted |> List.exists (fun n -> 1 < n && n < 5) then
        "Intervals from fewer than five seeds are too narrow."
]

/// A sentence in lines of at most 100 characters, where its words allow it.
let private wrapped (text: string) =
    let add (lines: string list) (word: string) =
        match lines with
        | line :: rest when line.Length + 1 + word.Length <= 100 -> $"{line} {word}" :: rest
        | _ -> word :: lines

    text.Split ' ' |> Seq.fold add [] |> List.rev

/// The tables for a terminal.
let text (findings: Findings) =
    let comparison, rows = findings.Comparison, findings.Rows

    [
        comparison.Title
        ""
        yield! Grid.aligned 1 "   " (overview rows)
        ""
        if rows |> List.exists (fun row -> Double.IsFinite row.Ever.Mean) then
            "Success (ever) of each task"
            ""
            yield! Grid.aligned 1 "   " (perTask rows)
            ""
        if not findings.Improvements.IsEmpty then
            "Probability of improvement on the same task (ever; equal counts half)"
            ""
            yield! Grid.aligned 1 "   " (improvements findings.Improvements)
            ""

        yield! remarks findings |> List.collect wrapped
        ""
    ]
    |> String.concat "\n"

/// The tables as Markdown; the figures are the files `intervals.svg`, `curves.svg` and `tasks.svg`
/// beside it.
let markdown (findings: Findings) =
    let comparison, rows = findings.Comparison, findings.Rows

    [
        $"# {Markdown.escape comparison.Title}"
        ""
        yield! Grid.markdown (overview rows)
        ""
        for remark in remarks findings do
            $"- {Markdown.escape remark}"
        ""
        "![Success of each experiment with its interval](intervals.svg)"
        ""
        "![Success and return over the steps of training](curves.svg)"
        ""
        yield! Grid.markdown (perTask rows)
        ""
        if not findings.Improvements.IsEmpty then
            "Probability of improvement on the same task (ever; equal counts half):"
            ""
            yield! Grid.markdown (improvements findings.Improvements)
            ""

        "![Success of each task](tasks.svg)"
        ""
    ]
    |> String.concat "\n"
