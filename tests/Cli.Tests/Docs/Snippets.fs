/// F# of the documentation that stands nowhere else: compiled, so that a page shows only what compiles. What it
/// calls has tests of its own.
module MtrlFunctional.Cli.Tests.Docs.Snippets

open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery

// README.md, docs/guides/experiments.md
let trainTyped () =
    Experiment.mt10
    |> Experiment.withAgent "mtppo"
    |> Experiment.withActor (fun actor -> { actor with HiddenDim = 400 })
    |> Experiment.withSeed 1
    |> Run.train

// docs/guides/gradient-surgery.md
let combineGradients tasks rows losses step key =
    let surgery = PcGrad.surgery PcGrad.paper
    let memory = surgery.Start tasks

    // rows: [tasks; parameters], losses: one number for each task
    let combined =
        Surgery.combine surgery (TaskGradients.create rows losses) (Key.at step key) memory
    // combined.Direction: [parameters]; combined.State: for the next update; combined.Diagnostics
    combined
