/// The extensions of the running command: the program's own, and the extensions of `--with FILE`.
module MtrlFunctional.Cli.With.Given

open System
open System.IO
open System.Security.Cryptography
open MtrlFunctional
open MtrlFunctional.Physics
open MtrlFunctional.Training

/// The extensions that the program contains.
let private ofProgram = [ MtrlFunctional.Cadm.CadmExtension.extensions ]

/// The program's extensions and others, which a script may name as well.
let private withProgram (others: Extensions) =
    List.foldBack
        (fun (one: Extensions) all -> one.And all)
        (List.except [ others ] ofProgram)
        others

/// Parts as the program gives them and as the core has them: for their sizes own environments are made, so once.
let private withCore (parts: Extensions) = parts, lazy parts.Additions

let mutable private given = withCore (withProgram Extensions.None)

/// The file of `--with`, and its hash.
let mutable private file: (string * string) option = None

let extensions () = fst given

/// The extensions as the core reads them.
let additions () = (snd given).Value

/// What distinguishes the file of `--with` from another one, as words; none without it.
let identity () = [
    for _, hash in Option.toList file do
        $"--with {hash}"
]

/// The words that give the same parts to another process.
let words () = [
    for path, _ in Option.toList file do
        yield! [ "--with"; path ]
]

let within parts (command: unit -> int) =
    let before = given
    given <- withCore (withProgram parts)

    try
        command ()
    finally
        given <- before

/// As `within`, with the parts of a file.
let withinFile (path: string) parts command =
    let hash = File.ReadAllBytes path |> SHA256.HashData |> Convert.ToHexStringLower
    file <- Some(Path.GetFullPath path, hash[..15])

    try
        within parts command
    finally
        file <- None

/// What words describe with these parts, or all mistakes.
let private build
    (words: string list)
    (make: ExperimentBuilder -> 'built)
    : Result<'built, string list> =
    try
        Ok(make (ExperimentBuilder.Of(List.toArray words).With(extensions ())))
    with
    // One mistake, with the line of the model.
    | :? PhysicsException as mistake -> Error [ mistake.Message ]
    | :? MtrlException as mistakes ->
        Error(List.ofArray (mistakes.Message.Split Environment.NewLine))

let resolve words = build words _.Build()

let sweep words = build words _.BuildSweep()

let search options words = build words _.BuildSearch(options)

/// The experiment of a configuration, changed by words.
let revise configuration words = build words _.BuildOn(configuration)
