module MtrlFunctional.Cli.Tests.Training.VariantTests

open Expecto
open System
open System.IO
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

/// One small run on the finger's variants, as the original's command names them, from states.
let ``a small run on variants`` =
    let folder = TestFolder.create "variants"
    let runFolder = Path.Combine(folder, "tiny", "seed-1")

    let words =
        Words.split
            "setup=hipbmdp env=dmcontrol-finger-spin-distribution-v0 agent=hipbmdp
            env.builder.make_kwargs.from_pixels=False agent.encoder.type_to_select=feedforward
            agent.transition_model.transition_cfg.layer_width=8"
        @ SmallRun.words folder "tiny"

    let showsTables (text: string) =
        text |> matches @"base: variants 3, 4, 7, 8 of 0 to 9\s+task"
        text |> matches @"interpolation: variants 5, 6 of 0 to 9\s+task"
        text |> matches @"extrapolation: variants 2, 9 of 0 to 9\s+task"
        text |> matches @"finger-spin-size-10 +– +– +\d"
        text |> contains "identical dynamics"

    let trained = lazy Capture.completed ("train" :: words @ [ "--paper-lines" ])

    after trained [
        testCase "prints a line for each mode, a table for each, what they share" (fun () ->
            for mode in [ "eval_base"; "eval_interpolation"; "eval_extrapolation" ] do
                trained.Value.Out |> contains $"| {mode} | E: "

            showsTables trained.Value.Out
            trained.Value.Err |> contains "identical dynamics")

        testCase "can be evaluated in each mode" (fun () ->
            let json = Path.Combine(runFolder, "evaluation.json")
            let printed = Capture.finished [ "eval"; runFolder; "--json"; json ]
            showsTables printed
            printed |> matches @"(?m)^extrapolation less base, return: [+-]\d[^\\]*$"
            let evaluation = Json.read json
            let summaries = Json.items "summary" evaluation

            summaries.Head |> Json.isNull "part" |> isTrue

            summaries.Tail
            |> List.map (Json.text "part")
            |> equals [ "base"; "interpolation"; "extrapolation" ]

            for summary in summaries do
                summary |> Json.text "measure" |> equals "return"
                Json.number "mean" summary |> Double.IsNaN |> isFalse

            let part = (Json.items "parts" evaluation)[1]
            part |> Json.text "name" |> equals "interpolation"
            let task = List.head (Json.items "result.tasks" part)
            task |> Json.number "return" |> isAtLeast 0.0
            task |> Json.isNull "successEver" |> isTrue)

        testCase "can be evaluated with θ inferred from transitions" (fun () ->
            let json = Path.Combine(runFolder, "few-shot.json")

            let fewShot =
                Capture.finished [ "eval"; runFolder; "--infer-theta"; "30"; "--json"; json ]

            showsTables fewShot
            fewShot |> contains "task encodings inferred from 30 transitions of each task"
            Json.read json |> Json.whole "protocol.inferredFrom" |> equals 30)

        testCase "has the sets, what the variants share, and all returns in its report" (fun () ->
            let text name =
                File.ReadAllText(Path.Combine(runFolder, name))

            text "report.md"
            |> containsAll [ "env.eval.interpolation: [5, 6]"; "identical dynamics" ]

            // A variant of training, and one that is only evaluated.
            for variant in [ "finger-spin-size-4"; "finger-spin-size-10" ] do
                text "report.md" |> matches $@"\| {variant} \| – \| – \| \d+\.\d \|"

            text "curves.svg" |> contains "return by mode of evaluation"

            for mode in [ "base"; "interpolation"; "extrapolation" ] do
                text "curves.svg" |> contains $">{mode}<"
                text "report.html" |> contains mode)
    ]
