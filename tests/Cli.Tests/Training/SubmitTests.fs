module MtrlFunctional.Cli.Tests.Training.SubmitTests

open System
open System.IO
open Expecto
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

/// `mtrl submit`, `mtrl jobs`, `mtrl collect` on this machine, and with a Slurm that refuses.
let ``a submitted sweep`` = [
    let folder = TestFolder.create "submit"

    let words name more =
        "submit" :: SmallRun.reach folder name @ more

    let file name path = Path.Combine(folder, name, path)

    let jobs name =
        Capture.finished [ "jobs"; file name "" ]

    /// Programs with these texts in place of those of the system; the one line of `mtrl WORDS`, which is refused.
    let refusedWith (programs: (string * string) list) words =
        let place = TestFolder.create "programs"

        for name, text in programs do
            let program = Path.Combine(place, name)
            File.WriteAllText(program, $"#!/bin/sh\n{text}\n")
            File.SetUnixFileMode(program, File.GetUnixFileMode program ||| UnixFileMode.UserExecute)

        let code, _, errors =
            ChildProcess.execute "dotnet" (ChildProcess.mtrl :: words) [ "PATH", place ]

        code |> equals ExitCode.WrongInput
        errors.Trim().Split '\n' |> hasLength 1
        errors.Trim()

    testCase "is printed, and nothing is written" (fun () ->
        let dry more =
            Capture.completed (
                words "dry" ([ "setup.num_seeds=3"; "--dry-run"; "--cpus=2" ] @ more)
            )

        (dry [ "setup.threads=4" ]).Err
        |> contains
            "setup.threads=4: has more threads than a run has processors, --cpus=2. Write --cpus=4 or setup.threads=2."

        let whole = dry []
        whole.Err |> lacks "processors"
        let printed = whole.Out
        printed |> startsWith "#!/bin/bash\n"
        printed |> contains "#SBATCH --array=0-2\n"

        printed
        |> matches
            "\n2\\) run=seed-3; set -- train --plain --alone .* setup.threads=1 .*setup.seed_ref=3 setup.num_seeds=1 ;;"

        Directory.Exists(file "dry" "") |> isFalse)

    let submit seeds =
        Capture.finished (words "here" [ $"setup.num_seeds={seeds}"; "--local"; "2" ])

    let submitted = lazy submit 2

    testCase "is trained here, some runs at a time, and again only what is new" (fun () ->
        submitted.Value |> contains "2 of 2 runs are finished"
        let written = File.GetLastWriteTimeUtc(file "here" "seed-1/report.html")
        let log = File.ReadAllText(file "here" "array-0.log")
        log |> startsWith "mtrl: seed-1 starts on "
        log |> contains "done: 40 steps."
        log |> endsWith "mtrl: exit code 0\n"
        submit 2 |> startsWith "All 2 runs of "
        submit 3 |> contains "3 of 3 runs are finished"
        File.GetLastWriteTimeUtc(file "here" "seed-1/report.html") |> equals written

        Capture.finished [ "jobs"; folder ]
        |> contains $"{folder}/here: 3 of 3 runs are finished"

        Capture.finished [ "collect"; file "here" "" ]
        |> matches @"mean +3 seeds +\d+ % \[\d+ %, \d+ %\]")

    testCase "saves all its runs at a stop, and goes on" (fun () ->
        let words steps =
            words "stopped" [
                "setup.num_seeds=3"
                "--local=2"
                $"experiment.num_train_steps={steps}"
            ]

        use running = ChildProcess.start (words 1_000_000)
        ChildProcess.awaitCheckpoint running (file "stopped" "seed-1") 0L
        ChildProcess.awaitCheckpoint running (file "stopped" "seed-2") 0L

        Capture.refused (words 1_000_000) $"{folder}/stopped: already running in process "

        ChildProcess.terminate running
        running.ExitCode |> equals 143
        let jobs = jobs "stopped"
        jobs |> matches @"seed-1 +step [1-9][\d,]* "
        jobs |> matches @"seed-2 +step [1-9][\d,]* "
        jobs |> matches "seed-3 +to do "
        let collected = Capture.mtrl [ "collect"; file "stopped" "" ]
        collected.Exit |> equals ExitCode.Failed

        collected.Err |> matches "mtrl collect: 3 of 3 runs are missing: seed-1 \\(step")

    testCase "names the run that fails, and its error" (fun () ->
        let occupied = file "failing" "seed-1"
        Directory.CreateDirectory(file "failing" "") |> ignore
        File.WriteAllText(occupied, "")
        let submitted = Capture.mtrl (words "failing" [ "setup.num_seeds=2"; "--local=1" ])
        submitted.Exit |> equals ExitCode.Stopped
        submitted.Out |> matches "seed-1 +failed "

        submitted.Out
        |> containsAll [ "1 of 2 runs are finished"; $"failed: seed-1: {occupied}" ]

        let jobs = jobs "failing"
        jobs |> matches "seed-1 +failed "
        jobs |> contains $"failed: seed-1: {occupied}")

    testCase "is refused without Slurm, with one message" (fun () ->
        refusedWith [] (words "no" [])
        |> startsWith "mtrl: sbatch is not on this machine."

        Directory.Exists(file "no" "") |> isFalse)

    testCase "is refused as Slurm refuses it, and the file of before stays" (fun () ->
        submitted.Force() |> ignore
        let text = File.ReadAllText(file "here" "array.sbatch")

        refusedWith
            [
                "squeue", "exit 0"
                "sbatch", "echo 'sbatch: error: no such\naccount' >&2; exit 1"
            ]
            (words "here" [ "setup.num_seeds=4" ])
        |> endsWith "here: sbatch: error: no such account"

        File.ReadAllText(file "here" "array.sbatch") |> equals text)

    testCase "is refused while its array is in the queue" (fun () ->
        let queued = $"""echo '17|0|PD|{file "queued" "array.sbatch"}'"""

        refusedWith [ "squeue", queued; "sbatch", "exit 0" ] (words "queued" [])
        |> containsAll [ "1 of its 1 runs are queued or running"; "scancel 17" ])

    testCase "is refused with all mistakes at once" (fun () ->
        Capture.refusal (words "wrong" [ "--time=tomorrow"; "--cpus=0" ])
        |> startsWith "mtrl submit: 2 errors; nothing was started.")

    testTheory "has members that are queued again where they" [
        "save", "mkdir -p seed-1/checkpoints/step-8; exit 85", "\nmtrl: exit code 85\nqueued 17_0\n"
        "save nothing new", "exit 85", " with a longer --time.\nmtrl: exit code 1\n"
        "are killed before they train",
        "kill -USR1 $$",
        " with a longer --time.\nmtrl: exit code 1\n"
        "fail", "mkdir -p seed-1/checkpoints/step-9; exit 3", "\nmtrl: exit code 3\n"
    ]
    <| fun (_, member', expected) ->
        let place = TestFolder.create "member"
        let inside name = Path.Combine(place, name)
        let scontrol = inside "scontrol"
        File.WriteAllText(scontrol, "#!/bin/sh\necho queued $2\n")
        File.SetUnixFileMode(scontrol, UnixFileMode.UserExecute ||| UnixFileMode.UserRead)
        File.WriteAllText(inside "member", member')

        let array = {
            Name = "member"
            Folder = place
            WorkingFolder = place
            Words = []
            Program = [ "sh"; inside "member" ]
            Members = [ "seed-1", [] ]
            Open = [ 0 ]
            Cluster = Cluster.read "slurm.yaml" "" [] |> ok
        }

        File.WriteAllText(inside "array.sbatch", JobArray.text array)
        let path = place + ":" + Environment.GetEnvironmentVariable "PATH"

        let _, said, _ =
            ChildProcess.executeIn place "bash" [ "array.sbatch" ] [
                "PATH", path
                "SLURM_ARRAY_JOB_ID", "17"
                "SLURM_ARRAY_TASK_ID", "0"
            ]

        said |> endsWith expected

    testCase "is looked for by its name" (fun () ->
        Capture.refusal [ "jobs"; "nothing" ]
        |> startsWith "mtrl: nothing: no sweep was submitted there.")
]
