namespace MtrlFunctional.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Tests

/// `mtrl submit`, `mtrl jobs`, `mtrl collect` on this machine, and with a Slurm that refuses.
[<TestFixture; NonParallelizable>]
type ``a submitted sweep``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-submit-").FullName

    let words name more =
        "submit" :: SmallRun.reach folder name @ more

    let file name path = Path.Combine(folder, name, path)

    /// Programs with these texts in place of those of the system; the message of `mtrl WORDS`, which is refused.
    let refusedWith (programs: (string * string) list) words =
        let place = Directory.CreateTempSubdirectory("mtrl-programs-").FullName

        for name, text in programs do
            let program = Path.Combine(place, name)
            File.WriteAllText(program, $"#!/bin/sh\n{text}\n")
            File.SetUnixFileMode(program, File.GetUnixFileMode program ||| UnixFileMode.UserExecute)

        let code, output, errors =
            ChildProcess.execute "dotnet" (ChildProcess.mtrl :: words) [ "PATH", place ]

        Directory.Delete(place, true)
        Assert.That(code, Is.EqualTo ExitCode.WrongInput, output)
        Assert.That((errors.Trim().Split '\n').Length, Is.EqualTo 1, errors)
        errors.Trim()

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``is printed, and nothing is written``() =
        let printed =
            Capture.finished (words "dry" [ "setup.num_seeds=3"; "--dry-run"; "--cpus=2" ])

        Assert.That(printed, Does.StartWith "#!/bin/bash\n")
        Assert.That(printed, Does.Contain "#SBATCH --array=0-2\n")

        Assert.That(
            printed,
            Does.Match
                "\n2\\) run=seed-3; set -- train --plain --alone .* setup.threads=1 .*seed=3 ;;"
        )

        Assert.That(Directory.Exists(file "dry" ""), Is.False)

    [<Test>]
    member _.``is trained here, some runs at a time, and again only what is new``() =
        let submit seeds =
            Capture.finished (words "here" [ $"setup.num_seeds={seeds}"; "--local"; "2" ])

        Assert.That(submit 2, Does.Contain "2 of 2 runs are finished")
        let written = File.GetLastWriteTimeUtc(file "here" "seed-1/report.html")
        let log = File.ReadAllText(file "here" "array-0.log")
        Assert.That(log, Does.StartWith "mtrl: seed-1 starts on ")
        Assert.That(log, Does.Contain "done: 40 steps.")
        Assert.That(log, Does.EndWith "mtrl: exit code 0\n")
        Assert.That(submit 2, Does.StartWith "All 2 runs of ")
        Assert.That(submit 3, Does.Contain "3 of 3 runs are finished")
        Assert.That(File.GetLastWriteTimeUtc(file "here" "seed-1/report.html"), Is.EqualTo written)
        let jobs = Capture.finished [ "jobs"; folder ]
        Assert.That(jobs, Does.Contain $"{folder}/here: 3 of 3 runs are finished")
        let table = Capture.finished [ "collect"; file "here" "" ]
        Assert.That(table, Does.Match @"mean +3 seeds +\d+ % \[\d+ %, \d+ %\]")

    [<Test>]
    member _.``saves all its runs at a stop, and goes on``() =
        let words steps =
            words "stopped" [
                "setup.num_seeds=3"
                "--local=2"
                $"experiment.num_train_steps={steps}"
            ]

        use running = ChildProcess.start (words 1_000_000)
        ChildProcess.awaitCheckpoint running (file "stopped" "seed-1") 0L
        ChildProcess.awaitCheckpoint running (file "stopped" "seed-2") 0L
        let second = Capture.refusal (words 1_000_000)
        Assert.That(second, Does.Contain $"{folder}/stopped: already running in process ")
        ChildProcess.terminate running
        Assert.That(running.ExitCode, Is.EqualTo 143)
        let jobs = Capture.finished [ "jobs"; file "stopped" "" ]
        Assert.That(jobs, Does.Match @"seed-1 +step [1-9][\d,]* ")
        Assert.That(jobs, Does.Match @"seed-2 +step [1-9][\d,]* ")
        Assert.That(jobs, Does.Match "seed-3 +to do ")
        let collected = Capture.mtrl [ "collect"; file "stopped" "" ]
        Assert.That(collected.Exit, Is.EqualTo ExitCode.Failed)

        Assert.That(
            collected.Err,
            Does.Match "^mtrl collect: 3 of 3 runs are missing: seed-1 \\(step"
        )

    [<Test>]
    member _.``names the run that fails, and its error``() =
        let occupied = file "failing" "seed-1"
        Directory.CreateDirectory(Path.GetDirectoryName occupied |> nonNull) |> ignore
        File.WriteAllText(occupied, "")
        let submitted = Capture.mtrl (words "failing" [ "setup.num_seeds=2"; "--local=1" ])
        Assert.That(submitted.Exit, Is.EqualTo ExitCode.Stopped, submitted.Err)
        Assert.That(submitted.Out, Does.Contain "1 of 2 runs are finished")
        Assert.That(submitted.Out, Does.Contain "failed: seed-1: ")
        let jobs = Capture.finished [ "jobs"; file "failing" "" ]
        Assert.That(jobs, Does.Match "seed-1 +failed ")
        Assert.That(jobs, Does.Contain $"failed: seed-1: mtrl: {occupied}")

    [<Test>]
    member _.``is refused without Slurm, with one message``() =
        Assert.That(
            refusedWith [] (words "no" []),
            Does.StartWith "mtrl: sbatch is not on this machine."
        )

        Assert.That(Directory.Exists(file "no" ""), Is.False)

    [<Test>]
    member _.``is refused as Slurm refuses it, and the file of before stays``() =
        let before = Capture.finished (words "kept" [ "--local=1" ])
        Assert.That(before, Does.Contain "1 of 1 runs are finished")
        let text = File.ReadAllText(file "kept" "array.sbatch")

        let refused =
            refusedWith
                [
                    "squeue", "exit 0"
                    "sbatch", "echo 'sbatch: error: no such\naccount' >&2; exit 1"
                ]
                (words "kept" [ "setup.num_seeds=2" ])

        Assert.That(refused, Does.EndWith "kept: sbatch: error: no such account")
        Assert.That(File.ReadAllText(file "kept" "array.sbatch"), Is.EqualTo text)

    [<Test>]
    member _.``is refused while its array is in the queue``() =
        let queued = $"""echo '17|0|PD|{file "queued" "array.sbatch"}'"""

        let refused =
            refusedWith [ "squeue", queued; "sbatch", "exit 0" ] (words "queued" [])

        Assert.That(refused, Does.Contain "1 of its 1 runs are queued or running")
        Assert.That(refused, Does.Contain "scancel 17")

    [<Test>]
    member _.``is refused with all mistakes at once``() =
        let mistakes = Capture.refusal (words "wrong" [ "--time=tomorrow"; "--cpus=0" ])
        Assert.That(mistakes, Does.StartWith "mtrl submit: 2 errors; nothing was started.")

    [<Test>]
    member _.``is looked for by its name``() =
        Assert.That(
            Capture.refusal [ "jobs"; "nothing" ],
            Does.StartWith "mtrl: nothing: no sweep was submitted there."
        )
