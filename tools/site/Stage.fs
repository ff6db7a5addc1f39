/// From the Markdown of the repository to the folder that fsdocs reads: titles and places in the menu as front
/// matter, links as those of the site. Files outside docs that a page links to become pages, too.
///
/// Reading order: groups → place → Stage → run.
module MtrlFunctional.Site.Stage

open System
open System.Collections.Generic
open System.IO
open System.Text.RegularExpressions

/// The menu: groups in order, each with its pages by path or by folder.
let private groups = [
    "Start",
    [
        "README.md"
        "docs/guides/getting-started.md"
        "docs/guides/coming-from-python.md"
        "docs/guides/using-a-policy.md"
        "docs/guides/play.md"
        "docs/guides/experiments.md"
        "docs/guides/tuning.md"
        "docs/guides/pipelines.md"
        "docs/guides/watching.md"
        "docs/guides/tracking.md"
        "docs/guides/stop-and-resume.md"
        "docs/guides/many-machines.md"
        "docs/guides/many-runs.md"
        "docs/guides/generalisation.md"
        "docs/guides/packages.md"
        "docs/results.md"
        "docs/results-appendix.md"
        "docs/benchmarks.md"
    ]
    "Algorithms",
    [
        "docs/algorithms/README.md"
        "docs/algorithms/mt-sac.md"
        "docs/algorithms/mt-ppo.md"
        "docs/algorithms/mt-trpo.md"
        "docs/algorithms/impala.md"
        "docs/algorithms/rl2.md"
        "docs/algorithms/maml.md"
        "docs/algorithms/context.md"
        "docs/algorithms/cadm.md"
        "docs/algorithms"
        "docs/guides/on-policy.md"
        "docs/guides/an-agent-for-each-task.md"
        "docs/guides/models.md"
        "docs/guides/gradient-surgery.md"
    ]
    "Networks",
    [
        "docs/networks/README.md"
        "docs/networks/shared-layers.md"
        "docs/networks/heads.md"
        "docs/networks/film.md"
        "docs/networks/care.md"
        "docs/networks/soft-modularization.md"
        "docs/networks/ptsl.md"
        "docs/networks"
        "docs/guides/networks.md"
    ]
    "Environments",
    [
        "docs/guides/environments.md"
        "docs/guides/dm-control.md"
        "docs/guides/mtenv.md"
        "docs/guides/mixed-spaces.md"
        "docs/guides/pixels.md"
        "docs/guides/pictures.md"
    ]
    "Tasks", [ "docs/tasks/README.md"; "docs/tasks/dmcontrol.md"; "docs/tasks" ]
    "Extending",
    [
        "docs/guides/extending.md"
        "docs/guides/adding-a-task.md"
        "docs/guides/adding-an-environment.md"
        "docs/guides/adding-a-network.md"
        "docs/guides/adding-an-algorithm.md"
    ]
    "Reference", [ "docs/reference"; "docs/guides/verify.md" ]
    "Development",
    [
        "CONTRIBUTING.md"
        "docs/guides/documentation.md"
        "CHANGELOG.md"
        "docs/adr/README.md"
        "docs/adr"
    ]
]

/// Where the site has a file or folder of the repository, without the ending of a page.
let private place (path: string) =
    let inDocs = path.StartsWith "docs/"
    let within = if inDocs then path.Substring 5 else path

    match within with
    | "README.md" -> "index"
    | "CONTRIBUTING.md" -> "contributing"
    | "CHANGELOG.md" -> "changelog"
    // fsdocs leaves pages named index out of the menu.
    | _ when inDocs && within.EndsWith "/README.md" -> within.Replace("README.md", "overview")
    | _ when inDocs && within.EndsWith ".md" -> within.Substring(0, within.Length - 3)
    | _ when inDocs -> within
    | _ when within.EndsWith ".md" -> "files/" + within.Substring(0, within.Length - 3)
    | _ -> "files/" + within

let private languages =
    dict [ ".fsx", "fsharp"; ".fs", "fsharp"; ".cs", "csharp"; ".sh", "sh" ]

/// Languages as the site's script colours them. fsdocs would take a block without one for F#.
let private highlighted language =
    if language = "" then "hl-text" else $"hl-{language}"

let private shownAsIs = set [ ".xml"; ".json"; ".png"; ".gif" ]

/// The path from a page to another of the site.
let private relative (fromPlace: string) (toPlace: string) =
    let folder =
        match Path.GetDirectoryName fromPlace with
        | null
        | "" -> "."
        | folder -> folder

    Path.GetRelativePath("/" + folder, "/" + toPlace).Replace('\\', '/')

/// fsdocs takes no bold text that begins with a link or code: a word joiner, which has no width, comes before.
let private withBold text =
    Regex.Replace(text, @"(?<![^\s(])\*\*(?=[\[`])", "**\u2060")

/// Pages and files of one site, staged once each; `matter` is the front matter of a page.
type private Staging(root: string, out: string, matter: string -> string) =
    let staged = HashSet<string>()
    let full path = Path.Combine(root, path)

    let write (file: string) (text: string) =
        let file = Path.Combine(out, file)
        Directory.CreateDirectory(Path.GetDirectoryName file |> nonNull) |> ignore
        File.WriteAllText(file, text)

    /// Browsers show the rest as it is.
    let isPage (path: string) =
        Directory.Exists(full path)
        || path.EndsWith ".md"
        || not (path.StartsWith "docs/" || shownAsIs.Contains(string (Path.GetExtension path)))

    let address path =
        if isPage path then place path + ".html" else place path

    /// What a link leads to, as the site has it; what it leads to is staged.
    member private this.Target source (line: int) (target: string) =
        match Markdown.split target with
        | _ when Markdown.isExternal target -> target
        | "", _ -> target
        | path, anchor ->
            let folder = Path.GetDirectoryName(full source) |> nonNull

            let linked =
                Path.GetRelativePath(root, Path.GetFullPath(Path.Combine(folder, path)))


            if not (Path.Exists(full linked)) then
                failwith $"{source}:{line}: {target}: no such file."

            this.Add linked
            let target = relative (place source) (address linked)
            if anchor = "" then target else $"{target}#{anchor}"

    /// Stages a page with its front matter, or a file.
    member this.Add path =
        if staged.Add path then
            let title = $"# {path}\n\n"

            if not (isPage path) then
                let copy = Path.Combine(out, place path)
                Directory.CreateDirectory(Path.GetDirectoryName copy |> nonNull) |> ignore
                File.Copy(full path, copy, true)
            elif Directory.Exists(full path) then
                let folder = Path.GetFileName path

                let entries = [
                    for file in Directory.GetFiles(full path) |> Array.sort do
                        let name = Path.GetFileName file
                        $"- [{name}]({folder}/{name})\n"
                ]

                let text =
                    title + String.concat "" entries |> Markdown.rewrite (this.Target path) id

                write (place path + ".md") text
            else
                let text = File.ReadAllText(full path)

                let text =
                    if path.EndsWith ".md" then
                        Markdown.rewrite (this.Target path) highlighted text |> withBold
                    else
                        match languages.TryGetValue(Path.GetExtension path |> string) with
                        | true, language -> $"{title}```hl-{language}\n{text}\n```\n"
                        | _ -> $"{title}```hl-text\n{text}\n```\n"

                write (place path + ".md") (matter path + text)

/// Front matter: the place in the menu, and the title there.
let private matter (group: int) name index (title: string) =
    let title = title.Replace(":", " –")
    $"---\ntitle: {title}\ncategory: {name}\ncategoryindex: {group + 1}\nindex: {index + 1}\n---\n"

/// Pages of an entry of the menu: a page, or all in a folder by name.
let private pages root (entry: string) =
    if entry.EndsWith ".md" then
        [ entry ]
    else
        [
            for file in Directory.GetFiles(Path.Combine(root, entry), "*.md") |> Array.sort ->
                Path.GetRelativePath(root, file)
        ]

/// The front matter of each page of the menu. Fails on a page below docs without a place there.
let private menu root =
    let listed = HashSet<string>()

    let entries = [
        for group, (name, entries) in List.indexed groups do
            let pages = entries |> List.collect (pages root) |> List.filter listed.Add

            for index, page in List.indexed pages do
                let text = File.ReadAllText(Path.Combine(root, page))

                let title =
                    if page.EndsWith "README.md" then
                        "Overview"
                    else
                        Markdown.headings text |> List.head

                page, matter group name index title
    ]

    for file in Directory.GetFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories) do
        let path = Path.GetRelativePath(root, file)

        if not (listed.Contains path) then
            failwith $"{path}: no place in the menu. Add it to `groups` in tools/site/Stage.fs."

    entries

/// Writes the folder that fsdocs reads.
let run (root: string) (out: string) =
    let entries = menu root
    let matters = dict entries

    let matterOf path =
        match matters.TryGetValue path with
        | true, matter -> matter
        | _ -> ""

    let staging = Staging(root, out, matterOf)

    for page, _ in entries do
        staging.Add page
