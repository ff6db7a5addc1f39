namespace MtrlFunctional.Cli.Tests.Docs

open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
open MtrlFunctional.Site
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests.Docs.DocumentationFiles

/// F# and C# in the documentation is part of a file that is compiled with the solution, or of a script that
/// tests run: what does not compile does not pass. Snippets that stand nowhere else are in
/// `Docs/Snippets.fs` and in `tests/Interop.Tests/Docs/Snippets.cs`.
[<TestFixture>]
module ``snippets of the documentation`` =
    let private inBuild (file: string) =
        not (file.Contains "/obj/" || file.Contains "/bin/")

    let private filesOf folder pattern =
        Directory.GetFiles(
            Path.Combine(Repository.root, folder),
            pattern,
            SearchOption.AllDirectories
        )
        |> Seq.filter inBuild

    /// Compiled files by language.
    let private compiled =
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

    let private indented count (text: string) =
        text.Split '\n'
        |> Array.map (fun line ->
            if line = "" then
                line
            else
                String.replicate count " " + line)
        |> String.concat "\n"

    let private isImport (line: string) =
        line = "" || Regex.IsMatch(line, @"^(using [A-Z][\w.]*;|open [\w.]+)$")

    /// Imports at the top stand somewhere; what follows stands as it is, however far indented. A line with "…"
    /// stands for what is left out.
    let private isCompiled (block: Markdown.CodeBlock) =
        let sources = compiled[block.Language].Value
        let lines = block.Text.Split '\n'
        let imports = Array.takeWhile isImport lines
        let rest = Array.skip imports.Length lines |> String.concat "\n"

        let stands (part: string) =
            [ 0; 4; 8; 12 ] |> List.exists (fun by -> sources.Contains(indented by part))

        imports |> Array.forall sources.Contains
        && Regex.Split(rest, "(?m)^ *…\n") |> Array.forall stands

    let private snippets = [
        for page in instructions do
            for block in Markdown.codeBlocks page.Text do
                if compiled.ContainsKey block.Language then
                    page, block
    ]

    [<Test>]
    let ``are compiled with the solution`` () =
        Assert.That(snippets.Length, Is.GreaterThan 20)

        let missing = [
            for page, block in snippets do
                if not (isCompiled block) then
                    let first = block.Text.Split '\n' |> Array.head
                    $"{page.Path}:{block.Line}: not in a compiled file: {first}"
        ]

        Assert.That(missing, Is.Empty)
