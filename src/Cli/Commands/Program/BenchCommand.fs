/// `mtrl bench update|env|iteration|policy`: measures the speed of the parts of training.
module MtrlFunctional.Cli.Commands.BenchCommand

open System
open System.Collections.Generic
open System.Text.Json
open Argu
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Bench
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Pages

type Options =
    | [<MainCommand; Mandatory>] What of name: string list
    | Json of file: string
    | Rounds of count: int
    | Threads of count: int
    | Device of name: string
    | Alone
    | Tasks of names: string
    | Environments of count: int

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | What _ -> "update, env, iteration or policy; several are possible"
            | Json _ -> "also write the numbers to a JSON file"
            | Rounds _ -> "number of measurements (default 7); the minimum is reported"
            | Threads _ -> "number of threads (default: MTRL_THREADS, else all processors)"
            | Device _ -> "with update: cpu (default) or cuda:0"
            | Alone ->
                "with update and iteration: do not measure the PyTorch reference; with env: nor the system's MuJoCo, where another is in force"
            | Tasks _ ->
                "with env: tasks or benchmarks of Meta-World, e.g. reach,door-open or MT25 (default: MT10)"
            | Environments _ ->
                "with env: number of environments for the memory measurement (default 100)"

let private names = [ "update"; "env"; "iteration"; "policy" ]

let private written =
    let written = JsonSerializerOptions(WriteIndented = true)
    let rounded (x: float) = Math.Round(x, 4)
    written.Converters.Add(NumberOrNull(fun json x -> json.WriteNumberValue(rounded x)))
    written

/// One flat object: where several benchmarks have a key, the last value counts.
let private json (findings: Findings) =
    let whole = Dictionary<string, obj>()

    for key, value in findings.Numbers do
        whole[key] <- value

    for key, text in findings.Texts do
        whole[key] <- text

    JsonSerializer.Serialize(whole, written) + "\n"

let private run (options: ParseResults<Options>) =
    let requested = options.GetResult What

    match requested |> List.filter (fun name -> not (List.contains name names)) with
    | [] ->
        let rounds = Command.atLeastOne "--rounds" (options.GetResult(Rounds, 7))

        let threads =
            Command.atLeastOne "--threads" (options.GetResult(Threads, Processor.Threads))

        let memory =
            Command.atLeastOne "--environments" (options.GetResult(Environments, 100))

        let device = DeviceOption.read (options.GetResult(Device, "cpu"))
        let file = options.TryGetResult Json |> Option.map (Command.checkedFile "--json")
        let alone = options.Contains Alone
        let requested = List.distinct requested
        use status = StatusLine.Standard

        let measure number name =
            use _ =
                status.Every(fun elapsed ->
                    $"bench {name} ({number + 1} of {requested.Length}): measuring for {Durations.text elapsed}")

            match name with
            | "update" -> UpdateBench.run rounds threads alone device
            | "iteration" -> IterationBench.run rounds threads alone
            | "policy" -> PolicyBench.run rounds
            | _ ->
                EnvironmentBench.run {
                    Rounds = rounds
                    Threads = threads
                    Tasks = options.GetResult(Tasks, "MT10")
                    Memory = memory
                    Compared = not alone
                }

        let show (found: Findings) =
            status.Clear()
            found.Lines |> List.iter (printfn "%s")
            found

        let found = [
            for number, name in List.indexed requested do
                show (measure number name)

            show (Machine.findings ())
        ]

        file
        |> Option.iter (fun file -> OutputFile.WriteText(file, json (Findings.concat found)))

        ExitCode.Done
    | unknown -> refuseAll (List.map (noneOf names "no such benchmark") unknown)

let command =
    Command.define
        "bench"
        "Measures updates, environments, iterations and policies on this machine."
        [
            "mtrl bench update --json update.json"
            "mtrl bench env policy"
            "mtrl bench iteration --alone --rounds 3"
            "mtrl bench env --tasks reach,door-open,stick-push --json env.json"
        ]
        run
    |> Command.completing (fun () -> names)
