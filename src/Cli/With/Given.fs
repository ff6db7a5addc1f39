/// The parts that `--with FILE` gives to the command of this process.
module MtrlFunctional.Cli.With.Given

open System
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Training

let mutable private given = Extensions.None

/// Those of the running command.
let extensions () = given

/// Refuses what trains with the parts of the library alone.
let requireNone option =
    if not (Object.ReferenceEquals(given, Extensions.None)) then
        raise (
            MtrlException
                $"--with: {option} trains with parts of the library alone. Leave one of the two out."
        )

/// Runs a command with parts.
let within parts (command: unit -> int) =
    let before = given
    given <- parts

    try
        command ()
    finally
        given <- before

/// The experiment that words describe with these parts, and remarks on it; or all mistakes.
let resolve (words: string list) : Result<Experiment * string list, string list> =
    try
        let built = ExperimentBuilder.Of(List.toArray words).With(given).Build()
        Ok(built.Experiment, List.ofSeq built.Warnings)
    with :? MtrlException as mistakes ->
        Error(List.ofArray (mistakes.Message.Split Environment.NewLine))
