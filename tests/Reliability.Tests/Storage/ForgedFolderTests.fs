module MtrlFunctional.Reliability.Tests.Storage.ForgedFolderTests

open Expecto
open Expecto.Flip
open System
open System.IO
open System.Threading.Tasks
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Training
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Watch

/// Runs, crash bundles and policies that a stranger made: each use of them ends with a result or a message, writes
/// nothing outside, and hangs on nothing.
let ``a forged`` = [
    /// The live page's readers, without its server.
    let watch (run: string) =
        let store = RunStore(run, 100)
        let rows, _, _ = store.RowsSince -1

        for row in rows do
            store.Follow row.Id
            |> Option.iter (fun follower -> follower.Since(Map.empty, -1) |> ignore)

    let evaluate (path: string) =
        RunEvaluation.Evaluate(path, EvaluationOptions(Episodes = 1, Horizon = 10))
        |> ignore

    /// Trains three steps more, with updates.
    let resume (run: string) =
        use resumed = TrainingRun.Resume(run, steps = 43)
        resumed.Run() |> ignore

    let act (path: string) =
        use policy = Policy.Load path

        policy.Act(
            ReadOnlySpan(Array.zeroCreate<float32> policy.ObservationSize),
            policy.Tasks.Count - 1,
            Span(Array.zeroCreate<float32> policy.ActionSize)
        )

    /// As the command does: a run of one task has no file of conflicts, unless it is forged.
    let conflicts (run: string) =
        let file = (RunFolder run).ConflictsFile

        if File.Exists file then
            ConflictsLog.Read(file, 1) |> ignore

    /// What one can do with the folder of a run, and of how many folders it is done with one. The last one changes the run.
    let usesOfRuns: (string * int * (string -> unit)) list = [
        "conflicts", 1, conflicts
        "newest", 1, (fun run -> (RunFolder run).Checkpoints.Latest() |> ignore)
        "claim", 1, (fun run -> (RunFolder run).Claim().Dispose())
        "watch", 1, watch
        "report", 10, (fun run -> ReportFiles.ofRun None run |> ReportFiles.save |> ignore)
        "policy", 10, act
        "eval", 20, evaluate
        "resume", 10, resume
    ]

    let usesOfBundles: (string * int * (string -> unit)) list = [
        "reproduce", 1, (fun bundle -> UpdateReproduction.Of bundle |> ignore)
    ]

    let usesOfPolicies: (string * int * (string -> unit)) list = [
        "act", 1, (fun folder -> act (Path.Combine(folder, "policy.onnx")))
        "eval", LongForm.count 10 1, (fun folder -> evaluate (Path.Combine(folder, "policy.onnx")))
    ]

    let contents folder = [
        for file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories) |> Array.sort ->
            file, File.ReadAllText file
    ]

    /// Times that a use compiles methods.
    let warmUp = 100

    /// Seconds of processor time for the n-th time.
    let limit n = if n > warmUp then 1.0 else 3.0

    /// Seconds of processor time, and an error that is no message. A use that waits for ever takes none: the test fails
    /// after a minute on the clock.
    let attempt limit (what: string) (forged: string) act =
        let task =
            Task.Run(fun () ->
                try
                    act forged
                    None
                with
                | :? MtrlException -> None
                | e -> Some $"{what}: {e}")

        let ended, seconds =
            ProcessorTime.during ProcessorTime.ofThis (fun () ->
                task.Wait(TimeSpan.FromMinutes 1.0))

        ended |> Expect.isTrue $"{what}: hangs, after {seconds:N1} s of processor time"
        seconds |> Expect.isBelow what limit
        seconds, task.Result

    /// Uses copies of a folder `original` below a parent, each with one change; `outside` beside it stays as it is.
    let requireMessages
        (parent: string)
        (original: string)
        (forge: string -> string -> Random -> unit)
        uses
        cases
        =
        let outside = Path.Combine(parent, "outside")
        Directory.CreateDirectory outside |> ignore
        File.WriteAllText(Path.Combine(outside, "secret"), "kept")
        let before = contents outside
        let forged = Path.Combine(parent, "cases/forged")
        let mutable first, later, errors = 0.0, 0.0, []

        let names folder =
            Directory.GetFileSystemEntries folder
            |> Array.map Path.GetFileName
            |> Array.sort

        // The first use of each kind compiles its methods; the last ones change what they use.
        for _, _, act in uses do
            RunResult.Copy(original, forged)
            act forged

        let all = names parent

        for case in 1..cases do
            RunResult.Copy(original, forged)
            forge forged outside (Random case)

            for name, every, act in uses do
                if case % every = 0 then
                    let n = case / every
                    let seconds, error = attempt (limit n) $"case {case}, {name}" forged act

                    if n > warmUp then
                        later <- max later seconds
                    else
                        first <- max first seconds

                    errors <- Option.toList error @ errors

            contents outside |> Expect.equal $"case {case}" before
            LongForm.progress case cases

        List.rev errors |> isEmpty
        names parent |> equals all
        names (Path.Combine(parent, "cases")) |> equals [| "forged" |]

        LongForm.report
            $"{cases} forged: messages only, at most {first:N2} s of processor time for the first {warmUp} times of a use, {later:N2} s for the others"

    testCase "run gives messages, and nothing outside is written" (fun () ->
        let folder = TestFolder.inMemory "forged"
        let run = SmallRun.train folder [ "logger.use_tb=True" ]
        requireMessages folder run Forgery.forge usesOfRuns (LongForm.count 20 10_000))

    testCase "crash bundle gives messages, and nothing outside is written" (fun () ->
        let folder = TestFolder.inMemory "forged"

        (fun () -> SmallRun.train folder [ "agent.optimizers.critic.lr=1e25"; "setup.name=crash" ])
        |> isExplained ""

        let bundle = Path.Combine(folder, "crash/seed-1/crash/update-0")
        requireMessages folder bundle Forgery.forgeBundle usesOfBundles (LongForm.count 20 2000))

    testCase "policy gives messages, and nothing outside is written" (fun () ->
        let folder = TestFolder.inMemory "forged"
        let run = SmallRun.train folder []
        let saved = Path.Combine(folder, "saved")
        Directory.CreateDirectory saved |> ignore
        use policy = Policy.Load run
        policy.Save(Path.Combine(saved, "policy.onnx"))

        let forge (folder: string) =
            Forgery.forgePolicy (Path.Combine(folder, "policy.onnx"))

        requireMessages folder saved forge usesOfPolicies (LongForm.count 40 5000))
]
