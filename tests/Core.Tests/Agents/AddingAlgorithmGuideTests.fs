namespace MtrlFunctional.Tests.Agents

open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
open MtrlFunctional.Tests

/// The code in docs/guides/adding-an-algorithm.md is that of tests/Td3.
[<TestFixture>]
module ``guide to adding an algorithm`` =
    let private repository = Repository.root

    let private text path =
        File.ReadAllText(Path.Combine(repository, path)).ReplaceLineEndings "\n"

    /// A file named in backquotes, and the code block that follows it.
    let private excerpts =
        Regex.Matches(
            text "docs/guides/adding-an-algorithm.md",
            "`(tests/Td3/[^`]+)`[^\n]*\n\n```fsharp\n(.*?)```",
            RegexOptions.Singleline
        )
        |> Seq.map (fun found -> found.Groups[1].Value, found.Groups[2].Value)
        |> Seq.toList

    [<Test>]
    let ``every code block is an excerpt of the file that is named before it`` () =
        let blocks =
            Regex.Matches(text "docs/guides/adding-an-algorithm.md", "```fsharp").Count

        Assert.That(excerpts.Length, Is.EqualTo blocks)
        Assert.That(blocks, Is.GreaterThan 4)

        for file, excerpt in excerpts do
            // Lines with "…" stand for what is left out.
            for part in Regex.Split(excerpt, "(?m)^ *…\n") do
                Assert.That(text file, Does.Contain part, file)

    [<Test>]
    let ``every file of the example is named`` () =
        let guide = text "docs/guides/adding-an-algorithm.md"

        for file in Directory.GetFiles(Path.Combine(repository, "tests", "Td3"), "*.fs") do
            Assert.That(guide, Does.Contain $"tests/Td3/{Path.GetFileName file}")
