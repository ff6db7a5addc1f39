module MtrlFunctional.Cli.Tests.Training.LongerRunTests

open Expecto
open System.IO
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

/// A finished run that gets more steps.
let ``a run of more steps`` =
    let folder = TestFolder.create "longer"
    let more = "experiment.num_train_steps=80"

    let train name words =
        Capture.completed ("train" :: SmallRun.reach folder name @ words @ [ "--plain" ])

    let runOf name = Path.Combine(folder, name, "seed-1")

    let parametersOf name =
        File.ReadAllBytes(Path.Combine(runOf name, "checkpoints", "step-80", "agent.safetensors"))

    let whole = lazy train "whole" [ more ]

    after whole [
        testCase "equals one that was started with them" (fun () ->
            train "trained" [] |> ignore
            (train "trained" [ more ]).Err |> contains "grows from 40 to 80 steps."
            parametersOf "trained" |> equals (parametersOf "whole"))

        testCase "is resumed by its folder, and keeps the number" (fun () ->
            train "resumed" [] |> ignore

            Capture.finished [ "resume"; runOf "resumed"; more; "--plain" ]
            |> contains "done: 80 steps."

            parametersOf "resumed" |> equals (parametersOf "whole")

            Capture.finished [ "resume"; runOf "resumed"; "--plain" ]
            |> contains "done: 80 steps.")
    ]
