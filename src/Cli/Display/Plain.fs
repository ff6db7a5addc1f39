/// A run without a terminal: the lines of `train.log` as they come.
module Mtrl.Cli.Display.Plain

open System.IO
open MtrlFunctional.Training

/// Writes the lines of every publication.
let run (out: TextWriter) (train: (TrainingProgress -> unit) -> 'result) =
    train (fun p ->
        for line in p.Lines do
            out.WriteLine line

        out.Flush())
