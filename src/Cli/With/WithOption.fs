/// `--with FILE` before or behind a command: its extensions.
module MtrlFunctional.Cli.With.WithOption

open System.IO
open MtrlFunctional
open MtrlFunctional.Training

/// The file, and the other words. Raises MtrlException.
let take words =
    match GlobalOption.take "--with" "a file, --with arm.fsx or --with arm.dll" words with
    | [], words -> None, words
    | [ given ], words -> Some(UserPath.expandHere given |> Option.defaultValue given), words
    | _ -> refuse "--with: is given more than once."

/// Runs a command with the extensions of a file.
let run (file: string) (command: unit -> int) =
    let given = $"--with {file}"
    let refuse why = refuse $"{given}: {why}"

    let load library =
        Library.load given Script.ExtensionsOf library

    if Directory.Exists file then
        refuse "is a folder."

    if not (File.Exists file) then
        refuse "no such file."

    match Path.GetExtension file with
    | ".dll" -> Given.withinFile file (load file) command
    | ".fsx" ->
        use folder = new ScriptFolder()
        let extensions = CompiledScript.into folder.Path given file |> load
        Given.withinFile file extensions command
    | _ -> refuse "must be a script of F# (.fsx) or a library of .NET (.dll)."
