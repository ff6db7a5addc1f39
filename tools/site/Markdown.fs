/// What links of Markdown files need: headings with their anchors, links, code blocks, each with its line.
///
/// Reading order: Block → lines → anchors → links → rewrite.
module MtrlFunctional.Site.Markdown

open System
open System.Collections.Generic
open System.Text.RegularExpressions

/// A block between ``` fences: its language ("" without one), the line of the fence, and its text.
type CodeBlock = { Language: string; Line: int; Text: string }

/// A link or a picture: `Target` as written, `Line` from 1.
type Link = { Target: string; Line: int }

let private isFence (line: string) = line.TrimStart().StartsWith "```"

/// What a line is: outside of code blocks, or a part of one.
type private LineKind =
    | Prose
    | Opening
    | Code
    | Closing

/// Lines with their numbers and kinds.
let private numbered (text: string) =
    let next isInside (i, line) =
        let kind, isInside =
            match isInside, isFence line with
            | false, true -> Opening, true
            | true, true -> Closing, false
            | isInside, false -> (if isInside then Code else Prose), isInside

        (i + 1, line, kind), isInside

    text.ReplaceLineEndings("\n").Split '\n'
    |> Seq.indexed
    |> Seq.mapFold next false
    |> fst

/// The code blocks of a page.
let codeBlocks (text: string) =
    let add blocks (number, line: string, kind) =
        match kind, blocks with
        | Opening, _ ->
            let language = line.TrimStart().Trim('`').Trim()
            { Language = language; Line = number; Text = "" } :: blocks
        | Code, block :: others -> { block with Text = $"{block.Text}{line}\n" } :: others
        | _ -> blocks

    numbered text |> Seq.fold add [] |> List.rev

/// The anchor of a heading, as GitHub makes it: lower case, words joined by hyphens.
let slug (heading: string) =
    let kept =
        heading.Trim().ToLowerInvariant()
        |> String.filter (fun c -> Char.IsLetterOrDigit c || c = '-' || c = '_' || c = ' ')

    kept.Replace(' ', '-')

/// Anchors in order: a repeated one gets "-1", "-2" and so on.
let slugs headings =
    let seen = Dictionary<string, int>()

    [
        for heading in headings do
            let name = slug heading

            match seen.TryGetValue name with
            | true, count ->
                seen[name] <- count + 1
                $"{name}-{count}"
            | _ ->
                seen[name] <- 1
                name
    ]

let private linkPattern = Regex @"(?<=\]\()([^()\s]+(?:\([^()\s]*\))?)(?=\))"
let private code = Regex "`[^`]*`"

/// Text of a heading as it is shown: without code marks and targets of links.
let private shown heading =
    Regex.Replace(heading, @"\[([^\]]*)\]\([^)]*\)", "$1").Replace("`", "").Replace("*", "")

/// Headings as they are shown.
let headings text = [
    for _, line, kind in numbered text do
        let heading = Regex.Match(line, "^#{1,6} +(.+?) *$")

        if heading.Success && kind = Prose then
            shown heading.Groups[1].Value
]

/// Anchors that links into a page may have.
let anchors text = headings text |> slugs |> Set.ofList

/// Links and pictures outside of code.
let links text = [
    for number, line, kind in numbered text do
        if kind = Prose then
            for link in linkPattern.Matches(code.Replace(line, fun m -> String('`', m.Length))) do
                { Target = link.Value; Line = number }
]

/// The page with each target outside of code replaced, by its line and itself, and each language of a code block
/// ("" where it has none).
let rewrite (target: int -> string -> string) (language: string -> string) (text: string) =
    let links number (line: string) =
        let visible = code.Replace(line, fun m -> String('`', m.Length))

        // From the right, so that positions stay true.
        Seq.foldBack
            (fun (m: Match) (line: string) ->
                line.Remove(m.Index, m.Length).Insert(m.Index, target number m.Value))
            (linkPattern.Matches visible)
            line

    let opening (line: string) =
        let fence = line.TrimEnd()
        let name = fence.TrimStart().TrimStart '`'
        fence.Substring(0, fence.Length - name.Length) + language name

    let line (number, line, kind) =
        match kind with
        | Prose -> links number line
        | Opening -> opening line
        | Code
        | Closing -> line

    numbered text |> Seq.map line |> String.concat "\n"

/// Whether a target is elsewhere: a web or mail address.
let isExternal (target: string) = Regex.IsMatch(target, "^[a-z]+:")

/// Path and anchor of a target ("" without one).
let split (target: string) =
    match target.IndexOf '#' with
    | -1 -> target, ""
    | i -> target[.. i - 1], target[i + 1 ..]
