namespace MtrlFunctional.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional

/// A finished run that gets more steps.
[<TestFixture>]
type ``a run of more steps``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-longer-").FullName
    let more = "experiment.num_train_steps=80"

    let train name words =
        let printed =
            Capture.mtrl ("train" :: SmallRun.reach folder name @ words @ [ "--plain" ])

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        printed

    let runOf name = Path.Combine(folder, name, "seed-1")

    let parametersOf name =
        File.ReadAllBytes(Path.Combine(runOf name, "checkpoints", "step-80", "agent.safetensors"))

    [<OneTimeSetUp>]
    member _.Train() = train "whole" [ more ] |> ignore

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``equals one that was started with them``() =
        train "trained" [] |> ignore
        let longer = train "trained" [ more ]
        Assert.That(longer.Err, Does.Contain "grows from 40 to 80 steps.")
        Assert.That(parametersOf "trained", Is.EqualTo<byte[]>(parametersOf "whole"))

    [<Test>]
    member _.``is resumed by its folder, and keeps the number``() =
        train "resumed" [] |> ignore
        let longer = Capture.mtrl [ "resume"; runOf "resumed"; more; "--plain" ]
        Assert.That(longer.Exit, Is.EqualTo ExitCode.Done, longer.Err)
        Assert.That(longer.Out, Does.Contain "done: 80 steps.")
        Assert.That(parametersOf "resumed", Is.EqualTo<byte[]>(parametersOf "whole"))

        let again = Capture.mtrl [ "resume"; runOf "resumed"; "--plain" ]
        Assert.That(again.Out, Does.Contain "done: 80 steps.")
