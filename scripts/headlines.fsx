// The headline figures from docs/results/final.jsonl: percentages in the tables of README.md and docs/results.md, and
// docs/results/published.svg, success on MT10 and MT50 beside published rows.
//
//   ./mtrl build
//   dotnet fsi scripts/headlines.fsx
//
// Sources of the published rows, and what their protocols are: docs/results.md, "Beside published results".
#load "mtrl.fsx"

open System
open System.Collections.Generic
open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Figures

let root = Path.Combine(__SOURCE_DIRECTORY__, "..")
let results = Path.Combine(root, "docs", "results")

/// Success of a preset in percent, one number for each seed.
let success (goals: string) (preset: string) = [
    for line in File.ReadLines(Path.Combine(results, "final.jsonl")) do
        use json = JsonDocument.Parse line
        let field (name: string) = json.RootElement.GetProperty name

        if string (field "row") = preset then
            let value = field goals

            // A number, or one for each task.
            match value.ValueKind with
            | JsonValueKind.Array -> 100.0 * (value.EnumerateArray() |> Seq.averageBy _.GetDouble())
            | _ -> 100.0 * value.GetDouble()
]

/// Of the sample; 0 for one seed.
let deviation (values: float list) =
    if values.Length < 2 then
        0.0
    else
        let mean = List.average values
        sqrt ((values |> List.sumBy (fun v -> (v - mean) ** 2.0)) / float (values.Length - 1))

/// The mean and, of several seeds, the standard error.
let cell goals preset =
    let values = success goals preset
    let error = deviation values / sqrt (float values.Length)

    let number (x: float) =
        x.ToString("F1", Globalization.CultureInfo.InvariantCulture)

    if error > 0.0 then
        $"{number (List.average values)} ± {number error} %%"
    else
        $"{number (List.average values)} %%"

let percentage = Regex @"\d+(\.\d)?( ± \d\.\d)? %"

/// Writes the success on goals of training and on others in place of the first two percentages of the row that names a preset.
let write (file: string) (name: string) preset =
    let path = Path.Combine(root, file)

    let line (line: string) =
        if line.StartsWith '|' && line.Contains name then
            let cells = Queue [ cell "trained" preset; cell "unseen" preset ]
            percentage.Replace(line, MatchEvaluator(fun _ -> cells.Dequeue()), 2)
        else
            line

    File.WriteAllLines(path, File.ReadAllLines path |> Array.map line)

for preset, heading in
    [
        "fast/mt50", "fifty-tasks-mt50"
        "fast/mt10-brief", "ten-tasks-in-a-quarter-of-the-steps-mt10"
        "fast/mixed", "mt10-and-five-tasks-of-deepmind-control-in-one-policy"
    ] do
    for file in [ "README.md"; "docs/results.md" ] do
        write file $"#{heading})" preset

/// Name, then mean and standard deviation over seeds in percent for MT10 and MT50; 0: not known.
let published = [
    "TOPPO (PPO)", (97.2, 0.0), (90.9, 0.0)
    "T3S (SAC): 15 M, 50 M steps", (80.0, 0.9), (65.0, 1.4)
    "CAGrad (SAC)", (75.0, 5.6), (67.0, 2.9)
    "Soft Modularization (SAC)", (64.0, 4.7), (62.0, 2.1)
    "multi-head MT-SAC", (61.0, 8.5), (29.0, 2.6)
    "MT-SAC", (36.0, 18.0), (25.0, 0.7)
]

let ours =
    let moments preset =
        let values = success "trained" preset
        List.average values, deviation values

    "MT-PPO here: 4 M, 25 M steps", moments "fast/mt10-brief", moments "fast/mt50"

let point name (mean, deviation) : IntervalPoint = {
    Name = name
    Value = mean / 100.0
    Interval =
        if deviation = 0.0 then
            None
        else
            Some {
                Low = (mean - deviation) / 100.0
                High = min 1.0 ((mean + deviation) / 100.0)
            }
}

let picture =
    IntervalFigure.svg {
        Title = "Success, mean over tasks, and standard deviation over seeds"
        Panels = [
            "MT10", [ for name, mt10, _ in ours :: published -> point name mt10 ]
            "MT50", [ for name, _, mt50 in ours :: published -> point name mt50 ]
        ]
    }

File.WriteAllText(Path.Combine(results, "published.svg"), picture)
