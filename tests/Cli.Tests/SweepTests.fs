namespace MtrlFunctional.Cli.Tests

open System
open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Tests

/// Small sweeps: MT1 reach, episodes of 20 steps.
[<TestFixture; NonParallelizable>]
type ``a sweep from the command line``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-sweep-").FullName

    let words name steps = [
        "train"
        "-m"
        "--plain"
        "env=metaworld-mt1"
        "env.benchmark.env_name=reach"
        "agent=state_sac"
        $"setup.name={name}"
        $"setup.base_path={folder}"
        "setup.threads=1"
        "env.horizon=20"
        $"experiment.num_train_steps={steps}"
        "experiment.init_steps=20"
        "experiment.eval_freq=400"
        "experiment.save_freq=40"
        "experiment.num_eval_episodes=1"
        "replay_buffer.batch_size=8"
        "replay_buffer.capacity=2000"
        "agent.actor.hidden_dim=8"
    ]

    let file name path = Path.Combine(folder, name, path)

    let agentOf name run =
        let newest = nonNull ((RunFolder(file name run)).Checkpoints.Latest())

        newest.Info.Step,
        newest.Files
        |> Seq.filter (fun file -> file.Name = "agent.safetensors")
        |> Seq.map _.Sha256
        |> List.ofSeq

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``runs every combination, and again only what is new``() =
        let sweep values =
            words "grown" 40 @ [ $"agent.builder.discount={values}"; "setup.seed=1,2" ]

        let first = Capture.mtrl (sweep "0.9,0.99")
        Assert.That(first.Exit, Is.EqualTo ExitCode.Done, first.Err)
        Assert.That(first.Out, Does.Contain "sweep: 4 of 4 runs are finished")
        Assert.That(first.Out, Does.Match "discount=0.99/seed-2 +finished +\\d+ %")

        Assert.That(
            first.Out,
            Does.Match "discount=0.9, mean +2 seeds +\\d+ % \\[\\d+ %, \\d+ %\\]"
        )

        let run = "discount=0.9/seed-1/report.html"
        let written = File.GetLastWriteTimeUtc(file "grown" run)

        let listed =
            Capture.mtrl ("config" :: (sweep "0.9,0.5" |> List.except [ "train"; "--plain" ]))

        Assert.That(listed.Out, Does.Match @"^4 runs\n.*discount=0.9/seed-1  \(finished\)")

        Assert.That(
            listed.Out,
            Does.Contain "discount=0.5/seed-2  (to do): agent.builder.discount=0.5"
        )

        let second = Capture.mtrl (sweep "0.9,0.99,0.5")
        Assert.That(second.Err, Does.Contain "1 of 6: discount=0.9/seed-1: already finished.")
        Assert.That(second.Out, Does.Contain "sweep: 6 of 6 runs are finished")
        Assert.That(File.GetLastWriteTimeUtc(file "grown" run), Is.EqualTo written)

        let csv = File.ReadAllLines(file "grown" "sweep.csv")
        Assert.That(csv, Has.Length.EqualTo 7)

        Assert.That(
            csv[0],
            Is.EqualTo "run,agent.builder.discount,seed,state,success_ever,success_at_end,return"
        )

        Assert.That(csv[1], Does.StartWith "discount=0.9/seed-1,0.9,1,finished,")

        Assert.That(
            File.ReadAllText(file "grown" "sweep.md"),
            Does.Contain "[discount=0.5/seed-2](<discount=0.5/seed-2/report.md>)"
        )

    [<Test>]
    member _.``has returns where tasks define no success``() =
        let swept =
            Capture.mtrl (
                [
                    "train"
                    "-m"
                    "env=mt-cartpole"
                    "agent=state_sac"
                    "agent.builder.discount=0.9,0.99"
                ]
                @ SmallRun.words folder "returns"
            )

        Assert.That(swept.Exit, Is.EqualTo ExitCode.Done, swept.Err)
        Assert.That(swept.Out, Does.Match "discount=0.99\\S* +finished +– +– +\\d")
        let csv = File.ReadAllLines(file "returns" "sweep.csv")
        Assert.That(csv[1], Does.Match ",finished,,,\\d")

    [<Test>]
    member _.``does not start where a run of another configuration is``() =
        let sweep = words "held" 20 @ [ "setup.seed=1,2" ]
        Assert.That((Capture.mtrl sweep).Exit, Is.EqualTo ExitCode.Done)
        let other = Capture.mtrl (sweep @ [ "agent.builder.encoder_tau=0.5" ])
        Assert.That(other.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(other.Err, Does.StartWith "mtrl train: 2 errors; nothing was started.")
        let run = file "held" "seed-1"

        Assert.That(
            other.Err,
            Does.Contain $"{run}: holds a run of another configuration (step 20)"
        )

    /// Folders of experiments that do not exist before their runs start.
    [<TestCase("setup.name=of-${setup.seed_ref}", "setup.seed_ref=1,2", "of-1", "of-2")>]
    [<TestCase("setup.name=first,second", "setup.seed_ref=3", "first", "second")>]
    [<TestCase("setup.name=by-${agent.builder.discount}",
               "agent.builder.discount=0.9,0.99",
               "by-0.9",
               "by-0.99")>]
    [<TestCase("setup.name=alike", "setup.base_path=BASE/a,BASE/b", "a/alike", "b/alike")>]
    member _.``runs jobs that have folders of their own``
        (name: string)
        (swept: string)
        (first: string)
        (second: string)
        =
        let sweep =
            [ "train"; "-m"; "env=mt-cartpole"; "agent=state_sac" ]
            @ (SmallRun.words folder "replaced"
               |> List.filter (fun word ->
                   [ "setup.seed="; "setup.name="; swept.Split('=')[0] ]
                   |> List.forall (fun key -> not (word.StartsWith key))))
            @ [ name; swept.Replace("BASE", folder) ]

        let trained = Capture.mtrl sweep
        Assert.That(trained.Exit, Is.EqualTo ExitCode.Done, trained.Err)
        Assert.That(trained.Out, Does.Contain "sweep: 2 of 2 runs are finished")

        for place in [ first; second ] do
            let table = File.ReadAllLines(file place "sweep.csv")
            Assert.That(table, Has.Length.EqualTo 3)
            Assert.That(table[1], Does.StartWith $"{first}/")
            Assert.That(table[2], Does.StartWith $"{second}/")

        let page = File.ReadAllText(file second "sweep.md")
        let links = Regex.Matches(page, @"\(<(.*)>\)")
        Assert.That(links, Has.Count.EqualTo 2)

        for link in links do
            Assert.That(File.Exists(file second link.Groups[1].Value), $"{link}")

        let again = Capture.mtrl sweep
        Assert.That(Regex.Matches(again.Err, "already finished"), Has.Count.EqualTo 2)

    /// Each by itself would fit.
    [<Test>]
    member _.``does not start where the disk cannot hold the files of all runs``() =
        let free = DriveInfo(folder).AvailableFreeSpace

        if free > 10_000_000_000_000L then
            Assert.Ignore "The disk is too large."

        let transitions = free / 22_000L / 3L * 2L

        let sweep =
            [
                "train"
                "-m"
                "--plain"
                "env=dmc-cartpole-balance"
                "agent=sac"
                "env.builder.make_kwargs.from_pixels=True"
                "replay_buffer.backing=file"
                $"replay_buffer.capacity={transitions}"
                $"experiment.num_train_steps={transitions}"
                "agent.builder.discount=0.9,0.95,0.99"
                "setup.name=disk"
                "setup.seed=1"
                $"setup.base_path={folder}"
            ]
            |> Capture.mtrl

        Assert.That(sweep.Exit, Is.EqualTo ExitCode.WrongInput)

        Assert.That(
            sweep.Err,
            Does.Match "for each of 3 runs: .* in all; the disk of the run folder has"
        )

        Assert.That(sweep.Err, Does.Not.Contain "1 of 3")
        Assert.That(Directory.Exists(Path.Combine(folder, "disk")), Is.False)

    [<Test>]
    member _.``goes on after a run that fails, and says so at its end``() =
        let run = file "failing" "discount=0.9/seed-1"
        Directory.CreateDirectory run |> ignore
        use _ = RunLock.Take run

        let swept =
            Capture.mtrl (
                words "failing" 20 @ [ "agent.builder.discount=0.9,0.99"; "setup.seed=1" ]
            )

        Assert.That(swept.Exit, Is.EqualTo ExitCode.Stopped)
        Assert.That(swept.Out, Does.Contain "sweep: 1 of 2 runs are finished")
        Assert.That(swept.Out, Does.Contain "failed: discount=0.9/seed-1: ")

    [<Test>]
    member _.``killed, stopped and pasted again ends as if nothing had happened``() =
        let sweep name =
            words name 240 @ [ "agent.builder.discount=0.9,0.99"; "setup.seed=1" ]

        let first, second = "discount=0.9/seed-1", "discount=0.99/seed-1"
        use killed = ChildProcess.start (sweep "killed")
        ChildProcess.awaitCheckpoint killed (file "killed" first) 0L
        killed.Kill true
        killed.WaitForExit()
        use stopped = ChildProcess.start (sweep "killed")
        ChildProcess.awaitCheckpoint stopped (file "killed" second) 0L
        ChildProcess.terminate stopped
        Assert.That(stopped.ExitCode, Is.EqualTo 143)
        Assert.That((Capture.mtrl (sweep "killed")).Exit, Is.EqualTo ExitCode.Done)
        Assert.That((Capture.mtrl (sweep "whole")).Exit, Is.EqualTo ExitCode.Done)

        for run in [ first; second ] do
            Assert.That((agentOf "killed" run = agentOf "whole" run))
            Assert.That(fst (agentOf "killed" run), Is.EqualTo 240L)

    [<Test>]
    member _.``tells what to write``() =
        let said words =
            let printed = Capture.mtrl ("train" :: "env=metaworld-mt1" :: words)
            Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
            printed.Err

        Assert.That(
            said [ "setup.seed=1,2" ],
            Does.Contain "setup.seed=1,2: lists values to try one by one: add -m"
        )
