namespace MtrlFunctional.Cli.Tests.Docs

open NUnit.Framework
open MtrlFunctional.Site
open MtrlFunctional.Cli.Tests.Docs.DocumentationFiles

[<TestFixture>]
module ``links in the documentation`` =

    [<Test>]
    let ``lead to files and headings that exist`` () =
        Assert.That(pages.Length, Is.GreaterThan 100)
        Assert.That(brokenLinks pages, Is.Empty)

    [<Test>]
    let ``that lead nowhere are named with file and line`` () =
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

        Assert.That(
            String.concat "\n" (brokenLinks [ page ]),
            Is.EqualTo(String.concat "\n" expected)
        )

    [<TestCase("Many seeds: tables", "many-seeds-tables")>]
    [<TestCase("θ at evaluation", "θ-at-evaluation")>]
    [<TestCase("Update: a pipeline, `a-b`", "update-a-pipeline-a-b")>]
    let ``have the anchors of GitHub`` (heading: string) (anchor: string) =
        Assert.That(Markdown.anchors $"# {heading}\n" |> String.concat " ", Is.EqualTo anchor)
