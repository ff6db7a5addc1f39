/// From what fsdocs wrote to the site: addresses that work in any folder and without a server, anchors as
/// GitHub makes them, the index of the search; then a check of all links.
///
/// Reading order: anchors → addresses → keys → searchIndex → withoutMissingTypes → brokenLinks → run.
module MtrlFunctional.Site.Finish

open System
open System.Collections.Generic
open System.IO
open System.Net
open System.Text.Json
open System.Text.Json.Nodes
open System.Text.RegularExpressions

/// The root that fsdocs is given, a place that no page has.
let root = "/@site@/"

let private heading =
    Regex(
        @"<h([1-6])><a name=""([^""]*)"" class=""anchor"" href=""[^""]*"">(.*?)</a></h\1>",
        RegexOptions.Singleline
    )

let private plain html =
    Regex.Replace(html, "<[^>]*>", "") |> WebUtility.HtmlDecode

/// Gives headings the anchors that links in the Markdown have.
let private anchors (html: string) =
    let found = heading.Matches html |> List.ofSeq
    let slugs = found |> List.map (fun m -> plain m.Groups[3].Value) |> Markdown.slugs
    let remaining = Queue slugs

    let html =
        heading.Replace(
            html,
            fun m ->
                let level, id = m.Groups[1].Value, remaining.Dequeue()
                $"<h{level} id=\"{id}\"><a class=\"anchor\" href=\"#{id}\">{m.Groups[3].Value}</a></h{level}>"
        )

    // The list of headings beside the page, which comes after them, has them in the same order.
    let menu = html.LastIndexOf "<nav id=\"page-menu\""
    let listed = Queue slugs

    html[.. menu - 1]
    + Regex.Replace(
        html[menu..],
        "href=\"#[^\"]*\"",
        fun m ->
            if listed.Count > 0 then
                $"href=\"#{listed.Dequeue()}\""
            else
                m.Value
    )

/// What fsdocs adds for its own theme: buttons that copy, tips that repeat the details.
let private withoutTheme (html: string) =
    let html =
        Regex.Replace(
            html,
            @"<div class=""fsdocs-source-link"".*?</div>",
            "",
            RegexOptions.Singleline
        )

    let html = html.Replace("<fsdocs-details-toggle></fsdocs-details-toggle>", "")

    let html =
        Regex.Replace(
            html,
            @"<div popover="""" class=""fsdocs-tip"" id=""\d+"">\s*<div class=""member-tooltip"">.*?</div>\s*</div>",
            "",
            RegexOptions.Singleline
        )

    Regex.Replace(html, @"<div>\s*</div>", "")

/// A bar in the cell of a table is escaped in Markdown; fsdocs keeps the escape.
let private withBars (html: string) =
    Regex.Replace(
        html,
        "<td(?: align=\"\\w+\")?>.*?</td>",
        (fun cell -> cell.Value.Replace("\\|", "|")),
        RegexOptions.Singleline
    )

/// fsdocs escapes titles in its menu twice.
let private escapedOnce (html: string) =
    Regex.Replace(html, @"&amp;(amp|#\d+);", "&$1;")

/// The page of the keys, and a row of its tables: key, then default, condition and meaning.
let private keysPage = "reference/configuration.html"

let private keyRow =
    Regex(
        @"<td(?: id=""[^""]*"")?><p><code>([a-z_0-9.]+\.[a-z_0-9]+)</code></p></td>\s*<td>.*?</td>\s*<td>.*?</td>\s*<td>(.*?)</td>",
        RegexOptions.Singleline
    )

/// Gives each key an anchor of its name.
let private keyAnchors place (html: string) =
    if place = keysPage then
        keyRow.Replace(
            html,
            fun m -> $"<td id=\"{m.Groups[1].Value}\">" + m.Value.Substring(m.Value.IndexOf '>' + 1)
        )
    else
        html

/// Addresses below the root become relative to the page.
let private addresses (place: string) (html: string) =
    let up = String.replicate (place |> Seq.filter ((=) '/') |> Seq.length) "../"
    html.Replace("\"" + root, "\"" + up)

/// The group of the menu with the page is open.
let private openGroup (html: string) =
    html.Replace(
        "<details class=\"menu-group active\"",
        "<details class=\"menu-group active\" open"
    )

/// Entries of the search: address, title, headings, text, and what it is: 0 a guide, 1 a key, 2 a member of the API, with its
/// summary.
let private searchIndex (index: string) (pages: (string * string) list) =
    let entries = JsonNode.Parse(File.ReadAllText index) |> nonNull |> _.AsArray()

    let text (entry: JsonNode | null) (name: string) =
        match (nonNull entry)[name] with
        | null -> ""
        | node -> node.ToString().Trim()

    let rows = [
        for entry in entries do
            let isPage = text entry "type" = "content"
            let content = Regex.Replace(plain (text entry "content"), @"\s+", " ")

            {|
                u = (text entry "uri").Replace(root, "")
                t = text entry "title"
                h = text entry "headings"
                c =
                    if isPage then
                        content
                    else
                        content.Substring(0, min 160 content.Length)
                a = if isPage then 0 else 2
            |}

        for place, html in pages do
            if place = keysPage then
                for m in keyRow.Matches html do
                    {|
                        u = $"{keysPage}#{m.Groups[1].Value}"
                        t = m.Groups[1].Value
                        h = ""
                        c = plain m.Groups[2].Value
                        a = 1
                    |}
    ]

    "window.searchIndex = " + JsonSerializer.Serialize rows + ";\n"

/// Links within the API to types that fsdocs has no page for (delegates, nested types of C#) become text.
let private withoutMissingTypes (folder: string) (html: string) =
    Regex.Replace(
        html,
        "<a href=\"" + Regex.Escape root + "(reference/[^\"#]*)(?:#[^\"]*)?\">(.*?)</a>",
        (fun m ->
            if File.Exists(Path.Combine(folder, m.Groups[1].Value)) then
                m.Value
            else
                m.Groups[2].Value),
        RegexOptions.Singleline
    )

/// A link of a page that leads to no file of the site, or to no anchor of its page.
type BrokenLink = { Page: string; Line: int; Target: string }

let private attribute = Regex @"\s(?:href|src)=""([^""]*)"""
let private names = Regex @"\s(?:id|name)=""([^""]*)"""

/// Links between the pages of a folder that lead nowhere.
let brokenLinks (folder: string) (pages: (string * string) list) =
    let anchors =
        dict [
            for place, html in pages ->
                place,
                HashSet(
                    names.Matches html |> Seq.map (fun m -> WebUtility.HtmlDecode m.Groups[1].Value)
                )
        ]

    let leadsNowhere (place: string) (target: string) =
        let path, anchor = Markdown.split (Uri.UnescapeDataString target)

        let linked =
            if path = "" then
                place
            else
                let here = Path.GetDirectoryName(Path.Combine(folder, place)) |> nonNull
                Path.GetRelativePath(folder, Path.GetFullPath(Path.Combine(here, path)))

        match anchors.TryGetValue linked with
        | true, names -> anchor <> "" && not (names.Contains anchor)
        | _ -> not (File.Exists(Path.Combine(folder, linked)))

    // Pages of a folder have the same menu: each of its links is looked up once.
    let known = Dictionary<struct (string * string), bool>()

    let isBroken (place: string) (target: string) =
        if Markdown.isExternal target then
            false
        elif target.StartsWith '#' then
            leadsNowhere place target
        else
            let key = struct (string (Path.GetDirectoryName place), target)

            match known.TryGetValue key with
            | true, answer -> answer
            | _ ->
                let answer = leadsNowhere place target
                known[key] <- answer
                answer

    [
        for place, html in pages do
            for m in attribute.Matches html do
                let target = WebUtility.HtmlDecode m.Groups[1].Value

                if isBroken place target then
                    {
                        Page = place
                        Line = 1 + (html[.. m.Index] |> Seq.filter ((=) '\n') |> Seq.length)
                        Target = target
                    }
    ]

/// Finishes the site in a folder; the links that lead nowhere.
let run (folder: string) =
    let pages = [
        for file in Directory.GetFiles(folder, "*.html", SearchOption.AllDirectories) |> Array.sort do
            let place = Path.GetRelativePath(folder, file).Replace('\\', '/')

            let html =
                File.ReadAllText file
                |> anchors
                |> withoutTheme
                |> withBars
                |> withoutMissingTypes folder
                |> escapedOnce
                |> keyAnchors place
                |> openGroup
                |> addresses place

            File.WriteAllText(file, html)
            place, html
    ]

    let index = Path.Combine(folder, "index.json")
    File.WriteAllText(Path.Combine(folder, "content", "search-index.js"), searchIndex index pages)
    File.Delete index
    pages.Length, brokenLinks folder pages
