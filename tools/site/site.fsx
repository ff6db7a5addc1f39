// The documentation as a site: dotnet fsi tools/site/site.fsx [FOLDER], by default site. './mtrl docs' builds the
// program first, because the pages of the API come from it. Fails on a link that leads nowhere.
//
// Reading order: Markdown.fs → Stage.fs → Finish.fs → Play.fs → the steps below.
#load "Markdown.fs" "Stage.fs" "Finish.fs" "Play.fs"

open System
open System.Diagnostics
open System.IO
open MtrlFunctional.Site

let root = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, "..", ".."))

let out =
    match fsi.CommandLineArgs with
    | [| _; folder |] -> Path.GetFullPath folder
    | _ -> Path.Combine(root, "site")

let input = Path.Combine(root, ".mtrl", "site")

/// A folder without its former content.
let empty folder =
    if Directory.Exists folder then
        Directory.Delete(folder, true)

    Directory.CreateDirectory folder |> ignore

let rec copy (source: string) (target: string) =
    Directory.CreateDirectory target |> ignore

    for file in Directory.GetFiles source do
        File.Copy(file, Path.Combine(target, Path.GetFileName file), true)

    for folder in Directory.GetDirectories source do
        copy folder (Path.Combine(target, Path.GetFileName folder))

/// Runs fsdocs on the staged pages and the built projects; its output is shown where it fails.
let fsdocs () =
    let arguments =
        [ "fsdocs"; "build"; "--input"; input; "--output"; out ]
        @ [ "--nodefaultcontent"; "--ignoreuncategorized"; "--sourcefolder"; root ]
        @ [
            "--projects"
            for name in
                [ "Core.fsproj"; "Interop.CSharp.csproj"; "Kernels.csproj"; "Policies.csproj" ] do
                Path.Combine(root, "src", Path.GetFileNameWithoutExtension name, name)
        ]
        @ [ "--properties"; "Configuration=Release" ]
        @ [
            "--parameters"
            "root"
            Finish.root
            "fsdocs-collection-name"
            "MtrlFunctional"
        ]

    let info =
        ProcessStartInfo(
            "dotnet",
            arguments,
            WorkingDirectory = root,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    use running = Process.Start info |> nonNull
    let errors = running.StandardError.ReadToEndAsync()
    let output = running.StandardOutput.ReadToEnd()
    running.WaitForExit()

    if running.ExitCode <> 0 then
        eprintfn $"{output}{errors.Result}site: fsdocs failed with exit code {running.ExitCode}."
        exit 1

/// Marks a folder of the site from its beginning on; another folder that is not empty is nobody's to delete.
let mark = Path.Combine(out, ".mtrl-site")

let isFree =
    File.Exists mark
    || out = Path.Combine(root, "site")
    || not (Directory.Exists out)
    || Seq.isEmpty (Directory.EnumerateFileSystemEntries out)

if not isFree then
    eprintfn $"site: {out}: is not empty and holds no site. Name another folder."
    exit 2

empty input
empty out
File.WriteAllText(mark, "")

try
    Stage.run root input
with e ->
    eprintfn $"site: {e.Message}"
    exit 1

copy (Path.Combine(__SOURCE_DIRECTORY__, "theme")) input
fsdocs ()

match Finish.run out with
| count, [] ->
    let home = Path.Combine(out, "index.html")
    printfn $"{home}: {count} pages, all links lead somewhere"

    if not (Play.isPossible root) then
        eprintfn "site: has no page of 'mtrl play', whose packages need npm."
    elif not (Play.add root out) then
        exit 1
| _, broken ->
    for link in broken do
        eprintfn $"{out}/{link.Page}:{link.Line}: {link.Target} leads nowhere"

    eprintfn $"site: {broken.Length} broken links."
    exit 1
