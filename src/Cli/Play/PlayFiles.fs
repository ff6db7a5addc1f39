/// The page as a folder of files, which any file server can serve.
namespace MtrlFunctional.Cli.Play

open System
open System.IO
open System.Reflection
open System.Text.Json
open MtrlFunctional.Environments
open MtrlFunctional.Storage
open MtrlFunctional.Tasks
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Pages

type PlayFile = {
    /// Below the page's folder: "scenes/door.xml".
    Path: string
    Read: unit -> byte[]
}

module PlayFiles =
    let private embedded = "Web.play/"

    /// HTML, scripts and styles of src/Cli/Web/play, and the style of all pages.
    let private own () = [
        for name in Assembly.GetExecutingAssembly().GetManifestResourceNames() do
            if name.StartsWith(embedded, StringComparison.Ordinal) then
                let file = name.Substring embedded.Length

                let path =
                    match file with
                    | "play.html" -> "index.html"
                    | "mujoco.LICENSE" -> "mujoco/LICENSE"
                    | _ -> file

                { Path = path; Read = fun () -> EmbeddedFiles.bytes $"play/{file}" }
        { Path = "page.css"; Read = fun () -> EmbeddedFiles.bytes "page.css" }
    ]

    let private onDisk (path: string, file: string) = {
        Path = path
        Read = fun () -> File.ReadAllBytes file
    }

    let private scenes () = [
        for prefix, folder in
            [
                "scenes", SceneLibrary.FindFolder()
                "scenes/dmcontrol", DmControlModels.FindFolder()
            ] do
            for pattern in [ "*.xml"; "*.png" ] do
                for file in Directory.GetFiles(folder, pattern, SearchOption.AllDirectories) do
                    let path = Path.GetRelativePath(folder, file).Replace('\\', '/')
                    onDisk ($"{prefix}/{path}", file)
    ]

    let private file name = $"policies/{name}.onnx"
    let private address (name: string) = file (Uri.EscapeDataString name)

    /// "mt10: 10 tasks", "seed-1, step 12,000: 10 tasks".
    let private title (policy: PlayPolicy) =
        let step =
            match policy.Step with
            | Some step -> $", step {Format.count step}"
            | None -> ""

        $"""{policy.Name}{step}: {Format.plural (policy.Tasks.Length + policy.Served.Length) "task"}"""

    /// What the page begins with: the first policy and task, and what there is to choose from.
    let private about (policies: PlayPolicy list) task isServed (physics: string) =
        JsonSerializer.SerializeToUtf8Bytes {|
            task = TaskName.plain task
            physics = (FileInfo physics).Length
            hasExperts = isServed
            policies =
                policies
                |> List.map (fun policy -> {|
                    name = policy.Name
                    title = title policy
                    step = Option.toNullable policy.Step
                    repeat = policy.Repeat
                    hidesGoals = policy.HidesGoals
                    served = policy.Served |> List.map _.Name
                    file =
                        policy.Content |> Option.map (fun _ -> address policy.Name) |> Option.toObj
                |})
        |}

    /// All files: the page begins with the first policy, in a task. `isServed`: this program answers what is no file, too
    /// (`PlayServer.start`).
    /// Throws MtrlException where packages are missing.
    let all (policies: PlayPolicy list) (task: string) (isServed: bool) : PlayFile list =
        let packages = PlayPackages.require ()
        let physics = packages |> List.find (fun (path, _) -> path.EndsWith ".wasm") |> snd
        let tasks = lazy TaskJson.all ()

        [
            yield! own ()
            yield! packages |> List.map onDisk
            yield! scenes ()
            for policy in policies do
                for content in Option.toList policy.Content do
                    { Path = file policy.Name; Read = fun () -> content }
            { Path = "tasks.json"; Read = tasks.Force }
            { Path = "play.json"; Read = fun () -> about policies task isServed physics }
        ]

    /// The type of a file, by the end of its name.
    let kind (path: string) =
        match Path.GetExtension path with
        | ".html" -> "text/html; charset=utf-8"
        | ".js" -> "text/javascript; charset=utf-8"
        | ".css" -> "text/css; charset=utf-8"
        | ".json" -> "application/json"
        | ".wasm" -> "application/wasm"
        | ".xml" -> "text/xml; charset=utf-8"
        | ".png" -> "image/png"
        | ".onnx" -> "application/octet-stream"
        | _ -> "text/plain; charset=utf-8"

    /// Writes all files into a folder, which may exist; the bytes that were written.
    let write (folder: string) (files: PlayFile list) =
        files
        |> List.sumBy (fun file ->
            let path = Path.Combine(folder, file.Path)
            let content = file.Read()
            OutputFile.MakeFolder(nonNull (Path.GetDirectoryName path))
            OutputFile.Write(path, fun stream -> stream.Write(content, 0, content.Length))
            content.LongLength)
