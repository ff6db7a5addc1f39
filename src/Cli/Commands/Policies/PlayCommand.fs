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

/// The task of a name, or the message with the nearest names.
let private taskOf (name: string) =
    if PlayPolicy.isOfPage name then
        name
    else
        Benchmarks.find name
        |> Result.defaultWith (fun message -> refuse $"{message} 'mtrl list tasks' lists all.")
        |> _.Name

/// A word that can be no task: a policy, or meant as one.
let private isPolicy (word: string) =
    PolicySource.IsNamedBy word || word.Contains '/' || word.EndsWith ".onnx"

/// A policy and a task, both optional.
let private read words =
    match words with
    | [] -> first, None
    | [ word ] when isPolicy word -> word, None
    | [ task ] -> first, Some(taskOf task)
    | [ policy; task ] -> policy, Some(taskOf task)
    | _ -> refuse $"""{String.concat " " words}: name a policy and a task at most."""

/// The policies of the page: the named one, then the shipped ones.
let private policies source =
    let named = PlayPolicy.load source
    let others = ShippedPolicies.Names |> Seq.filter ((<>) source) |> Seq.rev

    named
    :: [
        for name in others do
            match PlayPolicy.tryLoad name with
            | Ok policy -> policy
            | Error _ -> ()
    ]
    |> List.distinctBy _.Name

let private taskIn source (policy: PlayPolicy) wanted =
    match wanted with
    | Some task when List.contains task policy.Tasks -> task
    | Some task ->
        let plain = policy.Tasks |> List.map TaskName.plain
        let list = String.concat ", " plain

        refuse $"{TaskName.plain task}: is no task of {source}, which has {list}."
    | None when List.contains firstTask policy.Tasks -> firstTask
    | None -> policy.Tasks.Head

let private write folder files =
    let megabytes = float (PlayFiles.write folder files) / 1e6
    let home = Path.Combine(folder, "index.html")
    printfn $"{home}: {files.Length} files, {megabytes:F1} MB"
    ExitCode.Done

let private serve (options: ParseResults<Options>) files =
    let port = Command.port (options.GetResult(Port, 0))
    use stopping = new StopSignals(ignoreHangup = false)
    use server = PlayServer.start IPAddress.Loopback port files
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
    let policies = policies source
    let files = PlayFiles.all policies (taskIn source policies.Head wanted)

    match folder with
    | Some folder -> write folder files
    | None -> serve options files

let command =
    Command.define
        "play"
        "Shows a policy at work in the browser; goals and things can be moved."
        [
            "mtrl play"
            "mtrl play policy:mt10 drawer-open --open"
            "mtrl play runs/quickstart/seed-1"
            "mtrl play --export site/play"
        ]
        run
    |> Command.completing (fun () -> Command.policyNames () @ TaskNames.withoutVersion)
