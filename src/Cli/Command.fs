/// What a command of the program is, and how its words become options.
///
/// A command file declares its options as an Argu template and a function over the parsed
/// result; `define` makes a `Command` of them. The parser is built only when the command runs,
/// because its reflection costs more than the rest of the start.
///
/// Reading order: Command → define; parsing is in `parse`.
module Mtrl.Cli.Command

open System
open System.IO
open Argu
open MtrlFunctional

/// One command: `mtrl NAME …`.
type Command = {
    Name: string
    /// One line for the list of commands.
    Summary: string
    /// Lines like "mtrl eval runs/1/seed-1" shown under the options.
    Examples: string list
    /// Runs with the words after the name; returns the exit code.
    Run: string list -> int
}

/// The words a parser knows: "--json", "-m" …
let private optionNames (parser: ArgumentParser<_>) =
    parser.GetArgumentCases()
    |> List.collect (fun case -> case.CommandLineNames.Value)

/// A word that looks like an option and is none: Argu would swallow it as an override.
/// Negative numbers are values.
let private unknownOptions known (words: string list) =
    let isOption (word: string) =
        word.StartsWith '-' && not (Double.TryParse(word) |> fst)

    let name (word: string) = word.Split('=') |> Array.head

    words
    |> List.filter (fun word -> isOption word && not (List.contains (name word) known))

let private help (parser: ArgumentParser<_>) (summary: string) examples =
    printfn $"{summary}\n"
    printfn $"{parser.PrintUsage().TrimEnd()}"

    if examples <> [] then
        printfn "\nEXAMPLES:\n"
        examples |> List.iter (printfn "    %s")

    ExitCode.Done

/// Every mistake in the words, or what they say.
let private parse (parser: ArgumentParser<'o>) name (words: string list) =
    let known = "--help" :: optionNames parser

    match unknownOptions known words with
    | [] ->
        try
            Ok(parser.ParseCommandLine(List.toArray words, raiseOnUsage = false))
        with :? ArguParseException as e ->
            // Argu appends the usage text; the first line is the mistake.
            let mistake =
                (Array.head (e.Message.Split('\n'))).Replace("ERROR: ", "").TrimEnd('.', '\r')

            Error [ $"{mistake}. 'mtrl {name} --help' lists the options." ]
    | unknown ->
        unknown
        |> List.map (fun word -> $"{word}: no such option.{Mtrl.Nearest.hint known word}")
        |> Error

/// Prints mistakes the way every command does.
let mistakes name (messages: string list) =
    eprintfn $"mtrl {name}: {messages.Length} mistake(s), nothing was started."
    messages |> List.iter (eprintfn "  %s")
    ExitCode.WrongInput

/// A file that will be written after long work: refused now where its folder does not exist, or
/// where it is a folder itself.
let checkedFile option (file: string) =
    if Directory.Exists file then
        raise (MtrlException $"{option} {file}: is a folder; must be the name of a file.")

    let folder = Path.GetDirectoryName(Path.GetFullPath file)

    if not (Directory.Exists folder) then
        raise (MtrlException $"{option} {file}: there is no folder {folder}.")

    file

/// A count that is at least 1; `written` is how the user wrote it.
let atLeastOne (written: string) value =
    if value < 1 then
        raise (MtrlException $"{written}: must be at least 1.")

    value

/// A command from its options and what they do.
let define<'options when 'options :> IArgParserTemplate>
    name
    summary
    examples
    (run: ParseResults<'options> -> int)
    =
    let run words =
        let parser = ArgumentParser.Create<'options>(programName = $"mtrl {name}")

        if words |> List.exists (fun word -> word = "--help" || word = "-h") then
            help parser summary examples
        else
            match parse parser name words with
            | Ok options -> run options
            | Error messages -> mistakes name messages

    { Name = name; Summary = summary; Examples = examples; Run = run }
