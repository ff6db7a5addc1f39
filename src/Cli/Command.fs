/// Definition of a command, and the parser of its arguments.
///
/// A command file declares its options as an Argu template and a function of the parsed
/// result; `define` combines them into a `Command`. The parser is built only when the command
/// runs: its reflection takes longer than the rest of the program's start.
///
/// Reading order: Command → define; parsing is in `parse`.
module MtrlFunctional.Cli.Command

open System
open System.IO
open Argu
open MtrlFunctional
open MtrlFunctional.Cli.Display

/// One command: `mtrl NAME …`.
type Command = {
    Name: string
    /// One line, for the list of commands.
    Summary: string
    /// Command lines such as "mtrl eval runs/1/seed-1", printed below the options.
    Examples: string list
    /// Runs with the arguments after the name; returns the exit code.
    Run: string list -> int
}

/// Names of all options of a parser: "--json", "-m" …
let private optionNames (parser: ArgumentParser<_>) =
    parser.GetArgumentCases()
    |> List.collect (fun case -> case.CommandLineNames.Value)

/// Arguments that look like options but are not declared; Argu would parse them as overrides.
/// Negative numbers are values.
let private unknownOptions declared (words: string list) =
    let isOption (word: string) =
        word.StartsWith '-' && not (Double.TryParse(word) |> fst)

    let name (word: string) = word.Split('=') |> Array.head

    words
    |> List.filter (fun word -> isOption word && not (List.contains (name word) declared))

let private help (parser: ArgumentParser<_>) (summary: string) examples =
    printfn $"{summary}\n"
    printfn $"{parser.PrintUsage().TrimEnd()}"

    if examples <> [] then
        printfn "\nEXAMPLES:\n"
        examples |> List.iter (printfn "    %s")

    ExitCode.Done

/// The parsed options, or every error in the arguments.
let private parse (parser: ArgumentParser<'o>) name (words: string list) =
    let declared = "--help" :: optionNames parser

    match unknownOptions declared words with
    | [] ->
        try
            Ok(parser.ParseCommandLine(List.toArray words, raiseOnUsage = false))
        with :? ArguParseException as e ->
            // Argu appends the usage text; the first line is the error.
            let error =
                (Array.head (e.Message.Split('\n'))).Replace("ERROR: ", "").TrimEnd('.', '\r')

            Error [ $"{error}. 'mtrl {name} --help' lists the options." ]
    | unknown ->
        unknown
        |> List.map (fun word ->
            $"{word}: no such option.{MtrlFunctional.Nearest.hint declared word}")
        |> Error

/// More errors than these are counted only.
let private mostErrors = 50

/// Prints the errors of a command line; returns the exit code for invalid input.
let reportErrors name (messages: string list) =
    eprintfn $"""mtrl {name}: {Format.plural messages.Length "error"}; nothing was started."""
    messages |> List.truncate mostErrors |> List.iter (eprintfn "  %s")

    if messages.Length > mostErrors then
        eprintfn $"  … and {messages.Length - mostErrors:N0} more."

    ExitCode.WrongInput

/// Validates an output file before a long computation: its folder must exist, and it must not be
/// a folder itself.
let checkedFile option (file: string) =
    if Directory.Exists file then
        raise (MtrlException $"{option} {file}: is a folder; must be a file name.")

    let folder = Path.GetDirectoryName(Path.GetFullPath file)

    if not (Directory.Exists folder) then
        raise (MtrlException $"{option} {file}: folder {folder} does not exist.")

    file

/// Validates a count of at least 1; `argument` is the text for the message, "--rounds 0".
let atLeastOne (argument: string) value =
    if value < 1 then
        raise (MtrlException $"{argument}: must be at least 1.")

    value

/// A command from its name, help texts, and a function of its parsed options.
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
            | Error messages -> reportErrors name messages

    { Name = name; Summary = summary; Examples = examples; Run = run }
