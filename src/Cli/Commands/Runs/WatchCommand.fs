/// `mtrl watch [FOLDER]`: a live page of the runs below a folder.
module MtrlFunctional.Cli.Commands.WatchCommand

open System.IO
open System.Net
open Argu
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Show
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.Watch

type Options =
    | [<MainCommand; Unique>] Folder of folder: string
    | Open
    | Port of number: int
    | Address of ip: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Folder _ -> "folder of a run, of an experiment, or of many (default runs)"
            | Open -> "open the page in the browser"
            | Port _ -> "port to listen on (default: any free one)"
            | Address _ ->
                "address to listen on (default 127.0.0.1, reachable from this machine only); the connection is not encrypted"

let private folder path =
    if Directory.Exists path then
        RunResults.fullPath path
    elif File.Exists path then
        (RunFolder.Existing path).Path
    else
        refuse $"{path}: no such folder. 'mtrl train' makes the folder runs."

let private address (text: string) =
    match IPAddress.TryParse text with
    | true, NonNull address -> address
    | _ ->
        refuse
            $"--address {text}: is no IP address, such as 127.0.0.1, or 0.0.0.0 for all of this machine."

let private run (options: ParseResults<Options>) =
    let given = options.GetResult(Folder, "runs")
    let folder = folder given
    let address = address (options.GetResult(Address, "127.0.0.1"))
    let port = Command.port (options.GetResult(Port, 0))
    use stopping = new StopSignals(ignoreHangup = false)

    use server =
        LowPriority.start (fun () ->
            new WatchServer(
                folder,
                { Address = address; Port = port; Budget = Some(ProcessorBudget.OfProcess()) }
            ))

    printfn $"{server.Page}"

    if not (IPAddress.IsLoopback address) then
        eprintfn
            "mtrl: the page is reachable from other machines, and its connection is not encrypted."

    eprintfn
        $"mtrl: shows the runs below {Path.TrimEndingDirectorySeparator given}/. Who has the address can read them. Ctrl-C ends it."

    if options.Contains Open then
        Browser.openPage server.Page

    stopping.Wait()

let command =
    Command.define
        "watch"
        "Shows runs on a live page in the browser."
        [ "mtrl watch"; "mtrl watch runs/mt10 --open"; "mtrl watch runs --port 8080" ]
        run
