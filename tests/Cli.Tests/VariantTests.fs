namespace MtrlFunctional.Cli.Tests

open System.IO
open System.Text.Json
open NUnit.Framework
open MtrlFunctional

/// One small run on the finger's variants, as the original's command names them, from states.
[<TestFixture; NonParallelizable>]
type ``a small run on variants``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-variants-").FullName
    let runFolder = Path.Combine(folder, "tiny", "seed-1")

    let words =
        [
            "setup=hipbmdp"
            "env=dmcontrol-finger-spin-distribution-v0"
            "agent=hipbmdp"
            "env.builder.make_kwargs.from_pixels=False"
            "agent.encoder.type_to_select=feedforward"
            "agent.transition_model.transition_cfg.layer_width=8"
        ]
        @ SmallRun.words folder "tiny"

    let mutable trained: Capture.Printed = { Exit = -1; Out = ""; Err = "" }

    let showsTables (text: string) =
        Assert.That(text, Does.Match @"base: variants 3, 4, 7, 8 of 0 to 9\s+task")
        Assert.That(text, Does.Match @"interpolation: variants 5, 6 of 0 to 9\s+task")
        Assert.That(text, Does.Match @"extrapolation: variants 2, 9 of 0 to 9\s+task")
        Assert.That(text, Does.Match @"finger-spin-size-10 +– +– +\d")
        Assert.That(text, Does.Contain "identical dynamics")

    [<OneTimeSetUp>]
    member _.Train() =
        trained <- Capture.mtrl ("train" :: words @ [ "--paper-lines" ])

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``prints a line for each mode, a table for each, and what the variants share``() =
        Assert.That(trained.Exit, Is.EqualTo ExitCode.Done, trained.Err)

        for mode in [ "eval_base"; "eval_interpolation"; "eval_extrapolation" ] do
            Assert.That(trained.Out, Does.Contain $"| {mode} | E: ")

        showsTables trained.Out
        Assert.That(trained.Err, Does.Contain "identical dynamics")

    [<Test>]
    member _.``can be evaluated in each mode``() =
        let json = Path.Combine(runFolder, "evaluation.json")
        let printed = Capture.mtrl [ "eval"; runFolder; "--json"; json ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        showsTables printed.Out
        Assert.That(printed.Out, Does.Match @"(?m)^extrapolation less base, return: [+-]\d[^\\]*$")
        use evaluation = JsonDocument.Parse(File.ReadAllText json)

        let summaries =
            evaluation.RootElement.GetProperty("summary").EnumerateArray() |> Seq.toList

        let text (name: string) (summary: JsonElement) = summary.GetProperty(name).GetString()

        Assert.That(
            summaries |> List.map (text "part"),
            Is.EqualTo<string | null>(
                [ null; "base"; "interpolation"; "extrapolation" ]: (string | null) list
            )
        )

        for summary in summaries do
            Assert.That(text "measure" summary, Is.EqualTo "return")
            Assert.That(summary.GetProperty("mean").GetDouble(), Is.Not.NaN)

        let part = evaluation.RootElement.GetProperty("parts").[1]
        Assert.That(part.GetProperty("name").GetString(), Is.EqualTo "interpolation")
        let task = part.GetProperty("result").GetProperty("tasks").[0]
        Assert.That(task.GetProperty("return").GetDouble(), Is.GreaterThanOrEqualTo 0.0)
        Assert.That(task.GetProperty("successEver").ValueKind, Is.EqualTo JsonValueKind.Null)

    [<Test>]
    member _.``can be evaluated with θ inferred from transitions``() =
        let evaluate words =
            let printed = Capture.mtrl ([ "eval"; runFolder ] @ words)
            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
            printed.Out

        let json = Path.Combine(runFolder, "few-shot.json")
        let fewShot = evaluate [ "--infer-theta"; "30"; "--json"; json ]
        showsTables fewShot

        Assert.That(
            fewShot,
            Does.Contain "task encodings inferred from 30 transitions of each task"
        )

        Assert.That(fewShot, Is.EqualTo(evaluate [ "--infer-theta"; "30" ]))

        use evaluation = JsonDocument.Parse(File.ReadAllText json)
        let protocol = evaluation.RootElement.GetProperty "protocol"
        Assert.That(protocol.GetProperty("inferredFrom").GetInt32(), Is.EqualTo 30)

    [<Test>]
    member _.``states the sets and what the variants share in its report``() =
        let report = File.ReadAllText(Path.Combine(runFolder, "report.md"))
        Assert.That(report, Does.Contain "env.eval.interpolation: [5, 6]")
        Assert.That(report, Does.Contain "identical dynamics")

    [<Test>]
    member _.``has the returns of variants and of modes in its report``() =
        let text name =
            File.ReadAllText(Path.Combine(runFolder, name))

        // A variant of training, and one that is only evaluated.
        for variant in [ "finger-spin-size-4"; "finger-spin-size-10" ] do
            Assert.That(text "report.md", Does.Match $@"\| {variant} \| – \| – \| \d+\.\d \|")

        Assert.That(text "curves.svg", Does.Contain "return by mode of evaluation")

        for mode in [ "base"; "interpolation"; "extrapolation" ] do
            Assert.That(text "curves.svg", Does.Contain $">{mode}<")
            Assert.That(text "report.html", Does.Contain mode)

    [<Test>]
    member _.``from pixels it is refused with the words for states``() =
        let printed = Capture.mtrl ("train" :: List.take 2 words @ [ "agent=state_sac" ])
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "1 error; nothing was started")
        Assert.That(printed.Err, Does.Contain "from_pixels=False")
