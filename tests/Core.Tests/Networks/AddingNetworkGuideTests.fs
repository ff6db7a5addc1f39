namespace MtrlFunctional.Tests.Networks

open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
open MtrlFunctional.Tests

/// The code in docs/guides/adding-a-network.md is that of `TaskGates.fs`, and its files exist.
[<TestFixture>]
module ``guide to adding a network`` =
    let private repository = Repository.root

    let private text path =
        File.ReadAllText(Path.Combine(repository, path)).ReplaceLineEndings "\n"

    let private guide = text "docs/guides/adding-a-network.md"
    let private example = text "tests/Core.Tests/Networks/TaskGates.fs"

    [<Test>]
    let ``shows the whole example`` () =
        let blocks = [
            for block in Regex.Matches(guide, "```fsharp\n(.*?)```", RegexOptions.Singleline) ->
                block.Groups[1].Value
        ]

        Assert.That(blocks.Length, Is.GreaterThan 2)
        Assert.That(String.concat "\n" blocks, Is.EqualTo example)

    [<Test>]
    let ``names only files that exist`` () =
        for path in Regex.Matches(guide, "`((?:src|tests)/[^`<]+\\.fs)`") do
            Assert.That(File.Exists(Path.Combine(repository, path.Groups[1].Value)), path.Value)
