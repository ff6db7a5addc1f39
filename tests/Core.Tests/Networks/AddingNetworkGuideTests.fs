namespace MtrlFunctional.Tests.Networks

open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
open MtrlFunctional.Tests

/// The code in docs/guides/adding-a-network.md is that of `TaskGates.fs`, and its list of files is complete.
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

    /// Files with a match over all cases of `Spec`.
    let private matches =
        Directory.GetFiles(Path.Combine(repository, "src"), "*.fs", SearchOption.AllDirectories)
        |> Seq.map (fun file -> Path.GetRelativePath(repository, file).Replace('\\', '/'))
        |> Seq.filter (fun file -> not (file.Contains "/obj/"))
        |> Seq.filter (fun file -> Regex.IsMatch(text file, @"(?m)^ +\| SoftModules \w+( ->|$)"))
        |> Seq.toList

    [<Test>]
    let ``names every file that a new case of Spec changes`` () =
        Assert.That(matches.Length, Is.GreaterThan 4)

        for file in matches do
            Assert.That(guide, Does.Contain $"`{file}`")
            Assert.That(text "CONTRIBUTING.md", Does.Contain $"`{file}`")

    [<Test>]
    let ``names only files that exist`` () =
        for path in Regex.Matches(guide, "`((?:src|tests)/[^`<]+\\.fs)`") do
            Assert.That(File.Exists(Path.Combine(repository, path.Groups[1].Value)), path.Value)
