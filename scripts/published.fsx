// Success on MT10 and MT50 beside published rows, as docs/results/published.svg.
//
//   ./mtrl build
//   dotnet fsi scripts/published.fsx
//
// Sources, and what their protocols are: docs/results.md, "Beside published results".
#load "mtrl.fsx"

open System.IO
open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Figures

/// Name, then mean and standard deviation over seeds in percent for MT10 and MT50; 0: not known.
let rows = [
    "MT-PPO here: 4 M, 25 M steps", (99.4, 0.6), (97.5, 0.0)
    "TOPPO (PPO)", (97.2, 0.0), (90.9, 0.0)
    "T3S (SAC): 15 M, 50 M steps", (80.0, 0.9), (65.0, 1.4)
    "CAGrad (SAC)", (75.0, 5.6), (67.0, 2.9)
    "Soft Modularization (SAC)", (64.0, 4.7), (62.0, 2.1)
    "multi-head MT-SAC", (61.0, 8.5), (29.0, 2.6)
    "MT-SAC", (36.0, 18.0), (25.0, 0.7)
]

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
            "MT10", [ for name, mt10, _ in rows -> point name mt10 ]
            "MT50", [ for name, _, mt50 in rows -> point name mt50 ]
        ]
    }

File.WriteAllText(
    Path.Combine(__SOURCE_DIRECTORY__, "..", "docs", "results", "published.svg"),
    picture
)
