module MtrlFunctional.Tests.Agents.AddingAlgorithmGuideTests

open Expecto
open Expecto.Flip
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional.Tests

/// The code in docs/guides/adding-an-algorithm.md is that of tests/Td3.
let ``guide to adding an algorithm`` = [
    let repository = Repository.root

    let text path =
        File.ReadAllText(Path.Combine(repository, path)).ReplaceLineEndings "\n"

    // A file named in backquotes, and the code block that follows it.
    let excerpts =
        Regex.Matches(
            text "docs/guides/adding-an-algorithm.md",
            "`(tests/Td3/[^`]+)`[^\n]*\n\n```fsharp\n(.*?)```",
            RegexOptions.Singleline
        )
        |> Seq.map (fun found -> found.Groups[1].Value, found.Groups[2].Value)
        |> Seq.toList

    testCase "every code block is an excerpt of the file that is named before it" (fun () ->
        let blocks =
            Regex.Matches(text "docs/guides/adding-an-algorithm.md", "```fsharp").Count

        excerpts.Length |> equals blocks
        blocks |> isAbove 4

        for file, excerpt in excerpts do
            // Lines with "…" stand for what is left out.
            for part in Regex.Split(excerpt, "(?m)^ *…\n") do
                text file |> Expect.stringContains file part)

    testCase "every file of the example is named" (fun () ->
        let guide = text "docs/guides/adding-an-algorithm.md"

        for file in Directory.GetFiles(Path.Combine(repository, "tests", "Td3"), "*.fs") do
            guide |> contains $"tests/Td3/{Path.GetFileName file}")
]
