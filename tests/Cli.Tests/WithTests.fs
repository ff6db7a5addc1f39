namespace MtrlFunctional.Cli.Tests

open System
open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Tests
open MtrlFunctional.Training

/// What the library of these tests gives to `--with`.
module OwnBall =
    let private push =
        MujocoTask(
            Name = "push",
            Model = Path.Combine(Repository.root, "scripts", "examples", "point.xml"),
            Substeps = 5,
            Observation =
                (fun world -> [| float32 world.Positions[0]; float32 world.Velocities[0] |]),
            Reward = (fun world _ -> world.Positions[0])
        )

    let extensions =
        Extensions(Environments = [| OwnEnvironments.OfTasks("ball", 20, push) |])

/// `--with FILE`: the extensions of a script or of a library.
[<TestFixture; NonParallelizable>]
type ``extensions for commands``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-with-tests-").FullName
    let place name = Path.Combine(folder, name)
    let run = Path.Combine(folder, "ball", "seed-1")
    let library = typeof<``extensions for commands``>.Assembly.Location

    let words = [
        "env=own/ball"
        "agent=mtppo"
        "setup.name=ball"
        "setup.seed=1"
        $"setup.base_path={folder}"
        "setup.threads=1"
        "agent.actor.hidden_dim=8"
        "agent.on_policy.batch_size=40"
        "agent.on_policy.minibatch_size=20"
        "experiment.num_train_steps=80"
        "experiment.eval_freq=40"
        "experiment.num_eval_episodes=1"
    ]

    /// A script with the environments of the library, behind `lines`.
    let script name (lines: string list) =
        File.WriteAllLines(
            place name,
            [
                for file in [ "MtrlFunctional.Kernels"; "MtrlFunctional.Core"; "MtrlFunctional" ] do
                    $"#r @\"{Path.Combine(AppContext.BaseDirectory, file)}.dll\""
                yield! lines
            ]
        )

        place name

    [<OneTimeSetUp>]
    member _.Train() =
        Capture.finished ("train" :: words @ [ "--plain"; "--with"; library ]) |> ignore

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``serve an evaluation, of the run and of its file``() =
        let file = place "ball.onnx"
        Capture.finished [ "export"; run; "--onnx"; file ] |> ignore
        let ofRun = Capture.finished [ "eval"; run; $"--with={library}" ]
        Assert.That(ofRun, Does.Contain "push")
        Assert.That(Capture.finished [ "--with"; library; "eval"; file ], Is.EqualTo ofRun)

    [<Test>]
    member _.``continue a run``() =
        Capture.finished [
            "resume"
            run
            "experiment.num_train_steps=120"
            "--plain"
            "--with"
            library
        ]
        |> ignore

        Assert.That((SmallRun.newest run).Info.Step, Is.EqualTo 120L)

    [<Test>]
    member _.``are asked for where a command needs them``() =
        for command in [ [ "eval"; run ]; [ "resume"; run ] ] do
            Capture.refused command "env=own/ball: no extension of this name is given"
            Capture.refused command "--with FILE"

    [<Test>]
    member _.``have one message for each mistake``() =
        let refused file message =
            Capture.refused [ "eval"; run; "--with"; file ] $"mtrl: --with {file}: {message}"

        let text = place "arm.txt"
        File.WriteAllText(text, "")
        let damaged = place "damaged.dll"
        File.WriteAllText(damaged, "no library")
        refused (place "nowhere.fsx") "no such file."
        refused folder "is a folder."
        refused text "must be a script of F# (.fsx) or a library of .NET (.dll)."
        refused damaged "is no library of .NET."

        refused
            typeof<Experiments.Experiment>.Assembly.Location
            "has no public value of type Extensions"

        Capture.refused [ "eval"; run; "--with" ] "--with: needs a file"

    /// Seconds: the compiler of scripts is started. `fsi` is known, and what would train does not run.
    [<Test>]
    member _.``come from a script``() =
        let whole =
            script "whole.fsx" [
                $"#r @\"{library}\""
                "open MtrlFunctional.Training"
                "let words = fsi.CommandLineArgs"
                "let extensions = MtrlFunctional.Cli.Tests.OwnBall.extensions"
                "Script.Run(fun () -> failwith \"trains\")"
            ]

        let printed = Capture.finished [ "eval"; run; "--with"; whole; "--episodes"; "1" ]
        Assert.That(printed, Does.Contain "push")

    [<Test>]
    member _.``of a script that is wrong are refused with the place``() =
        let refusal lines =
            let file = script "wrong.fsx" lines
            Capture.refusal [ "eval"; run; "--with"; file ], file

        let message, file = refusal [ "let extensions = nothing" ]
        Assert.That(message, Does.StartWith $"mtrl: --with {file}: does not compile.\n  ")
        Assert.That(message, Does.Contain "wrong.fsx(4,18): error FS0039")
        Assert.That(message.Trim().Split('\n'), Has.Length.EqualTo 2)

        let message, file =
            refusal [
                "let extensions = MtrlFunctional.Training.Extensions()"
                "failwith \"no such file: a.xml\""
            ]

        Assert.That(
            message.Trim(),
            Is.EqualTo $"mtrl: --with {file}: its code failed: no such file: a.xml"
        )

    [<Test>]
    member _.``are no part of sweeps, nor of runs from a policy``() =
        Capture.refused [ "train"; "-m"; "env=own/ball"; "--with"; library ] "--with: -m trains"
        Capture.refused [ "resume"; "--from"; run; "--with"; library ] "--with: --from trains"
