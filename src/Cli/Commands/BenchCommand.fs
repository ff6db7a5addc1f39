/// `mtrl bench update|env|physics|replay|surgery|iteration|policy|plan`: measures the speed of the parts of training.
module MtrlFunctional.Cli.Commands.BenchCommand

open System.IO
open System.Text.Json
open Argu
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Bench
open MtrlFunctional.Cli.Display
open MtrlFunctional.Tasks.DmControl

type Options =
    | [<MainCommand; Mandatory>] What of name: string list
    | Json of file: string
    | Rounds of count: int
    | Threads of count: int
    | Device of name: string
    | Alone
    | Tasks of names: string
    | All
    | Networks of words: string
    | Environments of count: int

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | What _ ->
                "update, env, physics, replay, surgery, iteration, policy or plan; several are possible"
            | Json _ -> "also write the numbers to a JSON file"
            | Rounds _ -> "number of measurements (default 7); the minimum is reported"
            | Threads _ -> "number of threads (default: MTRL_THREADS, else all processors)"
            | Device _ -> "with update, also with --all: cpu (default) or cuda:0"
            | Alone ->
                "with update and iteration: do not measure the PyTorch reference; with env and physics: nor the system's MuJoCo, where another is in force"
            | Tasks _ ->
                "with env and physics: tasks or benchmarks, e.g. reach,door-open or MT25, and tasks of DeepMind Control (default: MT10 together; reach, door-open, stick-push separately; all of DeepMind Control)"
            | All ->
                "with update: every network, for ten and fifty tasks, and SAC-AE from pixels; with env: all fifty tasks, together and separately"
            | Networks _ ->
                "with update --all: networks whose name contains one of these, e.g. PTSL,CARE or SAC-AE"
            | Environments _ ->
                "with env: number of environments for the memory measurement (default 100)"

let private names = [
    "update"
    "env"
    "physics"
    "replay"
    "surgery"
    "iteration"
    "policy"
    "plan"
]

let private json (findings: (string * Findings) list) =
    use buffer = new MemoryStream()
    use writer = new Utf8JsonWriter(buffer, JsonWriterOptions(Indented = true))
    writer.WriteStartObject()

    // One flat object: keys of the machine occur in every benchmark, and the last value counts.
    let all part =
        findings
        |> List.collect (snd >> part)
        |> List.rev
        |> List.distinctBy fst
        |> List.rev

    for key, value in all _.Numbers do
        if System.Double.IsFinite value then
            writer.WriteNumber(key, System.Math.Round(value, 4))
        else
            writer.WriteNull key

    for key, text in all _.Texts do
        writer.WriteString(key, text)

    writer.WriteEndObject()
    writer.Flush()
    System.Text.Encoding.UTF8.GetString(buffer.ToArray()) + "\n"

let private positive name value =
    Command.atLeastOne $"{name} {value}" value

let private environmentPlan
    (options: ParseResults<Options>)
    rounds
    threads
    : EnvironmentBench.Plan =
    let names = options.TryGetResult Tasks |> Option.map (_.Split(',') >> List.ofArray)

    let isOf name task = DmControlTask.fullName task = name

    let dmControl, others =
        names
        |> Option.defaultValue []
        |> List.partition (fun name -> DmControlTasks.standard |> List.exists (isOf name))

    let chosen =
        match others with
        | _ when options.Contains All -> Some "MT50"
        | [] -> None
        | others -> Some(String.concat "," others)

    {
        Rounds = rounds
        Threads = threads
        Together = chosen |> Option.defaultValue "MT10"
        Alone = chosen |> Option.defaultValue "reach,door-open,stick-push"
        Memory = positive "--environments" (options.GetResult(Environments, 100))
        Compared = not (options.Contains Alone)
        DmControl =
            match names with
            | None -> DmControlTasks.standard
            | Some _ -> [
                for name in dmControl do
                    yield! List.filter (isOf name) DmControlTasks.standard
              ]
    }

/// Updates of all networks, or of those whose name contains one of the words: from states, then SAC-AE from pixels.
let private everyUpdate rounds threads alone device (words: string list) =
    let ofPixels, ofStates =
        words
        |> List.partition (fun word ->
            PixelUpdateBench.Name.Equals(word, System.StringComparison.OrdinalIgnoreCase))

    let states =
        if words.IsEmpty || not ofStates.IsEmpty then
            [ ArchitectureBench.run rounds threads device ofStates ]
        else
            []

    let pixels =
        if words.IsEmpty || not ofPixels.IsEmpty then
            [ PixelUpdateBench.run rounds threads alone device ]
        else
            []

    let all = states @ pixels

    {
        Numbers = all |> List.collect _.Numbers
        Texts = all |> List.collect _.Texts
        Lines = all |> List.collect _.Lines
    }

let private run (options: ParseResults<Options>) =
    let requested = options.GetResult What

    match requested |> List.filter (fun name -> not (List.contains name names)) with
    | [] ->
        let rounds = positive "--rounds" (options.GetResult(Rounds, 7))
        let threads = positive "--threads" (options.GetResult(Threads, Processor.Threads))
        let device = DeviceOption.read (options.GetResult(Device, "cpu"))
        let file = options.TryGetResult Json |> Option.map (Command.checkedFile "--json")

        let requested = List.distinct requested
        use status = StatusLine.Standard

        let findings = [
            for number, name in List.indexed requested do
                let found =
                    use _ =
                        status.Every(fun elapsed ->
                            $"bench {name} ({number + 1} of {requested.Length}): measuring for {Durations.text elapsed}")

                    match name with
                    | "update" when options.Contains All ->
                        let words =
                            (options.GetResult(Networks, ""))
                                .Split(
                                    ',',
                                    System.StringSplitOptions.RemoveEmptyEntries
                                    ||| System.StringSplitOptions.TrimEntries
                                )

                        everyUpdate
                            rounds
                            threads
                            (options.Contains Alone)
                            device
                            (List.ofArray words)
                    | "update" -> UpdateBench.run rounds threads (options.Contains Alone) device
                    | "env" -> EnvironmentBench.run (environmentPlan options rounds threads)
                    | "physics" ->
                        let plan = environmentPlan options rounds threads

                        PhysicsBench.run
                            plan.Compared
                            rounds
                            (EnvironmentBench.tasksOf plan.Together)
                    | "surgery" -> SurgeryBench.run rounds threads
                    | "iteration" -> IterationBench.run rounds threads (options.Contains Alone)
                    | "policy" -> PolicyBench.run rounds
                    | "plan" -> PlanBench.run rounds
                    | _ -> ReplayBench.run rounds

                status.Clear()
                found.Lines |> List.iter (printfn "%s")
                name, found
        ]

        let machine = { Numbers = []; Texts = [ "processor", Processor.ModelName ]; Lines = [] }

        file
        |> Option.iter (fun file ->
            OutputFile.WriteText(file, json (findings @ [ "machine", machine ])))

        ExitCode.Done
    | unknown ->
        unknown
        |> List.map (fun name ->
            let all = String.concat ", " names
            $"{name}: no such benchmark.{MtrlFunctional.Nearest.hint names name} There are: {all}.")
        |> Command.reportErrors "bench"

let command =
    Command.define
        "bench"
        "Measures updates, environments, replay, gradient surgery, policies and plans on this machine."
        [
            "mtrl bench update --json update.json"
            "mtrl bench env replay"
            "mtrl bench surgery --rounds 5"
            "mtrl bench env --tasks reach,door-open,stick-push --json env.json"
        ]
        run
    |> Command.completing (fun () -> names)
