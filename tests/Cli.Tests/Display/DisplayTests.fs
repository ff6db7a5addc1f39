module MtrlFunctional.Cli.Tests.Display.DisplayTests

open Expecto
open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Training
open MtrlFunctional.Cli.Display
open Spectre.Console

let ``the display`` = [
    let two = [|
        TaskProgress("reach-v3", 1.0, 0.8, 0.7, 1234.0)
        TaskProgress("pick-place-v3", 0.0, nan, nan, nan)
    |]

    let progressIn seconds tasks first step =
        TrainingProgress(
            FirstStep = first,
            Phase = TrainingPhase.Training,
            Step = step,
            TotalSteps = 50_000L,
            Episode = 62L,
            Environments = 10,
            EnvStepsPerSecond = 1234.5,
            UpdatesPerSecond = 25.06,
            Elapsed = TimeSpan.FromSeconds(seconds: float),
            Stepping = TimeSpan.FromSeconds seconds,
            Losses = readOnlyDict [ "actor/loss", -12.345; "critic/loss", 0.0512 ],
            Tasks = tasks,
            LastEvaluation =
                EvaluationResult(30_000L, [| TaskEvaluation("reach-v3", 0.9, 0.6, 2000.0) |]),
            Lines = [| "| train | E: 61 |"; "| train | E: 62 |" |]
        )

    let progressOf tasks first step = progressIn 310.0 tasks first step
    let progressAt seconds step = progressIn seconds two 0L step
    let progressFrom first step = progressOf two first step
    let progress step = progressFrom 0L step

    /// Half of the steps, after a long start.
    let timed phase stepping ahead =
        TrainingProgress(
            Phase = phase,
            Step = 25_000L,
            TotalSteps = 50_000L,
            Episode = 50L,
            Environments = 10,
            EnvStepsPerSecond = 1.0,
            UpdatesPerSecond = 1.0,
            Elapsed = TimeSpan.FromSeconds(9_000.0: float),
            Stepping = TimeSpan.FromSeconds(stepping: float),
            EvaluationsAhead = TimeSpan.FromSeconds(ahead: float)
        )

    let drawIn width body =
        use out = new StringWriter()

        let settings =
            AnsiConsoleSettings(
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Out = AnsiConsoleOutput out
            )

        let console = AnsiConsole.Create settings
        console.Profile.Width <- width
        body console
        out.ToString()

    let draw body = drawIn 120 body

    testCase "shows progress, speed, losses, tasks and the last evaluation" (fun () ->
        let drawn =
            draw (fun console ->
                console.Write(Live.picture (120, 30) "MT10 seed 1" (progress 31_000L)))

        drawn
        |> containsAll [
            "MT10 seed 1"
            "62 %"
            "31,000 of 50,000 steps × 10"
            "about 3 min 10 s left"
            "environment steps/s 1,234"
            "updates/s 25.06"
            "critic/loss 0.0512"
            "reach-v3"
            "80 %"
            "evaluation after step 30,000"
            "average  success ever 90 %, at end 60 %, return 2,000"
        ])

    testCase "keeps a task on one line where the terminal is narrow" (fun () ->
        let drawn =
            drawIn 80 (fun console ->
                console.Write(Live.picture (80, 24) "MT10 seed 1" (progress 31_000L)))

        let lines = drawn.Split '\n'

        for title in [ "  62 %"; "updates/s" ] do
            lines |> Array.filter _.Contains(title) |> hasLength 1

        lines |> Array.find _.Contains("× 10") |> contains "about 3 min 10 s left"
        lines |> Array.find _.Contains("episode") |> contains "updates/s 25.06"
        let line = lines |> Array.find _.StartsWith("reach-v3")
        line |> containsAll [ "80 %"; "70 %"; "1,234"; "90 %"; "60 %" ])

    /// The display as the lines of a terminal of a size.
    let linesIn (width, height) progress =
        let drawn =
            drawIn width (fun console ->
                console.Write(Live.picture (width, height) "runs/mt50/seed-1" progress))

        drawn.TrimEnd().Split '\n'

    testCase "shows fifty tasks, bar and time left on 80 columns and 24 lines" (fun () ->
        let tasks = [|
            for task in MtrlFunctional.Tasks.MetaWorld.Benchmarks.tasks ->
                TaskProgress(task.Name, 1.0, 0.8, 0.7, 1.0)
        |]

        let progress = progressOf tasks 0L 31_000L
        let lines = linesIn (80, 24) progress
        lines.Length |> isBelow 24
        lines[0] |> startsWith "runs/mt50/seed-1  training"

        lines[1]
        |> contains "62 %   31,000 of 50,000 steps × 10   about 3 min 10 s left"

        lines |> Array.sumBy (fun line -> line.Split("80 %").Length - 1) |> equals 50
        lines |> Array.filter (fun line -> line.TrimEnd().Length > 80) |> isEmpty
        // Names differ at either end.
        String.concat "" lines |> contains "button…-wall")

    testLaw
        100
        []
        "never has more lines than the terminal, whatever the number of tasks"
        (fun (FsCheck.PositiveInt count) (FsCheck.PositiveInt width) (FsCheck.PositiveInt height) ->
            let longer = String.replicate (width % 3) "-longer"

            let tasks = [|
                for i in 1 .. 1 + count % 70 ->
                    TaskProgress(
                        $"button-press-topdown{longer}-wa{i:d2}-v3",
                        1.0,
                        0.8,
                        0.7,
                        12_345.0
                    )
            |]

            let size = 72 + width % 128, 12 + height % 50
            let lines = linesIn size (progressOf tasks 0L 31_000L)

            lines.Length < snd size
            && lines[0].StartsWith "runs/mt50/seed-1"
            && lines[1].Contains " left")

    testTheory "is drawn in a terminal of few columns" [ 1; 5; 8 ]
    <| fun width ->
        progressOf (Array.replicate 50 two[0]) 0L 31_000L
        |> linesIn (width, 24)
        |> isNotEmpty

    testCase "shows no time left before it means something" (fun () ->
        Live.remaining (progressFrom 30_000L 30_199L) |> equals None
        Live.remaining (progressFrom 30_000L 30_200L) |> differsFrom None
        Live.remaining (timed TrainingPhase.Warmup 100.0 0.0) |> equals None)

    testCase "the time left is that of steps and of the evaluations to come" (fun () ->
        let left = Live.remaining (timed TrainingPhase.Evaluating 100.0 7.0)
        left |> equals (Some(TimeSpan.FromSeconds(107.0: float))))

    testCase "counts the time left from the step that this process began with" (fun () ->
        let left = Live.remaining (progressFrom 30_000L 31_000L)
        left |> equals (Some(TimeSpan.FromSeconds(310.0 * 19.0))))

    testTheory "begins again at the top of a terminal whose size has changed" [
        (120, 30), (80, 24)
        (80, 24), (120, 40)
        (80, 24), (80, 40)
    ]
    <| fun (first, second) ->
        use out = new StringWriter()

        let console =
            AnsiConsole.Create(
                AnsiConsoleSettings(
                    Ansi = AnsiSupport.Yes,
                    ColorSystem = ColorSystemSupport.NoColors,
                    Out = AnsiConsoleOutput out
                )
            )

        let resize (width, height) =
            console.Profile.Width <- width
            console.Profile.Height <- height

        resize first

        Live.run console "MT10" (fun publish ->
            publish (progress 1L)
            resize second
            publish (progress 50_000L))

        let parts = out.ToString().Split "\u001b[H"
        parts |> hasLength 2
        // What was there is scrolled away.
        parts[0] |> endsWith (String('\n', snd second))
        parts[0] |> contains "1 of 50,000 steps"

        let lines =
            Text.RegularExpressions.Regex
                .Replace(parts[1], "\u001b\\[[?0-9;]*[a-zA-Z]", "")
                .Split([| '\r'; '\n' |])

        lines |> Array.filter (fun line -> line.Length > fst second) |> isEmpty
        lines |> Array.filter _.Contains("MT10  training") |> isNotEmpty
        parts[1] |> contains "50,000 of 50,000 steps"

    testCase "prints a readable line every ten seconds without a terminal" (fun () ->
        use out = new StringWriter()

        Plain.run out (fun publish ->
            for second in 0..25 do
                publish (progressAt (float second) (1_000L * int64 second)))

        let lines = out.ToString().TrimEnd().Split '\n'

        lines
        |> equals [|
            "evaluation after step 30,000: success 90 %, at end 60 %, return 2,000"
            "step 10,000 of 50,000 (20 %), success 80 % over 1 task, return 1,234, 1,234 environment steps/s, about 40 s left"
            "step 20,000 of 50,000 (40 %), success 80 % over 1 task, return 1,234, 1,234 environment steps/s, about 30 s left"
            "step 25,000 of 50,000 (50 %), success 80 % over 1 task, return 1,234, 1,234 environment steps/s, about 25 s left"
        |])

    testCase "counts the tasks that define success in such a line" (fun () ->
        let tasks = [|
            TaskProgress("reach-v3", 1.0, 0.8, 0.7, 1_000.0)
            TaskProgress("walker-walk", nan, nan, nan, 500.0)
        |]

        Plain.trained (progressOf tasks 0L 31_000L)
        |> contains "success 80 % over 1 task, return 750,")

    testCase "prints the lines of the papers' program where they are requested" (fun () ->
        use out = new StringWriter()
        Plain.paperLines out (fun publish -> publish (progress 1L))
        out.ToString() |> equals "| train | E: 61 |\n| train | E: 62 |\n")

    testTheory "durations are written for people" [
        0.4, "0 s"
        59.6, "1 min 00 s"
        3_599.7, "1 h 00 min"
        185.0, "3 min 05 s"
        7_800.0, "2 h 10 min"
    ]
    <| fun (seconds, expected) -> Durations.text (TimeSpan.FromSeconds seconds) |> equals expected
]

let ``the status line`` = [
    let on (out: TextWriter) width =
        new StatusLine(Some out, (fun () -> width))

    testCase "is one line that is removed at the end" (fun () ->
        use out = new StringWriter()

        (use line = on out 40
         line.Show "1 of 3: a")

        out.ToString() |> equals "\r1 of 3: a\r         \r")

    testCase "is cut at the width of the terminal" (fun () ->
        use out = new StringWriter()
        use line = on out 10
        line.Show "a text that is longer than ten columns"
        out.ToString() |> equals "\ra text t…")

    testCase "draws at most ten texts a second" (fun () ->
        use out = new StringWriter()
        use line = on out 40

        for i in 1..1_000 do
            line.Show $"{i} of 1000"

        // A busy machine may need longer than a tenth of a second for them.
        out.ToString().Split('\r').Length |> isBelow 100)

    testCase "is nothing without a terminal" (fun () ->
        use line = new StatusLine(None, (fun () -> 40))
        line.Show "1 of 3"
        line.Clear())
]
