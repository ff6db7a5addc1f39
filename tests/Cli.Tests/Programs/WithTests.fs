module MtrlFunctional.Cli.Tests.Programs.WithTests

open Expecto
open Expecto.Flip
open System
open System.IO
open MtrlFunctional.Cli.With
open MtrlFunctional.Environments
open MtrlFunctional.Tests
open MtrlFunctional.Training
open MtrlFunctional.Cli.Tests

/// What the library of these tests gives to `--with`.
module OwnBall =
    let task name =
        MujocoTask(
            Name = name,
            Model = Path.Combine(Repository.root, "scripts", "examples", "point.xml"),
            Substeps = 5,
            Observation =
                (fun world -> [| float32 world.Positions[0]; float32 world.Velocities[0] |]),
            Reward = (fun world _ -> world.Positions[0])
        )

    let extensions =
        Extensions(Environments = [| OwnEnvironments.OfTasks("ball", 20, task "push") |])

/// `--with FILE`: the extensions of a script or of a library.
let ``extensions for commands`` =
    let folder = TestFolder.create "with-tests"
    let place name = Path.Combine(folder, name)
    let run = Path.Combine(folder, "ball", "seed-1")
    let library = Reflection.Assembly.GetExecutingAssembly().Location

    let words =
        Words.split
            $"env=own/ball agent=mtppo setup.name=ball setup.seed=1 setup.base_path={folder}
            setup.threads=1 agent.actor.hidden_dim=8 agent.on_policy.batch_size=40
            agent.on_policy.minibatch_size=20 experiment.num_train_steps=80
            experiment.eval_freq=40 experiment.num_eval_episodes=1"

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

    let made =
        lazy Capture.finished ("train" :: words @ [ "--plain"; "--with"; library ])

    after made [
        testCase "serve an evaluation, of the run and of its file" (fun () ->
            let file = place "ball.onnx"
            Capture.does [ "export"; run; "--onnx"; file ]
            let ofRun = Capture.finished [ "eval"; run; $"--with={library}" ]
            ofRun |> contains "push"
            Capture.finished [ "--with"; library; "eval"; file ] |> equals ofRun)

        testCase "are listed" (fun () ->
            Capture.finished [ "list"; "envs"; "own"; "--with"; library ]
            |> contains "own/ball")

        testCase "continue a run" (fun () ->
            Words.split $"resume {run} experiment.num_train_steps=120 --plain --with {library}"
            |> Capture.does

            (SmallRun.newest run).Info.Step |> equals 120L)

        testCase "are asked for where a command needs them" (fun () ->
            for command in [ "eval"; "play"; "resume" ] do
                Capture.refusal [ command; run ]
                |> containsAll [
                    "env=own/ball: no extension of this name is given"
                    "--with FILE"
                ])

        testCase "are named where another one is asked for" (fun () ->
            Capture.refused
                [ "train"; "env=own/bal"; "agent=mtppo"; "--with"; library ]
                "env=own/bal: no extension of this name is given. Those that are: own/ball.")

        testCase "have tasks of different names" (fun () ->
            let twice =
                OwnEnvironments.OfTasks("ball", 20, OwnBall.task "push", OwnBall.task "push")

            Expect.throwsC
                (fun e -> e.Message |> startsWith "env=own/ball: 2 of its tasks are named push;")
                (fun () -> Extensions(Environments = [| twice |]).Additions |> ignore))

        testCase "are compiled into folders that the next process removes" (fun () ->
            use used = new ScriptFolder()
            let left = (new ScriptFolder()).Path
            let locked = Path.Combine(left, "lock")
            File.Delete locked
            File.WriteAllText(locked, "")
            (new ScriptFolder() :> IDisposable).Dispose()
            Directory.Exists left |> isFalse
            Directory.Exists used.Path |> isTrue)

        testCase "have one message for each mistake" (fun () ->
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
                typeof<MtrlFunctional.Experiments.Experiment>.Assembly.Location
                "has no public value of type Extensions"

            Capture.refused [ "eval"; run; "--with" ] "--with: needs a file")

        /// Seconds: the compiler of scripts is started. `fsi` is known, and what would train does not run.
        testCase "come from a script" (fun () ->
            let whole =
                script "whole.fsx" [
                    $"#r @\"{library}\""
                    "open MtrlFunctional.Training"
                    "let words = fsi.CommandLineArgs"
                    "let extensions = MtrlFunctional.Cli.Tests.Programs.WithTests.OwnBall.extensions"
                    "Script.Run(fun () -> failwith \"trains\")"
                ]

            Capture.finished [ "eval"; run; "--with"; whole; "--episodes"; "1" ]
            |> contains "push")

        /// Of a script at `place`.
        let refusal lines =
            let file = script "wrong.fsx" lines

            (Capture.refusal [ "eval"; run; "--with"; file ]).Replace(file, "place").Trim()

        testCase "of a script that is wrong are refused with the place" (fun () ->
            let message = refusal [ "let extensions = nothing" ]
            message |> startsWith "mtrl: --with place: does not compile.\n  "
            message |> contains "(4,18): error FS0039"
            message.Split '\n' |> hasLength 2)

        testCase "of a script whose code fails are refused with its message" (fun () ->
            refusal [
                "let extensions = MtrlFunctional.Training.Extensions()"
                "failwith \"no such file: a.xml\""
            ]
            |> equals "mtrl: --with place: its code failed: no such file: a.xml")

        testCase "serve a sweep, which is repeated with nothing to do" (fun () ->
            let sweep = [
                "train"
                "-m"
                for word in words do
                    match word with
                    | "setup.name=ball" -> "setup.name=sweep"
                    | "agent.actor.hidden_dim=8" -> "agent.actor.hidden_dim=4,8"
                    | other -> other
                yield! Words.split $"--plain --with {library}"
            ]

            Capture.finished sweep |> contains "hidden_dim"

            (Capture.mtrl sweep).Err
            |> contains "2 of 2: hidden_dim=8/seed-1: already finished.")

        testCase "serve a run that starts with a policy" (fun () ->
            Words.split
                $"resume --from {run} setup.name=from setup.base_path={folder} experiment.num_train_steps=40 setup.num_seeds=2 --plain --with {library}"
            |> Capture.does

            for seed in [ "seed-1"; "seed-2" ] do
                (SmallRun.newest (Path.Combine(folder, "from", seed))).Info.Step |> equals 40L)

        testCase "have tasks that are shown, with random actions or a policy" (fun () ->
            let shown = Words.split $"demo push --plain --with {library}"
            Capture.finished shown |> contains "push, random actions, starts of seed 42"
            Capture.finished (shown @ [ "--policy"; run ]) |> contains "seed-1, step "
            let picture = place "ball.png"

            Words.split $"gallery own/ball --out {picture} --tile 64x48 --with {library}"
            |> Capture.does

            File.Exists picture |> isTrue

            Capture.refused [ "demo"; "psh"; "--with"; library ] "psh: no such task. Nearest: push"

            Capture.refused
                [ "play"; run; "psh"; "--with"; library ]
                $"psh: is no task of {run}, which has push.")

        testCase "have tasks that no folder of files plays" (fun () ->
            Capture.refused
                [ "play"; run; "--export"; place "page"; "--with"; library ]
                $"{run}: plays push, which the page does not have")
    ]

let ``tasks of environments with equal names`` = [
    let environments name tasks =
        OwnEnvironments.OfTasks(name, 20, List.toArray (List.map OwnBall.task tasks))

    let parts =
        Extensions(
            Environments = [|
                environments "ball" [ "push" ]
                environments "disc" [ "pull"; "push" ]
                environments "twins" [ "turn"; "turn" ]
            |]
        )

    let given test =
        Given.within parts (fun () ->
            test ()
            0)
        |> ignore

    let demo task = [ "demo"; task; "--plain" ]

    testCase "are played by the word of the environment and the name" (fun () ->
        given (fun () ->
            for task in [ "own/ball/push"; "own/disc/push"; "own/ball"; "pull" ] do
                Capture.finished (demo task) |> contains ", random actions, starts of seed 42"))

    testTheory "are refused alone" [
        "push", "push: is a task of own/ball and of own/disc. Write own/ball/push or own/disc/push."
        "own/disc", "own/disc: has 2 tasks; demo plays one, e.g. own/disc/pull."
        "own/twins/turn",
        "own/twins/turn: own/twins has 2 tasks of this name. Give each a name of its own."
        "own/ball/psh", "own/ball/psh: no such task. Nearest: own/ball/push"
    ]
    <| fun (task, message) -> given (fun () -> Capture.refused (demo task) message)
]

/// `mtrl new task`: a script with its model, in the folder where it is called.
let ``a new task`` =
    let folder = TestFolder.create "new-tests"
    let place name = Path.Combine(folder, name)

    let mtrl words =
        ChildProcess.executeIn folder "dotnet" (ChildProcess.mtrl :: words) []

    let dotnet words =
        let code, out, err = ChildProcess.executeIn folder "dotnet" words []
        code |> Expect.equal (out + err) 0
        out

    let made = lazy dotnet [ ChildProcess.mtrl; "new"; "task"; "arm" ]

    after made [
        // In the short form `ProgramsTests` compiles the template.
        if LongForm.isAsked then
            testCase "trains, and leaves a film" (fun () ->
                let short =
                    Words.split
                        "agent.on_policy.batch_size=360 agent.on_policy.minibatch_size=60
                        experiment.num_train_steps=120 experiment.num_eval_episodes=1"

                dotnet ([ "fsi"; "arm.fsx" ] @ short) |> contains "its film is arm.gif"
                let film = File.ReadAllBytes(place "arm.gif")
                film[..5] |> equals "GIF89a"B)

            testCase "is learned" (fun () ->
                dotnet [ "fsi"; "arm.fsx"; "setup.name=learned" ] |> contains "success 100"
                let run = Path.Combine(folder, "runs", "learned", "seed-1")

                Capture.finished [ "eval"; run; "--with"; place "arm.fsx" ]
                |> containsAll [ "north"; "south"; "east" ])

        testCase "has a name of its own" (fun () ->
            let refusal name =
                let code, _, err = mtrl [ "new"; "task"; name ]
                code |> Expect.equal err 2
                err.Trim()

            let before = File.ReadAllText(place "arm.fsx")

            refusal "arm"
            |> equals "mtrl: arm.fsx: is there already. Name another task, or remove it."

            File.ReadAllText(place "arm.fsx") |> equals before
            refusal "a/b" |> startsWith "mtrl: "
            Directory.GetFiles(folder, "*b.fsx") |> isEmpty)
    ]
