// Draws the evaluations of docs/results/variants.jsonl: for each task and mode the mean return over seeds, and the range
// from the lowest to the highest seed. Results: docs/results.md.
//
//   ./mtrl build
//   dotnet fsi scripts/variants-curves.fsx
#load "mtrl.fsx"

open System.IO
open System.Text.Json
open MtrlFunctional.Cli.Figures
open MtrlFunctional.Statistics

type Evaluation = { Row: string; Mode: string; Step: float; Return: float }

let results = Path.Combine(__SOURCE_DIRECTORY__, "..", "docs", "results")

let evaluations = [
    for line in File.ReadLines(Path.Combine(results, "variants.jsonl")) do
        use json = JsonDocument.Parse line
        let field (name: string) = json.RootElement.GetProperty name

        {
            Row = string (field "row")
            Mode = string (field "mode")
            Step = (field "step").GetDouble()
            Return = (field "return").GetDouble()
        }
]

let tasks = [
    "walker-walk-len", "walker-walk, half length of the left foot"
    "cheetah-run-torso-length", "cheetah-run, length of the torso"
]

let agents = [ "sac", "SAC"; "deepmdp", "DeepMDP"; "hipbmdp", "HiP-BMDP" ]

/// Returns of all seeds at each step.
let bySteps task mode agent =
    evaluations
    |> List.filter (fun e -> e.Row = $"variants/{task}-{agent}" && e.Mode = mode)
    |> List.groupBy _.Step
    |> List.sortBy fst
    |> List.map (fun (step, all) -> step, List.map _.Return all)

let series task mode (agent, name) =
    let steps = bySteps task mode agent

    let edge pick = [ for step, returns in steps -> struct (step, (pick returns: float)) ]

    [
        {
            Name = name
            Mark = Mark.Band
            Points = edge List.max @ List.rev (edge List.min) |> List.toArray
        }
        { Name = name; Mark = Mark.Line; Points = edge List.average |> List.toArray }
    ]

let figure = {
    Title = "Variants of models: return, mean and range over seeds"
    Columns = 3
    Panels = [
        for task, title in tasks do
            let highest =
                evaluations
                |> List.filter _.Row.StartsWith($"variants/{task}")
                |> List.map _.Return
                |> List.max

            for mode in [ "base"; "interpolation"; "extrapolation" ] ->
                {
                    Title = $"{title}: {mode}"
                    XLabel = "environment steps of each variant"
                    YRange = Some(0.0, 100.0 * ceil (highest / 100.0))
                    Percent = false
                    Series = agents |> List.collect (series task mode)
                }
    ]
}

File.WriteAllText(Path.Combine(results, "variants.svg"), CurveFigure.svg figure)
