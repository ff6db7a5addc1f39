module MtrlFunctional.Cli.Tests.Docs.SnippetTests

open Expecto
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional.Site
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests.Docs.DocumentationFiles

/// F# and C# in the documentation is part of a file that is compiled with the solution, or of a script that
/// tests run: what does not compile does not pass. Snippets that stand nowhere else are in
/// `Docs/Snippets.fs` and in `tests/Interop.Tests/Docs/Snippets.cs`.
let ``snippets of the documentation`` = [
    let inBuild (file: string) =
        not (file.Contains "/obj/" || file.Contains "/bin/")

    let filesOf folder pattern =
        Directory.GetFiles(
            Path.Combine(Repository.root, folder),
            pattern,
            SearchOption.AllDirectories
        )
        |> Seq.filter inBuild

    /// Compiled files by language.
    let compiled =
        let text files =
            files |> Seq.map File.ReadAllText |> String.concat "\n"

        dict [
            "csharp",
            lazy
                (Seq.collect (fun folder -> filesOf folder "*.cs") [ "src"; "samples"; "tests" ]
                 |> text)
            "fsharp",
            lazy
                (Seq.append
                    (Seq.collect (fun folder -> filesOf folder "*.fs") [ "src"; "tests" ])
                    (Seq.append (filesOf "scripts/examples" "*.fsx") [
                        Path.Combine(Repository.root, "scripts", "train-reach.fsx")
                    ])
                 |> text)
        ]

    let indented count (text: string) =
        text.Split '\n'
        |> Array.map (fun line ->
            if line = "" then
                line
            else
                String.replicate count " " + line)
        |> String.concat "\n"

    let isImport (line: string) =
        line = "" || Regex.IsMatch(line, @"^(using [A-Z][\w.]*;|open [\w.]+)$")

    /// Imports at the top stand somewhere; what follows stands as it is, however far indented. A line with "…"
    /// stands for what is left out.
    let isCompiled (block: Markdown.CodeBlock) =
        let sources = compiled[block.Language].Value
        let lines = block.Text.Split '\n'
        let imports = Array.takeWhile isImport lines
        let rest = Array.skip imports.Length lines |> String.concat "\n"

        let stands (part: string) =
            [ 0; 4; 8; 12 ] |> List.exists (fun by -> sources.Contains(indented by part))

        imports |> Array.forall sources.Contains
        && Regex.Split(rest, "(?m)^ *…\n") |> Array.forall stands

    testCase "are compiled with the solution" (fun () ->
        let snippets = [
            for page in instructions do
                for block in Markdown.codeBlocks page.Text do
                    if compiled.ContainsKey block.Language then
                        page, block
        ]

        snippets.Length |> isAbove 20

        let missing = [
            for page, block in snippets do
                if not (isCompiled block) then
                    let first = block.Text.Split '\n' |> Array.head
                    $"{page.Path}:{block.Line}: not in a compiled file: {first}"
        ]

        missing |> isEmpty)

    testCase "name files that exist" (fun () ->
        let file = Regex @"`((?:src|tests|extensions|samples|scripts)/[^`\s<>*{}…]+\.\w+)`"

        let named = [
            for page in instructions do
                for found in file.Matches page.Text -> page.Path, found.Groups[1].Value
        ]

        named.Length |> isAbove 50

        named
        |> List.filter (fun (_, path) -> not (Path.Exists(Path.Combine(Repository.root, path))))
        |> isEmpty)
]
