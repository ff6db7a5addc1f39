module MtrlFunctional.Cli.Tests.Training.SweepTests

open Expecto
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

/// Small sweeps: MT1 reach, episodes of 20 steps.
let ``a sweep from the command line`` = [
    let folder = TestFolder.create "sweep"

    let words name steps =
        [ "train"; "-m"; "--plain" ]
        @ (SmallRun.reach folder name |> List.filter (fun word -> word <> "setup.seed=1"))
        @ [
            $"experiment.num_train_steps={steps}"
            "experiment.eval_freq=400"
            "experiment.save_freq=40"
        ]

    let file name path = Path.Combine(folder, name, path)

    let agentOf name run =
        (SmallRun.newest (file name run)).Info.Step, SmallRun.agent (file name run)

    testCase "runs every combination, and again only what is new" (fun () ->
        let sweep values =
            words "grown" 20 @ [ $"agent.builder.discount={values}"; "setup.seed=1,2" ]

        let first = Capture.finished (sweep "0.9,0.99")
        first |> contains "sweep: 4 of 4 runs are finished"
        first |> matches "discount=0.99/seed-2 +finished +\\d+ %"
        first |> matches "discount=0.9, mean +2 seeds +\\d+ % \\[\\d+ %, \\d+ %\\]"
        let run = "discount=0.9/seed-1/report.html"
        let written = File.GetLastWriteTimeUtc(file "grown" run)
        let report = File.ReadAllText(file "grown" run)
        report |> matches "mtrl train [^\n]*setup.save_dir=[^\n]*grown/discount=0.9"
        report |> lacks "agent.encoder.moe."

        let listed =
            Capture.finished ("config" :: (sweep "0.9,0.5" |> List.except [ "train"; "--plain" ]))

        listed |> matches @"^4 runs\n.*discount=0.9/seed-1  \(finished\)"
        listed |> contains "discount=0.5/seed-2  (to do): agent.builder.discount=0.5"

        let second = Capture.completed (sweep "0.9,0.99,0.5")
        second.Err |> contains "1 of 6: discount=0.9/seed-1: already finished."
        second.Out |> contains "sweep: 6 of 6 runs are finished"
        File.GetLastWriteTimeUtc(file "grown" run) |> equals written

        let csv = File.ReadAllLines(file "grown" "sweep.csv")
        csv |> hasLength 7

        csv[0]
        |> equals "run,agent.builder.discount,seed,state,success_ever,success_at_end,return"

        csv[1] |> startsWith "discount=0.9/seed-1,0.9,1,finished,"

        File.ReadAllText(file "grown" "sweep.md")
        |> contains "[discount=0.5/seed-2](<discount=0.5/seed-2/report.md>)")

    testCase "has returns where tasks define no success" (fun () ->
        let swept =
            Capture.finished (
                Words.split
                    "train -m env=mt-cartpole agent=state_sac agent.builder.discount=0.9,0.99"
                @ SmallRun.words folder "returns"
            )

        swept |> matches "discount=0.99\\S* +finished +– +– +\\d"
        let csv = File.ReadAllLines(file "returns" "sweep.csv")
        csv[1] |> matches ",finished,,,\\d")

    testCase "does not start where a run of another configuration is" (fun () ->
        let sweep = words "held" 20 @ [ "setup.seed=1,2" ]
        Capture.finished sweep |> ignore
        let other = Capture.refusal (sweep @ [ "agent.builder.encoder_tau=0.5" ])
        other |> startsWith "mtrl train: 2 errors; nothing was started."
        let run = file "held" "seed-1"
        other |> contains $"{run}: holds a run of another configuration (step 20)")

    /// Folders of experiments that do not exist before their runs start.
    testTheory "runs jobs that have folders of their own" [
        "setup.name=of-${setup.seed_ref}", "setup.seed_ref=1,2", "of-1", "of-2"
        if LongForm.isAsked then
            "setup.name=alike", "setup.base_path=BASE/a,BASE/b", "a/alike", "b/alike"
            "setup.name=first,second", "setup.seed_ref=3", "first", "second"

            "setup.name=by-${agent.builder.discount}",
            "agent.builder.discount=0.9,0.99",
            "by-0.9",
            "by-0.99"
    ]
    <| fun (name, swept, first, second) ->
        let sweep =
            [ "train"; "-m"; "env=mt-cartpole"; "agent=state_sac" ]
            @ (SmallRun.words folder "replaced"
               |> List.filter (fun word ->
                   [ "setup.seed="; "setup.name="; swept.Split('=')[0] ]
                   |> List.forall (fun key -> not (word.StartsWith key))))
            @ [ name; swept.Replace("BASE", folder) ]

        Capture.finished sweep |> contains "sweep: 2 of 2 runs are finished"

        for place in [ first; second ] do
            let table = File.ReadAllLines(file place "sweep.csv")
            table |> hasLength 3
            table[1] |> startsWith $"{first}/"
            table[2] |> startsWith $"{second}/"

        let page = File.ReadAllText(file second "sweep.md")
        let links = Regex.Matches(page, @"\(<(.*)>\)")
        links |> hasLength 2

        for link in links do
            file second link.Groups[1].Value |> isFile

        Regex.Matches((Capture.completed sweep).Err, "already finished") |> hasLength 2

    /// Each by itself would fit.
    testCase "does not start where the disk cannot hold the files of all runs" (fun () ->
        let free = DriveInfo(folder).AvailableFreeSpace

        if free > 10_000_000_000_000L then
            skiptest "The disk is too large."

        let transitions = free / 22_000L / 3L * 2L

        let sweep =
            Words.split
                $"train -m --plain env=dmc-cartpole-balance agent=sac
                env.builder.make_kwargs.from_pixels=True replay_buffer.backing=file
                replay_buffer.capacity={transitions} experiment.num_train_steps={transitions}
                agent.builder.discount=0.9,0.95,0.99 setup.name=disk setup.seed=1
                setup.base_path={folder}"
            |> Capture.refusal

        sweep |> matches "for each of 3 runs: .* in all; the disk of the run folder has"
        sweep |> lacks "1 of 3"
        Path.Combine(folder, "disk") |> isAbsent)

    testCase "goes on after a run that fails, and says so at its end" (fun () ->
        let run = file "failing" "discount=0.9/seed-1"
        Directory.CreateDirectory run |> ignore
        use _ = RunLock.Take run

        let swept =
            Capture.mtrl (
                words "failing" 20 @ [ "agent.builder.discount=0.9,0.99"; "setup.seed=1" ]
            )

        swept.Exit |> equals ExitCode.Stopped
        swept.Out |> contains "sweep: 1 of 2 runs are finished"
        swept.Out |> contains "failed: discount=0.9/seed-1: ")

    /// Seconds: a process starts; in the long form two.
    testCase "killed, stopped and pasted again ends as if nothing had happened" (fun () ->
        let sweep name =
            words name 80
            @ [ "agent.builder.discount=0.9,0.99"; "setup.seed=1"; "experiment.save_freq=40" ]

        let first, second = "discount=0.9/seed-1", "discount=0.99/seed-1"
        use killed = ChildProcess.start (sweep "killed")
        ChildProcess.awaitCheckpoint killed (file "killed" first) 0L
        killed.Kill true
        killed.WaitForExit()

        if LongForm.isAsked then
            use stopped = ChildProcess.start (sweep "killed")
            ChildProcess.awaitCheckpoint stopped (file "killed" second) 0L
            ChildProcess.terminate stopped
            stopped.ExitCode |> equals 143

        Capture.does (sweep "killed")
        Capture.does (sweep "whole")

        for run in [ first; second ] do
            agentOf "killed" run |> equals (agentOf "whole" run)
            fst (agentOf "killed" run) |> equals 80L)
]
