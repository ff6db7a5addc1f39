/// `--with FILE` before or behind a command: its extensions.
module MtrlFunctional.Cli.With.WithOption

open System.IO
open MtrlFunctional

/// The file, and the other words; or what is wrong.
let rec take (words: string list) : Result<string option * string list, string> =
    let named (given: string) rest =
        match take rest with
        | Ok(Some _, _) -> Error "--with: is given more than once."
        | Ok(None, rest) -> Ok(Some(UserPath.expandHere given |> Option.defaultValue given), rest)
        | Error mistake -> Error mistake

    match words with
    | [ "--with" ] -> Error "--with: needs a file, --with arm.fsx or --with arm.dll."
    | "--with" :: file :: rest -> named file rest
    | word :: rest when word.StartsWith "--with=" -> named (word.Substring 7) rest
    | word :: rest -> take rest |> Result.map (fun (file, rest) -> file, word :: rest)
    | [] -> Ok(None, [])

/// Runs a command with the extensions of a file.
let run (file: string) (command: unit -> int) =
    let refuse why =
        raise (MtrlException $"--with {file}: {why}")

    if Directory.Exists file then
        refuse "is a folder."

    if not (File.Exists file) then
        refuse "no such file."

    match Path.GetExtension file with
    | ".dll" -> Given.withinFile file (Library.load file file) command
    | ".fsx" ->
        use folder = new ScriptFolder()
        let extensions = CompiledScript.into folder.Path file |> Library.load file
        Given.withinFile file extensions command
    | _ -> refuse "must be a script of F# (.fsx) or a library of .NET (.dll)."
