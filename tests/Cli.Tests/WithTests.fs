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
    member _.``serve a sweep, which is repeated with nothing to do``() =
        let sweep = [
            "train"
            "-m"
            for word in words do
                match word with
                | "setup.name=ball" -> "setup.name=sweep"
                | "agent.actor.hidden_dim=8" -> "agent.actor.hidden_dim=4,8"
                | other -> other
            "--plain"
            "--with"
            library
        ]

        Assert.That(Capture.finished sweep, Does.Contain "hidden_dim")
        let folder = Path.Combine(folder, "sweep", "hidden_dim=4", "seed-1")
        Assert.That((SmallRun.newest folder).Info.Step, Is.EqualTo 80L)
        let again = Capture.mtrl sweep
        Assert.That(again.Err, Does.Contain "2 of 2: hidden_dim=8/seed-1: already finished.")

    [<Test>]
    member _.``serve a run that starts with a policy``() =
        Capture.finished [
            "resume"
            "--from"
            run
            "setup.name=from"
            "experiment.num_train_steps=40"
            $"setup.base_path={folder}"
            "--plain"
            "--with"
            library
        ]
        |> ignore

        Assert.That(
            (SmallRun.newest (Path.Combine(folder, "from", "seed-1"))).Info.Step,
            Is.EqualTo 40L
        )

    [<Test>]
    member _.``have tasks that are shown, with random actions or a policy``() =
        let shown = [ "demo"; "push"; "--plain"; "--with"; library ]
        Assert.That(Capture.finished shown, Does.Contain "push, random actions, starts of seed 42")
        Assert.That(Capture.finished (shown @ [ "--policy"; run ]), Does.Contain "seed-1, step ")
        let picture = place "ball.png"

        Capture.finished [
            "gallery"
            "own/ball"
            "--out"
            picture
            "--tile"
            "64x48"
            "--with"
            library
        ]
        |> ignore

        Assert.That(File.Exists picture)
        Capture.refused [ "demo"; "psh"; "--with"; library ] "psh: no such task. Nearest: push"

/// `mtrl new task`: a script with its model, in the folder where it is called.
[<TestFixture>]
type ``a new task``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-new-tests-").FullName
    let place name = Path.Combine(folder, name)

    let mtrl words =
        ChildProcess.executeIn folder "dotnet" (ChildProcess.mtrl :: words) []

    let dotnet words =
        let code, out, err = ChildProcess.executeIn folder "dotnet" words []
        Assert.That(code, Is.EqualTo 0, out + err)
        out

    [<OneTimeSetUp>]
    member _.Begin() =
        let code, _, err = mtrl [ "new"; "task"; "arm" ]
        Assert.That(code, Is.EqualTo 0, err)

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``trains, leaves a film, and is evaluated``() =
        let short = [
            "agent.on_policy.batch_size=360"
            "agent.on_policy.minibatch_size=60"
            "experiment.num_train_steps=120"
            "experiment.num_eval_episodes=1"
        ]

        Assert.That(dotnet ([ "fsi"; "arm.fsx" ] @ short), Does.Contain "its film is arm.gif")
        let film = File.ReadAllBytes(place "arm.gif")
        Assert.That(film.AsSpan(0, 6).SequenceEqual "GIF89a"B)
        let run = Path.Combine(folder, "runs", "arm", "seed-1")
        let printed = Capture.finished [ "eval"; run; "--with"; place "arm.fsx" ]

        for task in [ "north"; "south"; "east" ] do
            Assert.That(printed, Does.Contain task)

    [<Test; Category(LongForm.only)>]
    member _.``is learned``() =
        let out = dotnet [ "fsi"; "arm.fsx"; "setup.name=learned" ]
        Assert.That(out, Does.Contain "success 100")

    [<Test>]
    member _.``has a name of its own``() =
        let refused name (message: string) =
            let code, _, err = mtrl [ "new"; "task"; name ]
            Assert.That((code, err.Trim()), Is.EqualTo((2, $"mtrl: {message}")))

        let before = File.ReadAllText(place "arm.fsx")
        refused "arm" "arm.fsx: is there already. Name another task, or remove it."
        Assert.That(File.ReadAllText(place "arm.fsx"), Is.EqualTo before)
        Assert.That((mtrl [ "new"; "task"; "a/b" ] |> fun (code, _, _) -> code), Is.EqualTo 2)
        Assert.That(Directory.GetFiles folder |> Array.exists _.EndsWith("b.fsx"), Is.False)

/// The templates of the packages, with the libraries that were built.
module ``templates of scripts`` =
    [<TestCase("task/Mtrltask.fsx"); TestCase("script/Mtrlscript.fsx")>]
    let ``compile`` (template: string) =
        let folder = Directory.CreateTempSubdirectory("mtrl-templates-").FullName

        try
            let text =
                Path.Combine(Repository.root, "eng/package/templates", template)
                |> File.ReadAllText

            let references = Path.Combine(Repository.root, "scripts", "mtrl.fsx")
            let script = Path.Combine(folder, "template.fsx")
            Assert.That(text, Does.Contain "#r \"nuget: MtrlFunctional, 0.1.0\"")

            File.WriteAllText(
                script,
                text.Replace("#r \"nuget: MtrlFunctional, 0.1.0\"", $"#load @\"{references}\"")
            )

            Assert.That(File.Exists(MtrlFunctional.Cli.With.CompiledScript.into folder script))
        finally
            Directory.Delete(folder, true)
