/// The parts that `--with FILE` gives to the command of this process.
module MtrlFunctional.Cli.With.Given

open System
open System.IO
open System.Security.Cryptography
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Training

let mutable private given = Extensions.None

let mutable private fileHash: string option = None

/// Those of the running command.
let extensions () = given

/// What distinguishes the file of `--with` from another one, as words; none without it.
let identity () = [
    for hash in Option.toList fileHash do
        $"--with {hash}"
]

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

/// As `within`, with the parts of a file.
let withinFile (file: string) parts command =
    let hash = File.ReadAllBytes file |> SHA256.HashData |> Convert.ToHexStringLower
    fileHash <- Some hash[..15]

    try
        within parts command
    finally
        fileHash <- None

/// The experiment that words describe with these parts, and remarks on it; or all mistakes.
let resolve (words: string list) : Result<Experiment * string list, string list> =
    try
        let built = ExperimentBuilder.Of(List.toArray words).With(given).Build()
        Ok(built.Experiment, List.ofSeq built.Warnings)
    with :? MtrlException as mistakes ->
        Error(List.ofArray (mistakes.Message.Split Environment.NewLine))
