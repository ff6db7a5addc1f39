/// Display of a run without a terminal: prints the lines of `train.log`.
module MtrlFunctional.Cli.Display.Plain

open System.IO
open MtrlFunctional.Training

/// Writes the lines of each publication of `train`.
let run (out: TextWriter) (train: (TrainingProgress -> unit) -> 'result) =
    train (fun p ->
        for line in p.Lines do
            out.WriteLine line

        out.Flush())
