module MtrlFunctional.Reliability.Tests.Processes.WeeksTests

open Expecto
open System
open System.Collections.Generic
open System.Globalization
open System.IO
open MtrlFunctional.Reliability.Tests.TrainingProcess
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Training

/// What a long run takes from the machine, read from /proc while it trains.
let ``a long run`` = [
    let folder = TestFolder.create "weeks"
    let updates = LongForm.count 120 120_000
    // The runtime compiles methods again and the heap reaches its size.
    let warmUp = LongForm.count 60 20_000

    let status pid (field: string) =
        File.ReadLines $"/proc/{pid}/status"
        |> Seq.find _.StartsWith(field + ":")
        |> fun line ->
            Int64.Parse(
                line.Split([| ':'; ' '; '\t' |], StringSplitOptions.RemoveEmptyEntries)[1],
                CultureInfo.InvariantCulture
            )

    /// Targets of all file descriptors: "socket:[123]", paths.
    let descriptors pid = [
        for link in Directory.GetFileSystemEntries $"/proc/{pid}/fd" do
            match FileInfo(link).LinkTarget with
            | null -> ()
            | target -> target
    ]

    /// Numbers of the sockets of all processes that accept connections or datagrams.
    let listening () = [
        for table in [ "tcp"; "tcp6"; "udp"; "udp6"; "udplite"; "raw"; "raw6" ] do
            let file = $"/proc/net/{table}"

            if File.Exists file then
                for line in File.ReadLines file |> Seq.skip 1 do
                    $"socket:[{line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[9]}]"
    ]

    let step name =
        let steps = (folderOf folder name).Checkpoints.Steps()
        if Seq.isEmpty steps then 0L else Seq.max steps

    /// In the long form also no more memory.
    testCase "takes no more files and threads, and listens to nobody" (fun () ->
        let name = "weeks"

        let saves = [
            $"experiment.save_freq={LongForm.count 20 250}"
            "experiment.eval_freq=5000"
        ]

        use running = shell "exec {run} > /dev/null" (words folder name (endless @ saves))

        let await wanted =
            while not running.HasExited && step name < int64 wanted do
                running.WaitForExit 200 |> ignore

        await warmUp
        let memory, files = status running.Id "VmRSS", List.length (descriptors running.Id)
        let mutable threads = status running.Id "Threads"
        await updates
        running.HasExited |> isFalse
        let grown = float (status running.Id "VmRSS" - memory) / 1024.0
        let sockets = listening ()
        let after = descriptors running.Id
        after |> List.filter (fun target -> List.contains target sockets) |> isEmpty
        threads <- status running.Id "Threads" - threads
        signal running 15
        awaitEnd running |> ignore

        LongForm.report
            $"{updates - warmUp} updates: {grown:F1} MB, {after.Length - files} descriptors, {threads} threads more"
        // A checkpoint in progress has one file open; idle threads of the pool end and begin.
        after.Length |> isAtMost (files + 2)
        threads |> isAtMost 2

        if LongForm.isAsked then
            grown |> isBelow 1.0)

    /// Counted in this process, after each of 400 saves.
    testCase "has as many native tensors after each save" (fun () ->
        let steps = LongForm.count 100 100_000
        let counts = List<int64>()

        let count _ =
            counts.Add Libtorch.LiveTensors
            RunDecision.Continue

        let experiment =
            ExperimentBuilder.Resolve(
                SmallRun.words
                @ [
                    "setup.name=tensors"
                    $"setup.base_path={folder}"
                    $"experiment.num_train_steps={steps}"
                    $"experiment.save_freq={LongForm.count 10 250}"
                    $"experiment.eval_freq={steps / 10}"
                ]
            )

        use run =
            TrainingRun.Start(
                experiment,
                Extensions(Callbacks = Callbacks(OnCheckpoint = Func<_, _> count))
            )

        run.Run() |> ignore
        counts |> hasLength (LongForm.count 10 400)
        LongForm.report $"{steps} steps: {counts[0]} tensors after each of {counts.Count} saves"
        counts |> areAll counts[0])
]
