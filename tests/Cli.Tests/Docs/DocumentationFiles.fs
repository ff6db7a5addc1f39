/// The Markdown of the repository, and what it is checked against.
module MtrlFunctional.Cli.Tests.Docs.DocumentationFiles

open System.IO
open MtrlFunctional.Site
open MtrlFunctional.Tests

/// A page: its path from the root of the repository, and its text.
type Page = { Path: string; Text: string }

let private read (file: string) = {
    Path = Path.GetRelativePath(Repository.root, file).Replace('\\', '/')
    Text = File.ReadAllText file
}

let private below folder =
    Directory.GetFiles(Path.Combine(Repository.root, folder), "*.md", SearchOption.AllDirectories)
    |> Array.sort
    |> Seq.map read

/// Pages for users and developers.
let pages = [
    for name in [ "README.md"; "CONTRIBUTING.md"; "CHANGELOG.md" ] do
        read (Path.Combine(Repository.root, name))

    yield! below "docs"
    yield! below "assets"
]

/// Pages whose commands and snippets are instructions: those of decisions and changes are history.
let instructions =
    pages
    |> List.filter (fun page ->
        not (page.Path.StartsWith "docs/adr/" || page.Path = "CHANGELOG.md"))

/// Links that lead to no file of the repository, or to no heading: "docs/a.md:3: b.md: no such file".
let brokenLinks (pages: Page list) =
    let problem page (link: Markdown.Link) =
        let path, anchor = Markdown.split link.Target
        let folder = Path.GetDirectoryName page.Path |> string

        let file = if path = "" then page.Path else Path.Combine(folder, path)

        let full = Path.Combine(Repository.root, file)

        if Markdown.isExternal link.Target then
            None
        elif path = "" && anchor <> "" then
            if (Markdown.anchors page.Text).Contains anchor then
                None
            else
                Some "no such heading"
        elif not (File.Exists full || Directory.Exists full) then
            Some "no such file"
        elif anchor <> "" && not ((Markdown.anchors (File.ReadAllText full)).Contains anchor) then
            Some "no such heading"
        else
            None

    [
        for page in pages do
            for link in Markdown.links page.Text do
                match problem page link with
                | Some what -> $"{page.Path}:{link.Line}: {link.Target}: {what}"
                | None -> ()
    ]
