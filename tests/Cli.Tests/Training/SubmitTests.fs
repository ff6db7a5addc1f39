module MtrlFunctional.Cli.Tests.Training.SubmitTests

open System
open System.IO
open Expecto
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests
open MtrlFunctional.Cli.Training

/// `mtrl submit`, `mtrl jobs`, `mtrl collect` on this machine, and with a Slurm that refuses.
let ``a submitted sweep`` = [
    let folder = TestFolder.create "submit"

    let words name more =
        "submit" :: SmallRun.reach folder name @ more

    let file name path = Path.Combine(folder, name, path)

    let jobs name =
        Capture.finished [ "jobs"; file name "" ]

    /// `mtrl WORDS`, which is refused, with these programs in place of those of the system; its one line.
    let refusedWith (programs: (string * string) list) words =
        let code, _, errors = FakeSlurm.mtrl "" (FakeSlurm.create programs) words
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
            File = JobArray.ofSweep
            WorkingFolder = place
            Root = place
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

    testCase "has failures with the accounts of its cluster, where it keeps some" (fun () ->
        Directory.CreateDirectory(file "accounts" "") |> ignore

        File.WriteAllText(
            file "accounts" "array.sbatch",
            Capture.finished (words "accounts" [ "--dry-run" ])
        )

        File.WriteAllText(
            file "accounts" "array-0.log",
            "mtrl: seed-1 starts on a, job 17\nstep 20\n"
        )

        let jobs sacct =
            let programs = [ "squeue", "exit 0"; "sacct", sacct ]
            let found = FakeSlurm.create programs
            let _, out, _ = FakeSlurm.mtrl "" found [ "jobs"; file "accounts" "" ]
            out

        jobs "[ $5 = --jobs=17 ] && echo '17|OUT_OF_MEMORY|0:125|00:10:02'"
        |> contains "failed: seed-1: was out of memory after 00:10:02: step 20\n"

        jobs "echo 'Slurm accounting storage is disabled' >&2; exit 1"
        |> contains "failed: seed-1: step 20\n")

    testCase "is looked for by its name" (fun () ->
        Capture.refusal [ "jobs"; "nothing" ]
        |> startsWith "mtrl: nothing: no sweep was submitted there.")
]

/// `mtrl submit SCRIPT`; the compiler of scripts takes seconds.
let ``a submitted script`` = [
    let folder = TestFolder.create "submit-script"

    let script name lines =
        let file = Path.Combine(folder, name)

        File.WriteAllLines(
            file,
            [
                $"#load @\"{Repository.root}/scripts/mtrl.fsx\""
                "open MtrlFunctional"
                "open MtrlFunctional.Experiments"
                yield! lines
            ]
        )

        file

    let table =
        lazy
            (let words =
                [
                    for word in SmallRun.reach folder "row" do
                        $"\"{word}\""
                ]
                |> String.concat "; "

             script "table.fsx" [
                 $"let small = Experiment.mt10 |> Experiment.withWords [ {words} ]"
                 "let row name units ="
                 "    small |> Experiment.withActor (fun actor -> { actor with HiddenDim = units }) |> Experiment.withName name"
                 "Run.trainAll \"table\" \"A table\" [ \"small\", row \"small\" 4; \"large\", row \"large\" 6 ]"
             ])

    // The table's own rows, as a script that runs has them.
    let rows = [
        for name, units in [ "small", 4; "large", 6 ] ->
            name,
            Experiment.mt10
            |> Experiment.withWords (SmallRun.reach folder name)
            |> Experiment.withActor (fun actor -> { actor with HiddenDim = units })
    ]

    testCase "has the first seeds of all rows before the second ones" (fun () ->
        let plan =
            rows
            |> List.map (fun (name, row) ->
                name,
                Experiment.withWords [ "setup.num_seeds=2" ] row
                |> Experiment.check
                |> ok
                |> fst)
            |> ScriptRuns.ofRows "table" MtrlFunctional.Training.Extensions.None []

        [
            for run in plan.Runs -> snd run.Job.Picked.Head, run.Experiment.Setup.SeedRef
        ]
        |> equals [ "small", 1L; "large", 1L; "small", 2L; "large", 2L ])

    testCase "has a member for each run, which is trained" (fun () ->
        let submitted = Capture.finished [ "submit"; table.Value; "--local"; "2" ]
        submitted |> contains "2 of 2 runs are finished"

        File.ReadAllText(Path.Combine(folder, "table", "array-1.log"))
        |> contains "mtrl: large/seed-1 starts on "

        let jobs = Capture.finished [ "jobs"; folder ]
        jobs |> startsWith $"{folder}/table: 2 of 2 runs are finished"

        Capture.run (fun () ->
            PaperTable.runScript
                (PaperTable.script { Name = "table"; Title = "A table"; Rows = rows })
                [ "plain" ])
        |> Capture.succeeds
        |> fun shown ->
            shown.Err |> contains "2 of 2: large, seed 1: already finished."
            shown.Out |> contains "2 of 2 runs finished.")

    testNamed "is refused with one message" [
        "without a file", ([ "nothing.fsx" ], "nothing.fsx: no such file.")
        "beside another", ([ "a.fsx"; "b.fsx" ], "a.fsx, b.fsx: give one script.")
        "without runs", ([ script "none.fsx" [ "printfn \"\"" ] ], "none.fsx: has no run.")
        "with a loop of its own",
        ([ script "loop.fsx" [ "let run = Run.start (Experiment.mt1 \"reach\")" ] ],
         "loop.fsx: trains where it is only read.")
        "with words that it does not take",
        ([
            script "fixed.fsx" [ "Run.train (Experiment.mt1 \"reach\")" ]
            "setup.seed=3"
         ],
         "fixed.fsx: takes no words, such as setup.seed=3.")
        "with mistakes in its experiments",
        ([
            script "wrong.fsx" [
                "Experiment.mt1 \"reach\" |> Experiment.withWords [ \"setup.nmae=a\" ] |> Run.train"
            ]
         ],
         "setup.nmae: no such key. Nearest: setup.name.")
        "with extensions of its own",
        ([
            script "own.fsx" [
                "let extensions = MtrlFunctional.Training.Extensions()"
                "Run.trainWith extensions (Experiment.mt1 \"reach\")"
            ]
         ],
         "Give these, too, by --with SCRIPT.")
    ]
    <| fun (words, message) ->
        (Capture.mtrl ("submit" :: "--dry-run" :: words)).Err |> contains message

    testCase "has the extensions of --with" (fun () ->
        let own =
            script "parts.fsx" [
                "let extensions = MtrlFunctional.Training.Extensions()"
                "Run.trainWith extensions (Experiment.mt1 \"reach\" |> Experiment.withWords (Run.words ()))"
            ]

        Capture.finished [ "submit"; "--dry-run"; own; "setup.name=own"; "--with"; own ]
        |> matches
            $"\n0\\) run=seed-42; set -- train --plain --alone --with {own} .* setup.name=own")
]
