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
open FSharp.Reflection
open Argu
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Policies
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Display

/// One command: `mtrl NAME …`.
type Command = {
    Name: string
    /// One line, for the list of commands.
    Summary: string
    /// Command lines such as "mtrl eval runs/1/seed-1", printed below the options.
    Examples: string list
    /// Names of its options: "--json", "-m" …
    Options: unit -> string list
    /// Words that complete a typed beginning: names of tasks, of shipped policies …
    Values: string -> string list
    /// Whether it takes words of a configuration: key=value.
    TakesOverrides: unit -> bool
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

/// Overrides that stand for an undeclared option in a command that takes them: "--seed 1" is setup.seed=1.
let private asOverrides (words: string list) (option: string) =
    let value =
        match option.IndexOf '=', words |> List.skipWhile ((<>) option) with
        | -1, _ :: next :: _ when not (next.StartsWith '-' || next.Contains '=') -> next
        | -1, _ -> "…"
        | at, _ -> option.Substring(at + 1)

    MtrlFunctional.Experiments.Experiment.wordsMeant
        (With.Given.additions ())
        words
        (option.Split('=')[0])
        value

/// Keys near an option that no program has: "--seeed".
let private nearKeys words (option: string) =
    let word = (option.Split('=')[0]).TrimStart('-').Replace('-', '_')

    MtrlFunctional.Experiments.Experiment.keysNear (With.Given.additions ()) words word
    |> List.map (sprintf "%s=…")
    |> MtrlFunctional.Nearest.sentence

let private unknownOption name declared takesOverrides words (option: string) =
    let hydra =
        if takesOverrides then
            HydraWords.ofOption (Array.head (option.Split '='))
        else
            None

    let overrides = if takesOverrides then asOverrides words option else []

    match hydra, overrides with
    | Some instead, _ -> $"{option}: is an option of Hydra; {instead}."
    | None, [] ->
        let advice =
            seq {
                MtrlFunctional.Nearest.hint declared option

                if takesOverrides then
                    nearKeys words option

                $" 'mtrl {name} --help' lists the options."
            }

        let near = Seq.find ((<>) "") advice
        $"{option}: no such option.{near}"
    | None, overrides ->
        let list = String.concat " or " overrides
        $"{option}: no such option. Write {list}."

/// Names of the options whose values have such types, as Argu spells them.
let private optionsOf<'options> isSo =
    FSharpType.GetUnionCases typeof<'options>
    |> Array.filter (fun case -> case.GetFields() |> Array.map _.PropertyType |> isSo)
    |> Array.map (fun case -> "--" + case.Name.ToLowerInvariant().Replace('_', '-'))
    |> set

/// Whether a value is a whole number.
let private isWhole types =
    types
    |> Array.exists (fun found ->
        List.contains found [ typeof<int>; typeof<int64>; typeof<uint32> ])

/// Words behind options of whole numbers as digits: "--episodes 1e3" has 1000.
let rec private withDigits (numbers: Set<string>) words =
    match words with
    | option :: (value: string) :: rest when numbers.Contains option ->
        let digits =
            match ValueText.parse value |> Result.toOption |> Option.bind ValueText.whole with
            | Some whole -> string whole
            | None -> value

        option :: digits :: withDigits numbers rest
    | word :: rest -> word :: withDigits numbers rest
    | [] -> []

/// A path as the shell would have filled it in, where it could not: `--out=~/x`. Keys fill in their own, and `~key` is an
/// override.
let private filledIn takesOverrides (word: string) =
    let isInHome =
        word.StartsWith "~/"
        || not takesOverrides && word.StartsWith '~' && word.Contains '/'

    if isInHome || word.StartsWith '$' then
        UserPath.expandHere word
        |> Option.defaultWith (fun () ->
            refuse
                $"{word}: names a variable that is not set, or the home of somebody else. Write the path in full.")
    else
        word

/// What follows "--" are no options: a path that begins with a dash is one in the current folder.
let private withoutDashes words =
    match List.tryFindIndex ((=) "--") words with
    | Some at ->
        let options, paths = List.splitAt at words

        options
        @ [
            for path in List.tail paths ->
                if path.StartsWith '-' then
                    Path.Combine(".", path)
                else
                    path
        ]
    | None -> words

/// The parsed options, or every error in the arguments.
let private parse (parser: ArgumentParser<'o>) name takesOverrides (words: string list) =
    let words = withoutDashes words
    let declared = "--help" :: optionNames parser

    /// "--name=value" as two words.
    let separated (word: string) =
        match word.IndexOf '=' with
        | at when at > 0 && List.contains word[.. at - 1] declared -> [
            word[.. at - 1]
            word[at + 1 ..]
          ]
        | _ -> [ word ]

    let repeated words =
        words
        |> List.filter (fun word -> List.contains word declared)
        |> List.countBy id
        |> List.filter (fun (_, times) -> times > 1)
        |> List.map (fun (option, _) -> $"{option}: is given more than once.")

    let unknown = unknownOptions declared words

    /// Options without a value that have one: "--plain=true".
    let valued =
        let flags = optionsOf<'o> Array.isEmpty |> Set.add "--help"

        [
            for word in words do
                match word.Split('=', 2) with
                | [| name; _ |] when flags.Contains name -> $"{word}: {name} takes no value."
                | _ -> ()
        ]

    let words' =
        List.collect separated words
        |> List.map (filledIn takesOverrides)
        |> withDigits (optionsOf<'o> isWhole)

    match unknown, valued @ repeated words' with
    | [], [] ->
        try
            Ok(parser.ParseCommandLine(List.toArray words', raiseOnUsage = false))
        with :? ArguParseException as e ->
            // Argu appends the usage text; the first line is the error.
            let error =
                (Array.head (e.Message.Split('\n'))).Replace("ERROR: ", "").TrimEnd('.', '\r')

            Error [ $"{error}. 'mtrl {name} --help' lists the options." ]
    | unknown, others ->
        List.map (unknownOption name declared takesOverrides words) unknown @ others
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

/// Runs what words were given to; their mistakes are reported.
let reporting name (command: unit -> int) =
    try
        command ()
    with Mistakes messages ->
        reportErrors name messages

/// The same of a script, with the messages of other failures.
let guarded verbose name command =
    Failures.guard verbose (fun () -> reporting name command)

/// Rejects the empty name of an option's file or folder.
let private checkedName option what (name: string) =
    if String.IsNullOrWhiteSpace name then
        refuse $"{option} '{name}': is empty; must be the name of a {what}."

/// Whether a file can be made in a folder.
let private isWritable (folder: string) =
    let probe = Path.Combine(folder, $".mtrl-{Guid.NewGuid():N}.tmp")

    try
        using
            (new FileStream(
                probe,
                FileMode.CreateNew,
                FileAccess.Write,
                FileShare.None,
                1,
                FileOptions.DeleteOnClose
            ))
            ignore

        true
    with
    | :? IOException
    | :? UnauthorizedAccessException -> false

/// Validates an output folder, which is made later if it does not exist.
let checkedFolder option (folder: string) =
    checkedName option "folder" folder

    if File.Exists folder then
        refuse $"{option} {folder}: is a file; must be a folder."

    folder

/// Validates an output file before a long computation: its folder must exist and be writable, and it must not be
/// a folder itself.
let checkedFile option (file: string) =
    checkedName option "file" file

    if Directory.Exists file then
        refuse $"{option} {file}: is a folder; must be a file name."

    let folder = nonNull (Path.GetDirectoryName(Path.GetFullPath file))

    if not (Directory.Exists folder) then
        refuse $"{option} {file}: folder {folder} does not exist."

    if RunFolder.Owns file then
        refuse $"{option} {file}: belongs to a run, which would lose it. Name another file."

    if not (OutputFile.IsWrittenInto file || isWritable folder) then
        refuse
            $"{option} {file}: no file can be made in {folder}. Check its rights and the space on its disk, or choose another folder."

    file

/// The number of a port; 0: any free one.
let port number =
    if number < 0 || number > 65_535 then
        refuse $"--port {number}: must be in [0, 65535]."

    number

/// Validates the count of an option: at least 1.
let atLeastOne option count =
    if count < 1 then
        refuse $"{option} {count}: must be at least 1."

    count

/// A command from its name, help texts, and a function of its parsed options.
let define<'options when 'options :> IArgParserTemplate>
    name
    summary
    examples
    (run: ParseResults<'options> -> int)
    =
    let create () =
        ArgumentParser.Create<'options>(programName = $"mtrl {name}")

    let takesOverrides () =
        FSharpType.GetUnionCases typeof<'options>
        |> Array.exists (fun case -> case.Name = "Overrides")

    let run words =
        let parser = create ()

        if words |> List.exists (fun word -> word = "--help" || word = "-h") then
            help parser summary examples
        else
            reporting name (fun () -> parse parser name (takesOverrides ()) words |> valid |> run)

    {
        Name = name
        Summary = summary
        Examples = examples
        Options = fun () -> "--help" :: optionNames (create ())
        Values = fun _ -> []
        TakesOverrides = takesOverrides
        Run = run
    }

/// Variables before `python` that mean nothing to this program.
let private pythonVariables = [ "PYTHONPATH="; "PYTHONUNBUFFERED="; "PYTHONWARNINGS=" ]

/// Says of variables and launchers between the command and `python` that they come too late.
let private noteTooLate (words: string list) =
    let _, late = Overrides.launched words

    for word in late do
        if not (pythonVariables |> List.exists word.StartsWith) then
            eprintfn $"mtrl: {word} has no effect behind the command. Write it before ./mtrl."

/// The command, which also takes words of the papers' programs: `python3 -u main.py` is dropped, a file of garage's
/// examples with its options becomes a preset.
let withPaperWords command =
    let run words =
        noteTooLate words

        match GarageCommand.errorIn words with
        | Some error -> reportErrors command.Name [ string error ]
        | None -> command.Run(GarageCommand.ofPapers words)

    { command with Run = run }

/// The command with names that its words may be, for a shell that completes them.
let completing (names: unit -> string list) (command: Command) = {
    command with
        Values = fun typed -> names () |> List.filter _.StartsWith(typed)
}

/// The same where a word may be a file, too: names follow the first letter, so that a shell offers files before it.
let completingBesideFiles names command =
    let named = completing names command

    {
        command with
            Values = fun typed -> if typed = "" then [] else named.Values typed
    }

/// The names of shipped policies: "policy:mt10".
let policyNames () = List.ofSeq ShippedPolicies.Names
