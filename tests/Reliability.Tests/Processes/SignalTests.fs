module MtrlFunctional.Reliability.Tests.Processes.SignalTests

open Expecto
open Expecto.Flip
open System
open System.IO
open MtrlFunctional.Reliability.Tests.TrainingProcess
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// Signals at random moments from the build of a run on, also during saves and evaluations.
let ``a signal to a training process`` = [
    let folder = TestFolder.create "signal"

    let busy =
        endless
        @ [
            "experiment.eval_freq=40"
            "experiment.save_freq=20"
            "experiment.init_steps=200"
        ]

    let start name =
        let running = shell "exec {run}" (words folder name busy)
        running.OutputDataReceived.Add ignore
        running.BeginOutputReadLine()
        let claimed = Path.Combine((folderOf folder name).Path, "lock")
        Waiting.Until("the build begins", fun () -> running.HasExited || File.Exists claimed)
        running

    /// Processes that want a processor, for each processor; at least 1.
    let load () =
        let busy = (File.ReadAllText "/proc/loadavg").Split(' ')[0]
        max 1.0 (float busy / float Environment.ProcessorCount)

    let wholeCheckpoint name =
        (folderOf folder name).Checkpoints.Latest() |> isNull |> not

    testCase "saves, and the exit code tells it" (fun () ->
        let random = Random 20_000
        // SIGHUP, SIGUSR1, SIGQUIT, SIGINT, SIGTERM.
        let signals = [| 1; 10; 3; 2; 15 |]
        let mutable longest = 0.0

        for case in 0 .. LongForm.count 2 500 - 1 do
            let name = $"signal-{case}"
            let number = signals[case % 5]
            use running = start name

            // Half of the moments are in the build.
            running.WaitForExit(random.Next(if case % 2 = 0 then 600 else 4_000)) |> ignore
            signal running number
            let seconds = awaitEnd running
            longest <- max longest seconds
            seconds |> Expect.isBelow $"case {case}" (30.0 * load ())
            let code = if number = 10 then 85 else 128 + number
            running.ExitCode |> Expect.equal $"case {case}" code
            wholeCheckpoint name |> Expect.isTrue $"case {case}"
            Directory.Delete((folderOf folder name).Path, true)
            LongForm.progress (case + 1) (LongForm.count 2 500)

        LongForm.report $"signals at random moments: at most {longest:F1} s until the end")

    testCase "that comes again ends it within a second" (fun () ->
        use running = start "twice"
        awaitLines running (folderOf folder "twice") 1
        signal running 15
        signal running 2
        awaitEnd running |> isBelow 1.0
        [ 130; 143 ] |> includes running.ExitCode)

    testCase "does not reach a run that was started to ignore it" (fun () ->
        let words = words folder "nohup" []
        use running = shell "trap '' HUP; exec {run}" words
        awaitLines running (folderOf folder "nohup") 1
        signal running 1
        let code, _, _ = finish running
        code |> equals 0)
]
