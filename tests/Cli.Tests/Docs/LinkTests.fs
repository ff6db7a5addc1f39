module MtrlFunctional.Cli.Tests.Docs.LinkTests

open Expecto
open MtrlFunctional.Site
open MtrlFunctional.Cli.Tests.Docs.DocumentationFiles

let ``links in the documentation`` = [
    testCase "lead to files and headings that exist" (fun () ->
        pages.Length |> isAbove 100
        brokenLinks pages |> isEmpty)

    testCase "that lead nowhere are named with file and line" (fun () ->
        let page = {
            Path = "docs/page.md"
            Text =
                "# A page\n\n[a](results.md), [b](#a-page), `[c](none.md)`\n\n"
                + "```sh\n[d](none.md)\n```\n[e](none.md) and ![f](results.md#none)\n[g](#none) [h](https://x.org)\n"
        }

        let expected = [
            "docs/page.md:8: none.md: no such file"
            "docs/page.md:8: results.md#none: no such heading"
            "docs/page.md:9: #none: no such heading"
        ]

        String.concat "\n" (brokenLinks [ page ])
        |> equals (String.concat "\n" expected))

    testTheory "have the anchors of GitHub" [
        "Many seeds: tables", "many-seeds-tables"
        "θ at evaluation", "θ-at-evaluation"
        "Update: a pipeline, `a-b`", "update-a-pipeline-a-b"
    ]
    <| fun (heading, anchor) ->
        Markdown.anchors $"# {heading}\n" |> String.concat " " |> equals anchor
]
