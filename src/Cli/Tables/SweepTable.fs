/// The runs of a sweep as a table: for the terminal, as Markdown, and as CSV for other programs.
module MtrlFunctional.Cli.Tables.SweepTable

open System
open System.Globalization
open System.IO
open MtrlFunctional.Cli.Display
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness
open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Tables.SweepRow

let private headings = [ "run"; "state"; "success, ever"; "at end"; "return" ]

let private numbers (result: RunReport.Row option) =
    match result with
    | None -> [ "–"; "–"; "–" ]
    | Some r -> [
        Format.percent r.SuccessEver
        Format.percent r.SuccessAtEnd
        Format.number r.Return
      ]

/// Constant, so that equal tables give equal texts.
let private draws = Key.ofSeed 0L |> Key.forPurpose "bootstrap"

let private cells common row =
    nameIn common row.Run :: describe row.State :: numbers row.Result

/// Mean over the seeds that have the number, and its interval.
let private mean show (pick: RunReport.Row -> float) (rows: Row list) =
    let scores =
        [| for row in rows -> pick row.Result.Value |] |> Array.filter Double.IsFinite

    match Aggregate.interval draws Aggregate.mean [| scores |] with
    | Some within -> $"{show (Aggregate.mean scores)} [{show within.Low}, {show within.High}]"
    | None -> show (Aggregate.mean scores)

/// A line with means for each combination with several finished seeds.
let private means common rows =
    rows
    |> List.filter (fun row -> row.State = MemberState.Finished && row.Result.IsSome)
    |> List.groupBy (fun row -> row.Run.Experiment.Setup.SaveDir)
    |> List.filter (fun (_, rows) -> rows.Length > 1)
    |> List.map (fun (_, rows) ->
        let name =
            match Path.GetRelativePath(common, rows.Head.Run.Experiment.Setup.SaveDir) with
            | "." -> "mean"
            | name -> $"{name}, mean"

        [
            name
            $"{rows.Length} seeds"
            mean Format.percent _.SuccessEver rows
            mean Format.percent _.SuccessAtEnd rows
            mean Format.number _.Return rows
        ])

let private finished rows =
    rows |> List.filter (fun row -> row.State = MemberState.Finished) |> List.length

/// "3 of 4 runs are finished".
let summary rows =
    $"{finished rows} of {List.length rows} runs are finished"

/// Why runs failed, a line each.
let private failures common rows = [
    for row in rows do
        match row.State with
        | MemberState.Failed(_, why) -> $"  failed: {nameIn common row.Run}: {why}\n"
        | _ -> ()
]

/// Lines for a terminal below a title, and the failures.
let text title rows =
    let common = commonFolderOfRows rows

    let table = {
        Headings = headings
        Lines = List.map (cells common) rows @ means common rows
    }

    String.concat "" [
        $"{title}: {summary rows}\n"
        for line in Grid.aligned 2 "  " table do
            $"  {line}\n"
        yield! failures common rows
    ]

/// A page with links to the reports, which stands in `folder`.
let markdown (folder: string) (rows: Row list) =
    let common = commonFolderOfRows rows

    let line (cells: string list) =
        "| " + String.Join(" | ", cells |> List.map _.Replace("|", "\\|")) + " |"

    let linked row =
        let path = nameIn folder row.Run

        match cells common row, row.State with
        | name :: rest, MemberState.Finished -> $"[{name}](<{path}/report.md>)" :: rest
        | cells, _ -> cells

    [
        $"# {Path.GetFileName folder}"
        ""
        summary rows
        ""
        line headings
        line [ "---"; "---"; "---:"; "---:"; "---:" ]
        yield! rows |> List.map (linked >> line)
        yield! means common rows |> List.map line
        ""
        "Means over the tasks at the last evaluation. \"Ever\": at any step of the episode; \"at end\":"
        "at its last step. In brackets: the 95 % interval of a mean over seeds."
        ""
    ]
    |> String.concat "\n"

/// One line per run: the swept keys, the seed, and the results; empty cells where there are none.
let csv (rows: Row list) =
    let common = commonFolderOfRows rows

    let quote (text: string) =
        if text |> Seq.exists (fun c -> ",\"\n".Contains c) then
            "\"" + text.Replace("\"", "\"\"") + "\""
        else
            text

    let keys =
        rows
        |> List.collect (fun row -> List.map fst row.Run.Job.Picked)
        |> List.distinct
        // The seed has its own column.
        |> List.except [ "setup.seed"; "setup.seed_ref" ]

    let number pick row =
        match Option.map pick row.Result with
        | Some x when Double.IsFinite x -> x.ToString("R", CultureInfo.InvariantCulture)
        | _ -> ""

    let row row =
        let picked = Map.ofList row.Run.Job.Picked

        [
            nameIn common row.Run
            for key in keys do
                Map.tryFind key picked |> Option.defaultValue ""
            string row.Run.Experiment.Setup.SeedRef
            describe row.State
            number _.SuccessEver row
            number _.SuccessAtEnd row
            number _.Return row
        ]

    let names =
        [ "run" ]
        @ keys
        @ [ "seed"; "state"; "success_ever"; "success_at_end"; "return" ]

    names :: List.map row rows
    |> List.map (fun cells -> String.Join(",", List.map quote cells) + "\n")
    |> String.concat ""

/// The page with links to the reports.
let main = "sweep.md"

/// Names and texts of the files in `folder`, `main` last.
let pages folder rows = [ "sweep.csv", csv rows; main, markdown folder rows ]
