/// `mtrl play [POLICY] [TASK]`: a page in which a policy acts, and goals and things can be moved.
module MtrlFunctional.Cli.Commands.PlayCommand

open System.IO
open System.Net
open Argu
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Policies
open MtrlFunctional.Storage
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Play
open MtrlFunctional.Cli.Show
open MtrlFunctional.Cli.Training

type Options =
    | [<MainCommand>] What of ``policy-or-task``: string list
    | Export of folder: string
    | Open
    | Port of number: int

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | What _ ->
                "folder of a run, file of a policy, or policy:mt50 (default); and the task that is shown first (default door-open)"
            | Export _ ->
                "write the page into this folder, for a file server, instead of serving it"
            | Open -> "open the page in the browser"
            | Port _ -> "port to listen on (default: any free one)"

let private first = "policy:mt50"
let private firstTask = "door-open-v3"

/// A word that can be no task: a policy, or meant as one.
let private isPolicy (word: string) =
    PolicySource.IsNamedBy word || word.Contains '/' || word.EndsWith ".onnx"

/// A policy and a task, both optional.
let private read words =
    match words with
    | [] -> first, None
    | [ word ] when isPolicy word -> word, None
    | [ task ] -> first, Some task
    | [ policy; task ] -> policy, Some task
    | _ -> refuse $"""{String.concat " " words}: name a policy and a task at most."""

/// The policies of the page: the named one, then the shipped ones.
let private policies serves source =
    let named = PlayPolicy.load serves source
    let others = ShippedPolicies.Names |> Seq.filter ((<>) source) |> Seq.rev

    named
    :: [
        for name in others do
            match PlayPolicy.tryLoad false name with
            | Ok policy -> policy
            | Error _ -> ()
    ]
    |> List.distinctBy _.Name

let private taskIn source (policy: PlayPolicy) wanted =
    let all = policy.Tasks @ (policy.Served |> List.map _.Name)

    /// Where all tasks are the page's, a name that is none of them is misspelt.
    let named word =
        match Benchmarks.find word with
        | Ok task -> task.Name
        | Error message when policy.Served.IsEmpty && not (PlayPolicy.isOfPage word) ->
            refuse $"{message} 'mtrl list tasks' lists all."
        | Error _ -> word

    match Option.map named wanted with
    | Some task when List.contains task all -> task
    | Some task ->
        let list = all |> List.map TaskName.plain |> String.concat ", "
        refuse $"{TaskName.plain task}: is no task of {source}, which has {list}."
    | None when List.contains firstTask all -> firstTask
    | None -> all.Head

let private write folder files =
    let megabytes = float (PlayFiles.write folder files) / 1e6
    let home = Path.Combine(folder, "index.html")
    printfn $"{home}: {files.Length} files, {megabytes:F1} MB"
    ExitCode.Done

let private serve (options: ParseResults<Options>) policies files =
    let port = Command.port (options.GetResult(Port, 0))
    use stopping = new StopSignals(ignoreHangup = false)
    use server = PlayServer.start IPAddress.Loopback port policies files
    printfn $"{server.Page}"
    eprintfn "mtrl: open the address in a browser of this machine. Ctrl-C ends it."

    if options.Contains Open then
        Browser.openPage server.Page

    stopping.Wait()

let private run (options: ParseResults<Options>) =
    let folder =
        options.TryGetResult Export |> Option.map (Command.checkedFolder "--export")

    folder |> Option.iter OutputFile.MakeFolder
    let source, wanted = read (options.GetResult(What, []))
    let policies = policies folder.IsNone source

    let files =
        PlayFiles.all policies (taskIn source policies.Head wanted) folder.IsNone

    match folder with
    | Some folder -> write folder files
    | None -> serve options policies files

let command =
    Command.define
        "play"
        "Shows a policy at work in the browser; goals and things can be moved."
        [
            "mtrl play"
            "mtrl play policy:mt10 drawer-open --open"
            "mtrl play runs/quickstart/seed-1"
            "mtrl play runs/arm/seed-1 --with arm.fsx"
            "mtrl play --export site/play"
        ]
        run
    |> Command.completing (fun () -> Command.policyNames () @ TaskNames.withoutVersion)
