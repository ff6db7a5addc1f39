module MtrlFunctional.Reliability.Tests.Processes.StallTests

open Expecto
open Expecto.Flip
open System
open System.Collections.Generic
open System.IO
open System.Threading
open System.Threading.Tasks
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Reliability.Tests.TrainingProcess
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Tests.Child
open MtrlFunctional.Training

/// An environment whose steps wait for a gate.
type private GatedEnvironment(gate: ManualResetEventSlim) =
    let mutable steps = 0

    interface IEnvironment with
        member _.Steps = steps
        member _.Status = EpisodeStatus.Running
        member _.Reward = 0.0
        member _.Success = Nullable()
        member _.Reset(_, _) = steps <- 0

        member _.Step _ =
            gate.Wait()
            steps <- steps + 1
            EpisodeStatus.Running

        member _.Observe observation = observation.Clear()
        member _.Save() = raise (NotSupportedException())
        member _.Load _ = raise (NotSupportedException())
        member _.Dispose() = ()

type private GatedFamily(gate) =
    interface IEnvironmentFamily with
        member _.Spec = {
            Observation = EnvironmentSpec.vector 1
            Action = ActionSpace.Box 1
            Horizon = 1_000_000
            Terminates = false
        }

        member _.Tasks = [| EnvironmentTask("gated", 1); EnvironmentTask("other", 1) |]
        member _.Create _ = new GatedEnvironment(gate)
        member _.Dispose() = ()

/// Waits for one report, and opens the gate whether it came or not.
let private awaitReport (gate: ManualResetEventSlim) (reports: List<string>) =
    try
        Waiting.Until("reported", fun () -> lock reports (fun () -> reports.Count = 1))
    finally
        gate.Set()

/// Environments whose step does not return.
let ``a watched environment`` = [
    testNamed "that does not come back is reported once" [ "on one thread", 1; "on two", 2 ]
    <| fun threads ->
        use gate = new ManualResetEventSlim(true)

        use environments =
            new VectorEnvironment(
                new GatedFamily(gate),
                VectorEnvironmentOptions(Threads = threads)
            )

        let reports = List<string>()

        use _ =
            new StallWatch(
                [| environments |],
                null,
                1,
                (fun why -> lock reports (fun () -> reports.Add why))
            )

        environments.Reset()

        gate.Reset()

        let stepping =
            Task.Run(fun () ->
                for _ in 1..2 do
                    environments.Step(ReadOnlySpan [| 0f; 0f |]))

        awaitReport gate reports
        stepping.Wait()

        List.ofSeq reports
        |> equals [ "A step of the environments (gated, other) has not returned for 1 seconds." ]

        environments.Progress.HasValue |> isFalse

    /// A minute of waiting.
    if LongForm.isAsked then
        testCase "that does not come back for a minute ends the program" (fun () ->
            let folder = TestFolder.inMemory "stall"
            let signal = Path.Combine(folder, "stalls")

            let variables = $"LD_PRELOAD={PreloadedLibrary.stall.Value} FAULTS_STALL={signal}"

            use running =
                shell
                    $"export {variables}; exec {{run}} > /dev/null"
                    (words folder "stalls" endless)

            awaitLines running (folderOf folder "stalls") 2
            File.WriteAllText(signal, "")
            let error = running.StandardError.ReadToEnd()
            awaitEnd running |> ignore
            running.ExitCode |> equals ExitCode.Stopped
            error |> contains "(drawer-close-v3) has not returned for 60 seconds")
]

/// Threads of a data-parallel update, of which one does not return.
let ``a watched update`` = [
    /// What is reported of a call whose parts wait for the gate.
    let reportOf (parts: DataParallel) (call: ManualResetEventSlim -> Tensor[][]) =
        use gate = new ManualResetEventSlim()
        let reports = List<string>()

        use _ =
            new StallWatch([||], parts, 1, (fun why -> lock reports (fun () -> reports.Add why)))

        let updating =
            Task.Run(fun () ->
                use _ = TorchSharp.torch.NewDisposeScope()
                call gate |> ignore)

        awaitReport gate reports
        updating.Wait()
        reports |> hasLength 1
        reports[0]

    testNamed "with a part that does not come back is reported once" [
        "the first", 0
        "the second", 1
    ]
    <| fun stuck ->
        Libtorch.Require()
        use parts = new DataParallel(3)

        let report =
            reportOf parts (fun gate ->
                parts.Map(fun part ->
                    if part = stuck then
                        gate.Wait()

                    // Parts without a result had nothing to do.
                    [| Tensor.zeros ScalarType.Float32 Libtorch.Cpu [| 1L |] |]))

        // A second, or a hundred times as long as the others took on a busy machine.
        report
        |> matches "^A part of an update has not returned for [0-9]+ seconds after others did\\.$"

        parts.Progress.HasValue |> isFalse

    /// Examinations, as many as are given, of a call of which so many parts have returned.
    let examine (stall: PartStall) (call: int) (returned: int) times =
        Seq.init times (fun _ ->
            stall.Examine(Nullable<struct (int * int)>(struct (call, returned))))
        |> Seq.filter id
        |> Seq.length

    testCase "may take any time" (fun () ->
        let stall = PartStall 60
        examine stall 1 0 10_000 |> Expect.equal "no part has returned" 0

        examine stall 1 1 900_000
        |> Expect.equal "one more part takes 90 times as long" 0

        examine stall 1 2 1 |> equals 0
        examine stall 2 1 60 |> Expect.equal "the next call" 0
        stall.Examine(Nullable()) |> isFalse
        examine stall 2 1 60 |> Expect.equal "another one between two calls" 0)

    testCase "is stalled once for each call" (fun () ->
        let stall = PartStall 60
        examine stall 1 1 1_000 |> equals 1
        examine stall 2 1 1_000 |> equals 1
        examine stall 3 0 100 |> equals 0
        examine stall 3 2 20_000 |> equals 1)
]
