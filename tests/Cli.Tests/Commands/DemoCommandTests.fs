module MtrlFunctional.Cli.Tests.Commands.DemoCommandTests

open Expecto
open Expecto.Flip
open System.IO
open Spectre.Console
open MtrlFunctional.Environments
open MtrlFunctional.Rendering
open MtrlFunctional.Training
open MtrlFunctional.Cli.Show
open MtrlFunctional.Cli.Show.Play
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

let ``mtrl demo`` = [
    let folder = TestFolder.create "demo"
    let file name = Path.Combine(folder, name)

    testCase "plays the recorded episodes and writes a picture" (fun () ->
        let picture = file "reach.png"

        let printed =
            Words.split $"demo reach --episodes 2 --picture {picture} --size 96x72"
            |> Capture.completed

        printed.Err |> isEmpty
        // The recorded first steps with success on the first two goals of seed 42.
        printed.Out
        |> containsAll [
            "scripted expert, goals of seed 42"
            "episode 1: first success at step 43, success at the end"
            "episode 2: first success at step 47, success at the end"
            "success at any step 100 %"
        ]

        File.ReadAllBytes(picture)[1..3] |> equals "PNG"B)

    testCase "writes a video" (fun () ->
        let video = file "reach.gif"

        // Every second of 43 + 160 steps.
        Capture.finished [ "demo"; "reach"; "--video"; video; "--size"; "64x48" ]
        |> contains "reach.gif: 101 frames, 2.5 s, "

        video |> isFile)

    Capture.refusals "reports errors before anything is played" [
        "demo raech", "raech: no such task or benchmark. Nearest: reach"
        "demo dmc-walker-wlak", "dmc-walker-wlak: no such task. Nearest: dmc-walker-walk"
        "demo dmc-19", "dmc-19: has 19 tasks; demo plays one, e.g. acrobot-swingup."
        "demo walker-walk --camera corner", "There are: overview, close, side, back"
        "demo reach --camera cornr2 --picture x.png",
        "--camera cornr2: no such camera. Nearest: corner2"
        "demo reach --camera moon --picture x.png", "There are: overview, close, topview, corner"
        "demo reach --camera moon", "--camera moon: no such camera."
        "demo reach --camera moon --plain", "--camera moon: no such camera."
        "demo MT10", "MT10: has 10 tasks; demo plays one, e.g. reach-v3."
        "demo reach --size 640", "--size 640: must be WIDTHxHEIGHT"
        "demo reach --size 5x5", "each from 16 to 4096"
        "demo reach --picture x.jpg", "--picture x.jpg: the name of a picture ends in .png."
        "demo reach --picture no/x.png", "does not exist."
        "demo reach --video x.avi", "x.avi: the name of a video ends in .mp4 or .gif."
        "demo reach --episodes 0", "--episodes 0: must be at least 1."
    ]

    testTheory "a folder is no file to write" [ "--picture", "folder.png"; "--video", "folder.mp4" ]
    <| fun (option, name) ->
        Directory.CreateDirectory(file name) |> ignore
        Capture.refused [ "demo"; "reach"; option; file name ] "is a folder; must be a file name."

    let snapshot: DemoView.Snapshot = {
        Title = "reach-v3, scripted expert"
        Episode = 2
        Episodes = 3
        Horizon = 500
        MaximumReward = Some 10.0
        Now = {
            Step = 100
            Reward = 7.5
            Return = 612.0
            Success = true
            FirstSuccess = Some 90
            DefinesSuccess = true
            IsOver = false
        }
        Past = [
            {
                Step = 500
                Reward = 1.0
                Return = 300.0
                Success = false
                FirstSuccess = None
                DefinesSuccess = true
                IsOver = true
            }
        ]
        Frame = Some(fun () -> Frame(4, 2, Array.init 24 byte))
    }

    testCase "shows reward, success and the picture while it plays" (fun () ->
        use out = new StringWriter()

        let console =
            AnsiConsole.Create(
                AnsiConsoleSettings(Ansi = AnsiSupport.No, Out = AnsiConsoleOutput out)
            )

        console.Profile.Width <- 100
        console.Write(DemoView.picture snapshot)

        out.ToString().Replace(" \n", "\n")
        |> containsAll [
            "reach-v3, scripted expert"
            "▀▀▀▀\n"
            "100 of 500, episode 2 of 3"
            "7.5"
            "yes, since step 90"
            "612"
            "episode 1: no success, return 300"
        ])

    testCase "plays an episode up to its end" (fun () ->
        let task =
            MujocoTask(
                Name = "falling",
                Model = Path.Combine(Repository.root, "scripts", "examples", "point.xml"),
                Substeps = 5,
                Observation = (fun world -> [| float32 world.Time |]),
                Reward = (fun _ _ -> 1.0),
                Terminal = (fun world -> world.Time > 0.22)
            )

        use rollout = Rollout.OfRandomActions(new MujocoFamily(20, task), 1L)
        let last = (Play.episode rollout 0 ignore)[0]
        (last.Step, last.Return) |> equals (5, 5.0))

    testCase "films until two seconds after the last success" (fun () ->
        let task step first = { snapshot.Now with Step = step; FirstSuccess = first }

        let one step first =
            Recording.isRecorded 80.0 [| task step first |]

        for step, first, is in [ 400, None, true; 250, Some 90, true; 252, Some 90, false ] do
            one step first |> equals is

        one 101 None |> Expect.isFalse "only every second step"

        let two step =
            Recording.isRecorded 80.0 [| task step (Some 90); task step (Some 200) |]

        two 360 |> isTrue
        two 364 |> isFalse
        two 202 |> Expect.isFalse "of many tasks only every fourth step")
]
