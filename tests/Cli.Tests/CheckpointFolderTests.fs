namespace MtrlFunctional.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Training

/// A folder of a checkpoint in place of the folder of its run.
[<TestFixture; NonParallelizable>]
type ``the folder of a checkpoint``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-checkpoint-").FullName
    let run = Path.Combine(folder, "small", "seed-1")

    let checkpoint run step =
        Path.Combine(run, "checkpoints", $"step-{step}")

    let at = checkpoint run

    let done' (arguments: string list) =
        let printed = Capture.mtrl arguments
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        printed.Out

    let refused (arguments: string list) message =
        let printed = Capture.mtrl arguments
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain message)

    let train name =
        let saving = [
            "experiment.save_freq=20"
            "experiment.save.model.retain_last_n=-1"
            "--plain"
        ]

        done' ("train" :: SmallRun.reach folder name @ saving) |> ignore

    [<OneTimeSetUp>]
    member _.Train() = train "small"

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``is the run at that step``() =
        let separator = string Path.DirectorySeparatorChar
        let evaluated = done' [ "eval"; at 20 + separator ]
        Assert.That(evaluated, Is.EqualTo(done' [ "eval"; run; "--step"; "20" ]))
        Assert.That(evaluated, Is.Not.EqualTo(done' [ "eval"; run ]))
        use early = Policy.Load(at 20)
        use late = Policy.Load run
        Assert.That([ early.Step; late.Step ], Is.EqualTo<int64 list> [ 20L; 40L ])

        Assert.That(
            done' [ "demo"; "reach"; "--policy"; at 20; "--plain" ],
            Does.Contain "step 20, goals of its evaluations"
        )

    [<Test>]
    member _.``is the run where the whole run is meant``() =
        done' [ "report"; at 20 ] |> ignore
        Assert.That(File.Exists(Path.Combine(run, "report.html")))

    [<Test>]
    member _.``is refused beside another step``() =
        refused [ "eval"; at 20; "--step"; "40" ] "is the checkpoint of step 20, but step 40"
        refused [ "eval"; at 30 ] "has no checkpoint of step 30. It has steps 40, 20"

    [<Test>]
    member _.``is resumed where it is the newest``() =
        train "resumed"
        let run = Path.Combine(folder, "resumed", "seed-1")

        refused
            [ "resume"; checkpoint run 20; "--plain" ]
            $"goes on from step 40: 'mtrl resume {run}'"

        Assert.That(
            done' [ "resume"; checkpoint run 40; "experiment.num_train_steps=60"; "--plain" ],
            Does.Contain "done: 60 steps."
        )

    [<Test>]
    member _.``starts another run by both names of the key``() =
        let start key =
            SmallRun.reach folder key @ [ $"{key}={at 20}"; "--plain" ]

        for key in [ "agent.start"; "initialise_from" ] do
            done' ("train" :: start key) |> ignore

            Assert.That(
                (RunEvaluation.ExperimentOf(Path.Combine(folder, key, "seed-1"))).Agent.Start,
                Is.EqualTo(Some(at 20))
            )
