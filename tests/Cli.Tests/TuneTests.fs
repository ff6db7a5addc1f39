namespace MtrlFunctional.Cli.Tests

open System
open System.IO
open System.Text.Json
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Tests

/// Small searches: MT1 reach, episodes of 20 steps.
[<TestFixture; NonParallelizable>]
type ``a search from the command line``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-tune-").FullName

    let reach name = SmallRun.reach folder name
    let lr = "agent.optimizers.actor.lr=tag(log, interval(1e-5, 1e-2))"

    /// Four trials of 20 steps, of which two get 40.
    let halving name =
        "tune" :: reach name
        @ [ lr; "--trials"; "4"; "--reduction"; "2"; "--min-steps"; "20" ]

    let file name path = Path.Combine(folder, name, path)

    let results name =
        File.ReadAllLines(file name "tune.jsonl") |> List.ofArray |> List.tail

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``ends with a table and the command of its best trial, which trains the same policy``
        ()
        =
        let json = Capture.finished (halving "whole" @ [ "--json" ])
        let found = JsonDocument.Parse(json).RootElement
        Assert.That(results "whole", Has.Length.EqualTo 6)
        Assert.That(found.GetProperty("trials").GetArrayLength(), Is.EqualTo 4)
        let best = found.GetProperty "best"
        let words = (nonNull (best.GetProperty("command").GetString())).Split ' '
        Assert.That(words[..1], Is.EqualTo<string[]> [| "./mtrl"; "train" |])
        Capture.finished (List.ofArray words[1..] @ [ "--plain" ]) |> ignore
        let trial = best.GetProperty("trial").GetInt32()

        Assert.That(
            SmallRun.hashes (file "whole-best" "seed-1"),
            Is.EqualTo<obj>(SmallRun.hashes (file "whole" $"trial-{trial}/seed-1"))
        )

        // Nothing is trained again, and two more trials are.
        let again = Capture.mtrl (halving "whole")

        Assert.That(
            again.Err,
            Does.Contain
                "4 trials, evaluated at 20, 40 steps of each task; 6 results are there already."
        )

        Assert.That(
            again.Out,
            Does.Contain "search: 4 of 4 trials have a result, 2 with all 40 steps"
        )

        Assert.That(
            again.Out,
            Does.Match
                $"importance of agent.optimizers.actor.lr: +\\d+ %%\ntrain the best, trial {trial}, anew:\n  ./mtrl train "
        )

        Assert.That(results "whole", Has.Length.EqualTo 6)

        let more =
            Capture.mtrl (
                halving "whole" |> List.map (fun word -> if word = "4" then "6" else word)
            )

        Assert.That(more.Out, Does.Contain "6 of 6 trials have a result, 3 with all")

        Assert.That(
            File.ReadAllText(file "whole" "tune.html"),
            Does.Contain "<th>trial</th><th>lr</th><th>steps</th><th>success</th>"
        )

        Assert.That(File.Exists(file "whole" "importance.svg"))

    [<Test>]
    member _.``killed and started again ends as if nothing had happened``() =
        let longer name =
            halving name @ [ "experiment.num_train_steps=80"; "experiment.save_freq=20" ]

        use killed = ChildProcess.start (longer "killed")
        ChildProcess.awaitCheckpoint killed (file "killed" "trial-2/seed-1") 0L
        killed.Kill true
        killed.WaitForExit()
        let before = results "killed"
        Assert.That(before.Length, Is.LessThan 6)
        let finished = Capture.finished (longer "killed")

        Assert.That(
            finished.Replace("killed", "unbroken"),
            Is.EqualTo(Capture.finished (longer "unbroken"))
        )

        Assert.That(List.truncate before.Length (results "killed"), Is.EqualTo<string list> before)
        Assert.That(results "killed", Is.EqualTo<string list>(results "unbroken"))

    [<Test>]
    member _.``of two processes has the results of one``() =
        let random name =
            "tune" :: reach name @ [ lr; "--method"; "random"; "--trials"; "2" ]

        Capture.finished (random "two" @ [ "--jobs"; "2" ]) |> ignore
        Capture.finished (random "one") |> ignore
        Assert.That(List.sort (results "two"), Is.EqualTo<string list>(List.sort (results "one")))

    [<Test>]
    member _.``keeps a trial that diverges, and does not repeat it``() =
        let grid =
            "tune" :: reach "diverging"
            @ [ "agent.optimizers.critic.lr=1e30,1e-3"; "--method"; "grid" ]

        let first = Capture.mtrl grid
        Assert.That(first.Exit, Is.EqualTo ExitCode.Done, first.Err)
        Assert.That(first.Out, Does.Match "\n1 +1e\\+?30 +40 +diverged\n")
        Assert.That((Capture.mtrl grid).Err, Does.Contain "2 results are there already")

    [<Test>]
    member _.``is refused before it starts``() =
        let refused options =
            Capture.refused ("tune" :: reach "refused" @ options)

        refused [ lr; "--method"; "bayes" ] "--method bayes: must be one of asha, random, grid."

        refused
            [ lr; "--metric"; "sucess" ]
            "--metric sucess: must be one of success, success_at_end, return. Nearest: success"

        refused [ lr; "--jobs"; "0" ] "--jobs 0: must be at least 1."
        refused [ lr; "--trials"; "0" ] "--trials 0: must be at least 1."
        refused [] "no key is searched"
        Assert.That(Directory.Exists(file "refused" ""), Is.False)

    [<Test>]
    member _.``is refused where another is``() =
        let grid values =
            "tune" :: reach "held"
            @ [ $"agent.builder.discount={values}"; "--method"; "grid" ]

        Capture.finished (grid "0.9,0.99") |> ignore

        Capture.refused
            (grid "0.9,0.95")
            "held: holds a search with other words: agent.builder.discount=0.9,0.99 there, agent.builder.discount=0.9,0.95 here."

/// `mtrl train --until`.
[<TestFixture>]
type ``a run until a step``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-until-").FullName

    let train name words =
        "train" :: SmallRun.reach folder name @ words @ [ "--plain" ]
        |> Capture.finished

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``stops there once, and goes on to the bits of one that did not stop``() =
        let run name = Path.Combine(folder, name, "seed-1")
        Assert.That(train "parts" [ "--until"; "15" ], Does.Contain "stopped and saved at step 20.")
        train "parts" [ "--until"; "15" ] |> ignore
        Assert.That((SmallRun.newest (run "parts")).Info.Step, Is.EqualTo 20L)
        train "parts" [] |> ignore
        train "whole" [] |> ignore
        Assert.That(SmallRun.hashes (run "parts"), Is.EqualTo<obj>(SmallRun.hashes (run "whole")))

        Capture.refused
            ("train" :: SmallRun.reach folder "none" @ [ "--until"; "0" ])
            "--until 0: must be a step, at least 1."
