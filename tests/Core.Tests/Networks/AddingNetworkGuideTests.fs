module MtrlFunctional.Tests.Networks.AddingNetworkGuideTests

open Expecto
open Expecto.Flip
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional.Tests

/// The code in docs/guides/adding-a-network.md is that of `TaskGates.fs`, and its files exist.
let ``guide to adding a network`` = [
    let repository = Repository.root

    let text path =
        File.ReadAllText(Path.Combine(repository, path)).ReplaceLineEndings "\n"

    let guide = text "docs/guides/adding-a-network.md"

    let example = text "tests/Core.Tests/Networks/TaskGates.fs"

    testCase "shows the whole example" (fun () ->
        let blocks = [
            for block in Regex.Matches(guide, "```fsharp\n(.*?)```", RegexOptions.Singleline) ->
                block.Groups[1].Value
        ]

        blocks.Length |> isAbove 2
        String.concat "\n" blocks |> equals example)

    testCase "names only files that exist" (fun () ->
        for path in Regex.Matches(guide, "`((?:src|tests)/[^`<]+\\.fs)`") do
            Expect.isTrue path.Value (File.Exists(Path.Combine(repository, path.Groups[1].Value))))
]
