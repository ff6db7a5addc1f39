module MtrlFunctional.Cli.Tests.Docs.CommandTests

open Expecto
open Expecto.Flip
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional.Rendering
open MtrlFunctional.Site
open MtrlFunctional.Tests
open MtrlFunctional.Cli
open MtrlFunctional.Cli.With
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.Tests
open MtrlFunctional.Cli.Tests.Docs.DocumentationFiles

/// Commands in the documentation: each exists with its options, words of a configuration resolve, and files
/// of the repository that it names exist.
let ``commands of the documentation`` = [
    /// Lines of a block with those continued by "\" joined.
    let lines (block: Markdown.CodeBlock) =
        block.Text.Replace("\\\n", " ").Split '\n' |> Seq.map _.Trim()

    let shells = [ "sh"; "console" ]

    /// A command in running text: `./mtrl …`.
    let inText = Regex "`(\./mtrl [^`]+)`"

    /// Command lines of a page, with the number of a line.
    let commandsOf page = [
        for block in Markdown.codeBlocks page.Text do
            if List.contains block.Language shells then
                for line in lines block do
                    if block.Language = "sh" || line.StartsWith "$ " then
                        block.Line, line.TrimStart('$', ' ')

        for number, line in page.Text.Split '\n' |> Seq.indexed do
            for command in inText.Matches line do
                number + 1, command.Groups[1].Value
    ]

    /// Words without comments; names in capitals, and "…", stand for what a reader fills in.
    let wordsOf (line: string) =
        let placeholder = Regex @"(^|[=/])[A-Z]{2,}[A-Z.]*$|…|^<|^\[|^NAME$|^F$"

        Regex.Matches(Regex.Replace(line, @"\s#\s.*$", ""), @"(?:[^\s']|'[^']*')+")
        |> Seq.map _.Value.Replace("'", "")
        |> Seq.takeWhile (fun word -> not (List.contains word [ "|"; "&&"; ">" ]))
        |> Seq.filter (fun word -> not (placeholder.IsMatch word))
        |> List.ofSeq

    let isOverride (word: string) =
        word.Contains '=' && not (word.StartsWith '-')

    /// The problem with `mtrl NAME words`; "…" in the line stands for words without which it does not resolve.
    let problem isWhole name (words: string list) =
        match Program.commands |> List.tryFind (fun command -> command.Name = name) with
        | _ when
            List.contains name [ "build"; "test"; "docs"; "physics"; "help"; "--help"; "--yes" ]
            ->
            None
        | None -> Some $"{name}: no such command"
        | Some command ->
            let declared = "--verbose" :: "--assets" :: "--with" :: command.Options()

            let unknown =
                words
                |> List.filter (fun w -> Regex.IsMatch(w, "^-+[a-z]"))
                |> List.tryFind (fun w -> not (List.contains (w.Split('=')[0]) declared))

            match unknown, List.filter isOverride words with
            | Some option, _ -> Some $"{option}: no such option"
            | None, overrides when
                isWhole
                && not overrides.IsEmpty
                && not (List.contains "--with" words)
                && List.contains name [ "train"; "config" ]
                ->
                if List.contains "-m" words then
                    let printed = Capture.mtrl ("config" :: "-m" :: overrides)
                    if printed.Exit = 0 then None else Some(printed.Err.Trim())
                else
                    match Experiment.readWith (Given.additions ()) overrides with
                    | Ok _ -> None
                    | Error mistakes -> Some(mistakes |> List.map string |> String.concat "\n")
            | None, _ when name = "list" ->
                let printed =
                    Capture.mtrl (name :: List.filter (fun w -> not (w.StartsWith '-')) words)

                if printed.Exit = 0 then None else Some(printed.Err.Trim())
            | _ -> None

    /// The problem with a line of a shell.
    let problemOf (line: string) =
        match wordsOf line with
        | "./mtrl" :: name :: words ->
            problem (not (line.Contains '…')) name (GarageCommand.ofPapers words)
        | "dotnet" :: words ->
            words
            |> List.tryFind (fun w ->
                Regex.IsMatch(w, "^(scripts|samples|tests|eng|src)/[^*]+$")
                && not (w.Contains "/bin/")
                && not (Path.Exists(Path.Combine(Repository.root, w))))
            |> Option.map (fun path -> $"{path}: no such file")
        | _ -> None

    testCase "can be given" (fun () ->
        let commands = [
            for page in instructions do
                for line, command in commandsOf page do
                    page.Path, line, command
        ]

        commands.Length |> isAbove 150

        let problems = [
            for command, uses in List.groupBy (fun (_, _, command) -> command) commands do
                match problemOf command with
                | Some problem ->
                    let path, line, _ = List.head uses
                    $"{path}:{line}: {command}: {problem}"
                | None -> ()
        ]

        problems |> isEmpty)

    testTheory "with a mistake are named" [
        "./mtrl tarin env=metaworld-mt10", "tarin: no such command"
        "./mtrl eval RUN --al-goals", "--al-goals: no such option"
        "./mtrl train env=metaworld-mt10 agent=mtpo # a comment", "agent = mtpo: must be"
        "dotnet fsi scripts/none.fsx", "scripts/none.fsx: no such file"
    ]
    <| fun (line, problem) -> problemOf line |> Option.defaultValue "" |> contains problem
]

let ``keys in the documentation`` = [
    /// Those of the page of the configuration.
    let known () =
        let page =
            pages |> List.find (fun page -> page.Path = "docs/reference/configuration.md")

        Regex.Matches(page.Text, @"(?m)^\| `([^`]+)`")
        |> Seq.map _.Groups[1].Value
        |> List.ofSeq

    /// "a.{b,c}" as "a.b" and "a.c".
    let expand (key: string) =
        let m = Regex.Match(key, @"^(.*)\{(.*)\}(.*)$")

        if m.Success then
            [
                for part in m.Groups[2].Value.Split ',' ->
                    m.Groups[1].Value + part + m.Groups[3].Value
            ]
        else
            [ key ]

    /// A key, the name of a group, or "group.*".
    let exists known (key: string) =
        let name =
            if key.EndsWith ".*" then
                key.Substring(0, key.Length - 2)
            else
                key

        known |> List.exists (fun k -> k = name || k.StartsWith $"{name}.")

    testCase "of algorithms and networks exist" (fun () ->
        let keys = [
            for page in pages do
                if
                    page.Path.StartsWith "docs/algorithms/"
                    || page.Path.StartsWith "docs/networks/"
                then
                    for m in
                        Regex.Matches(
                            page.Text,
                            @"`((?:agent|replay_buffer)\.[\w.{},*]+?)(?:=[^`]*)?`"
                        ) do
                        for key in expand m.Groups[1].Value -> page.Path, key
        ]

        let known = known ()
        keys.Length |> isAbove 20
        keys |> List.filter (fun (_, key) -> not (exists known key)) |> isEmpty)
]

let ``pages of algorithms`` = [
    testCase "are listed for each word of agent=" (fun () ->
        let index = pages |> List.find (fun page -> page.Path = "docs/algorithms/README.md")
        let listed = (Capture.finished [ "list"; "agents" ]).Split '\n' |> Array.skip 1

        let words =
            listed
            |> Array.map (fun line -> line.Split(' ')[0])
            |> Array.filter (fun word ->
                word <> "" && not (Regex.IsMatch(word, "^(pcgrad|gradnorm)_")))

        words.Length |> isAbove 5

        for word in words do
            index.Text |> contains $"`{word}`")
]

let ``guides`` = [
    let guides = pages |> List.filter (fun page -> page.Path.StartsWith "docs/guides/")

    /// The first block: at most five lines, of commands ("$ …") and what they show.
    let opening page =
        Regex
            .Match(page.Text, @"\A# [^\n]+\n\n```console\n((?:[^\n]*\n){2,5}?)```\n")
            .Groups[1].Value

    testCase "open with at most five lines of a command and what it shows" (fun () ->
        guides.Length |> isAbove 20

        for guide in guides do
            let lines = (opening guide).TrimEnd('\n').Split '\n'
            lines[0] |> Expect.stringStarts guide.Path "$ "

            lines
            |> Array.filter (fun line -> not (line.StartsWith "$ "))
            |> Seq.isEmpty
            |> Expect.isFalse guide.Path)

    /// Trainings and physics differ in their last digits from processor to processor.
    let withoutNumbers text =
        Regex.Replace(text, @"[0-9][0-9.,]*", "#")

    /// Commands of the program that need nothing that is not installed with it; in the short form those that end soon.
    let isRun (command: string) =
        match Words.split command with
        | "./mtrl" :: name :: _ ->
            match name with
            | "docs"
            | "physics"
            | "play"
            | "watch" -> false
            | "train"
            | "tune"
            | "resume" -> LongForm.isAsked
            | "eval" when command.Contains "--all-goals" -> LongForm.isAsked
            | "gallery" -> Graphics.IsAvailable
            | _ -> true
        | _ -> false

    let folder = TestFolder.create "guides"

    let made =
        lazy
            Directory.CreateSymbolicLink(
                Path.Combine(folder, "tests"),
                Path.Combine(Repository.root, "tests")
            )

    /// The program in this process, with its messages in its output; what follows a pipe by a shell.
    let printed (command: string) =
        let words, filter =
            match command.IndexOf " | " with
            | -1 -> command, "cat"
            | at -> command[.. at - 1], command[at + 3 ..]

        let output = Path.Combine(folder, "output")

        let words =
            Words.split (words.Replace(" 2>&1", "")) |> List.tail |> List.map _.Trim('\'')

        File.WriteAllText(output, Capture.shown folder words)

        let _, out, _ =
            ChildProcess.executeIn folder "bash" [ "-c"; $"cat output | {filter}" ] []

        // A busy machine tells how far a long evaluation is.
        out.Split '\n'
        |> Array.filter (fun line ->
            not (Regex.IsMatch(line, "^mtrl: .*: (episode|goal) [0-9,]+ of [0-9,]+")))
        |> String.concat "\n"
        |> _.TrimEnd('\n')

    /// In one folder and in the order of their names: a guide may show a run of one before it.
    yield!
        after made [
            testNamed "show what their commands print" [
                for guide in guides |> List.sortBy _.Path do
                    let lines = (opening guide).TrimEnd('\n').Split '\n'
                    let command = lines[0].TrimStart('$', ' ')

                    if isRun command then
                        Path.GetFileNameWithoutExtension guide.Path |> nonNull,
                        (command, String.concat "\n" lines[1..])
            ]
            <| fun (command, expected) ->
                let isFixed = Regex.IsMatch(command, @"^\./mtrl (config|list|train|resume) ")
                let text = if isFixed then id else withoutNumbers
                text (printed command) |> equals (text expected)
        ]
]

let ``the README`` = [
    testCase "has at most 120 lines" (fun () ->
        let readme = pages |> List.find (fun page -> page.Path = "README.md")
        readme.Text.Split('\n').Length - 1 |> isAtMost 120)
]
