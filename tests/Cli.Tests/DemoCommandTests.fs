namespace MtrlFunctional.Cli.Tests

open System
open System.IO
open NUnit.Framework
open Spectre.Console
open MtrlFunctional
open MtrlFunctional.Rendering
open MtrlFunctional.Cli.Show
open MtrlFunctional.Cli.Show.Play

[<TestFixture>]
module ``mtrl demo`` =
    let private folder = Directory.CreateTempSubdirectory("mtrl-demo").FullName

    [<OneTimeTearDown>]
    let removeFolder () = Directory.Delete(folder, true)

    let private file name = Path.Combine(folder, name)

    [<Test>]
    let ``plays the recorded episodes and writes a picture`` () =
        let picture = file "reach.png"

        let printed =
            Capture.mtrl [
                "demo"
                "reach"
                "--episodes"
                "2"
                "--picture"
                picture
                "--size"
                "96x72"
            ]

        Assert.That(printed.Err, Is.Empty)
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
        Assert.That(printed.Out, Does.Contain "scripted expert, goals of seed 42")
        // The recorded first steps with success on the first two goals of seed 42.
        Assert.That(
            printed.Out,
            Does.Contain "episode 1: first success at step 43, success at the end"
        )

        Assert.That(
            printed.Out,
            Does.Contain "episode 2: first success at step 47, success at the end"
        )

        Assert.That(printed.Out, Does.Contain "success at any step 100 %")
        Assert.That((File.ReadAllBytes(picture)[1..3] = "PNG"B))

    [<Test>]
    let ``writes a video`` () =
        let video = file "reach.gif"

        let printed = Capture.mtrl [ "demo"; "reach"; "--video"; video; "--size"; "64x48" ]

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
        // Every second of 43 + 40 steps.
        Assert.That(printed.Out, Does.Contain "reach.gif: 41 frames")
        Assert.That(File.Exists video)

    [<TestCase("raech", "raech: no such task or benchmark. Nearest: reach")>]
    [<TestCase("dmc-walker-wlak", "dmc-walker-wlak: no such task. Nearest: dmc-walker-walk")>]
    [<TestCase("dmc-19", "dmc-19: has 19 tasks; demo plays one, e.g. acrobot-swingup.")>]
    [<TestCase("walker-walk --camera corner", "There are: overview, close, side, back")>]
    [<TestCase("reach --camera cornr2 --picture x.png",
               "--camera cornr2: no such camera. Nearest: corner2")>]
    [<TestCase("reach --camera moon --picture x.png", "There are: overview, close, topview, corner")>]
    [<TestCase("reach --camera moon", "--camera moon: no such camera.")>]
    [<TestCase("reach --camera moon --plain", "--camera moon: no such camera.")>]
    [<TestCase("MT10", "MT10: has 10 tasks; demo plays one, e.g. reach-v3.")>]
    [<TestCase("reach --size 640", "--size 640: must be WIDTHxHEIGHT")>]
    [<TestCase("reach --size 5x5", "each from 16 to 4096")>]
    [<TestCase("reach --picture x.jpg", "--picture x.jpg: the name of a picture ends in .png.")>]
    [<TestCase("reach --picture no/x.png", "does not exist.")>]
    [<TestCase("reach --video x.avi", "x.avi: the name of a video ends in .mp4 or .gif.")>]
    [<TestCase("reach --episodes 0", "--episodes 0: must be at least 1.")>]
    let ``reports errors before anything is played`` (words: string) (message: string) =
        let printed = Capture.mtrl ("demo" :: List.ofArray (words.Split ' '))
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain message)

    [<TestCase("--picture", "folder.png")>]
    [<TestCase("--video", "folder.mp4")>]
    let ``a folder is no file to write`` (option: string, name: string) =
        Directory.CreateDirectory(file name) |> ignore
        let printed = Capture.mtrl [ "demo"; "reach"; option; file name ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "is a folder; must be a file name.")
        Assert.That(printed.Out, Is.Empty)

    let private snapshot: DemoView.Snapshot = {
        Title = "reach-v3, scripted expert"
        Episode = 2
        Episodes = 3
        Horizon = 500
        StepsPerSecond = 80.0
        MaximumReward = Some 10.0
        Now = {
            Step = 100
            Reward = 7.5
            Return = 612.0
            Success = true
            FirstSuccess = Some 90
            DefinesSuccess = true
        }
        Past = [
            {
                Step = 500
                Reward = 1.0
                Return = 300.0
                Success = false
                FirstSuccess = None
                DefinesSuccess = true
            }
        ]
        Frame = Some(fun () -> Frame(4, 2, Array.init 24 byte))
    }

    [<Test>]
    let ``shows reward, success and the picture while it plays`` () =
        use out = new StringWriter()

        let console =
            AnsiConsole.Create(
                AnsiConsoleSettings(Ansi = AnsiSupport.No, Out = AnsiConsoleOutput out)
            )

        console.Profile.Width <- 100
        console.Write(DemoView.picture snapshot)

        for part in
            [
                "reach-v3, scripted expert"
                "▀▀▀▀\n"
                "100 of 500, episode 2 of 3"
                "7.5"
                "yes, since step 90"
                "612"
                "episode 1: no success, return 300"
            ] do
            Assert.That(out.ToString().Replace(" \n", "\n"), Does.Contain part)

    [<Test>]
    let ``films until half a second after the last success`` () =
        let task step first = { snapshot.Now with Step = step; FirstSuccess = first }

        let one step first =
            Recording.isRecorded [| task step first |]

        Assert.That(one 400 None)
        Assert.That(one 130 (Some 90))
        Assert.That(one 132 (Some 90), Is.False)
        Assert.That(one 101 None, Is.False, "only every second step")

        let two step =
            Recording.isRecorded [| task step (Some 90); task step (Some 200) |]

        Assert.That(two 240)
        Assert.That(two 244, Is.False)
        Assert.That(two 202, Is.False, "of many tasks only every fourth step")
