module MtrlFunctional.Cli.Tests.Training.TuneTests

open System.IO
open System.Text.Json
open Expecto
open Expecto.Flip
open MtrlFunctional
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

/// Small searches: MT1 reach, episodes of 20 steps.
let ``a search from the command line`` = [
    let folder = TestFolder.create "tune"
    let reach name = SmallRun.reach folder name
    let lr = "agent.optimizers.actor.lr=tag(log, interval(1e-5, 1e-2))"

    /// Trials of 20 steps, of which half get 40.
    let halving name trials =
        "tune" :: reach name
        @ [ lr; "--trials"; string trials; "--reduction"; "2"; "--min-steps"; "20" ]
        @ [ "experiment.save_freq=20" ]

    let file name path = Path.Combine(folder, name, path)

    let results name =
        File.ReadAllLines(file name "tune.jsonl") |> List.ofArray |> List.tail

    let whole =
        lazy
            (let json = Capture.finished (halving "whole" 4 @ [ "--json" ])
             JsonDocument.Parse(json).RootElement, results "whole")

    let again =
        lazy
            (whole.Force() |> ignore
             Capture.mtrl (halving "whole" 4))

    let grid name values =
        "tune" :: reach name
        @ [ $"agent.optimizers.critic.lr={values}"; "--method"; "grid" ]

    let diverging = lazy Capture.finished (grid "diverging" "1e30,1e-3")

    testCase
        "ends with a table and the command of its best trial, which trains the same policy"
        (fun () ->
            let found, ended = whole.Value
            ended |> hasLength 6
            found.GetProperty("trials").GetArrayLength() |> equals 4
            let best = found.GetProperty "best"
            let words = Words.split (nonNull (best.GetProperty("command").GetString()))
            words |> List.take 2 |> equals [ "mtrl"; "train" ]
            Capture.does (words.Tail @ [ "--plain" ])
            let trial = best.GetProperty("trial").GetInt32()

            SmallRun.hashes (file "whole-best" "seed-1")
            |> equals (SmallRun.hashes (file "whole" $"trial-{trial}/seed-1"))

            again.Value.Err
            |> contains
                "4 trials, evaluated at 20, 40 steps of each task; 6 results are there already."

            again.Value.Out
            |> contains "search: 4 of 4 trials have a result, 2 with all 40 steps"

            again.Value.Out
            |> matches
                $"importance of agent.optimizers.actor.lr: +\\d+ %%\ntrain the best, trial {trial}, anew:\n  mtrl train "

            results "whole" |> hasLength 6

            Capture.finished (halving "whole" 6)
            |> contains "6 of 6 trials have a result, 3 with all"

            Capture.refusal (halving "whole" 5)
            |> contains "has results of 6 trials, and 5 are asked for. Write --trials 6"

            let page = File.ReadAllText(file "whole" "tune.html")
            page |> contains "<th>trial</th><th>lr</th><th>steps</th><th>success</th>"
            page |> lacks "curves.svg"

            isFile (file "whole" "importance.svg"))

    testCase "killed and started again ends as if nothing had happened" (fun () ->
        let unbroken, printed = snd whole.Value, again.Value.Out
        use killed = ChildProcess.start (halving "killed" 4)
        ChildProcess.awaitCheckpoint killed (file "killed" "trial-2/seed-1") 0L
        killed.Kill true
        killed.WaitForExit()
        let before = results "killed"
        before.Length |> isBelow 6
        let finished = Capture.finished (halving "killed" 4)
        finished.Replace("killed", "whole") |> equals printed
        results "killed" |> List.truncate before.Length |> equals before
        results "killed" |> equals unbroken)

    testCase "of two processes has the results of one" (fun () ->
        let random name more =
            "tune" :: reach name @ [ lr; "--method"; "random"; "--trials"; "2" ] @ more
            |> Capture.does

            List.sort (results name)

        random "two" [ "--jobs"; "2" ] |> equals (random "one" []))

    // Several processes: members, and each repetition.
    testCase "on a cluster goes on with each repetition, to the results of one here" (fun () ->
        diverging.Force() |> ignore
        let words = grid "remote" "1e30,1e-3" @ [ "--submit" ]
        let script = file "remote" "tune.sbatch"
        let occupied = file "remote" "trial-2"
        Directory.CreateDirectory(file "remote" "") |> ignore
        File.WriteAllText(occupied, "")

        /// What it says while the queue has a line.
        let said exit squeue =
            let slurm = FakeSlurm.create [ "sbatch", FakeSlurm.sbatch; "squeue", squeue ]
            let code, out, err = FakeSlurm.mtrl "" slurm words
            code |> Expect.equal err exit
            out + err

        said ExitCode.StartAgain $"echo '17|1|PD|{script}'"
        |> contains "1 of 2 runs are queued or running."

        said ExitCode.StartAgain "exit 0" |> contains "array 17: 2 of 2 runs of "
        File.Delete occupied

        // The trial that diverged has ended.
        said ExitCode.Stopped "exit 0"
        |> containsAll [ $"failed: {occupied}/seed-1: "; "array 17: 1 of 2 runs of " ]

        said ExitCode.Done "exit 0"
        |> contains "2 of 2 trials have a result, 1 with all 40 steps"

        results "remote" |> equals (results "diverging"))

    testCase "keeps a trial that diverges, and does not repeat it" (fun () ->
        diverging.Value |> matches "\n1 +1e\\+?30 +40 +diverged\n"

        (Capture.mtrl (grid "diverging" "1e30,1e-3")).Err
        |> contains "2 results are there already")

    let refused options =
        Capture.refusal ("tune" :: reach "refused" @ options)

    testTheory "is refused before it starts" [
        [ lr; "--method"; "bayes" ], "--method bayes: must be one of asha, random, grid."
        [ lr; "--metric"; "sucess" ],
        "--metric sucess: must be one of success, success_at_end, return. Nearest: success"
        [ lr; "--jobs"; "0" ], "--jobs 0: must be at least 1."
        [ lr; "--jobs"; "2"; "--submit" ], "--jobs: is of trials on this machine"
        [ lr; "--cluster"; "a.yaml" ], "--cluster: is of --submit, which is not given."
        [ lr; "--trials"; "0" ], "--trials 0: must be at least 1."
        [], "no key is searched"
    ]
    <| fun (options, message) ->
        refused options |> contains message
        Directory.Exists(file "refused" "") |> isFalse

    testCase "is refused where another is" (fun () ->
        diverging.Force() |> ignore

        Capture.refused
            (grid "diverging" "1e30,1e-2")
            "diverging: holds a search with other words: agent.optimizers.critic.lr=1e30,1e-3 there, agent.optimizers.critic.lr=1e30,1e-2 here.")
]

/// `mtrl train --until`.
let ``a run until a step`` = [
    let folder = TestFolder.create "until"

    let train name words =
        "train" :: SmallRun.reach folder name @ words @ [ "--plain" ]

    testCase "stops there once, and goes on to the bits of one that did not stop" (fun () ->
        let run name = Path.Combine(folder, name, "seed-1")
        let part = train "parts" [ "--until"; "15" ]
        Capture.finished part |> contains "stopped and saved at step 20."
        Capture.finished part |> ignore
        (SmallRun.newest (run "parts")).Info.Step |> equals 20L
        Capture.does (train "parts" [])
        Capture.does (train "whole" [])
        SmallRun.hashes (run "parts") |> equals (SmallRun.hashes (run "whole")))

    testCase "is refused before the first step" (fun () ->
        Capture.refused (train "none" [ "--until"; "0" ]) "--until 0: must be a step, at least 1.")
]
