namespace Mtrl.Cli.Tests

open System.IO
open System.Text.Json
open NUnit.Framework
open MtrlFunctional
open Mtrl.Cli.Bench

[<TestFixture>]
module ``mtrl bench`` =
    [<Test>]
    let ``names the nearest benchmark`` () =
        let printed = Capture.mtrl [ "bench"; "replya" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "replya: no such benchmark. Nearest: replay.")

    [<TestCase("--rounds", "0")>]
    [<TestCase("--threads", "-1")>]
    let ``refuses counts below one`` (option: string) (value: string) =
        let printed = Capture.mtrl [ "bench"; "replay"; option; value ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain $"{option} = {value}: must be at least 1.")

    [<Test>]
    let ``counts the arithmetic of an update by its layers`` () =
        // By hand, for batch 1280: 13.8455 thousand million operations.
        Assert.That(UpdateWork.flops / 1e9, Is.EqualTo(13.8455).Within 1e-3)

    [<Test>]
    let ``the median is the middle`` () =
        Assert.That(Sample.median [ 9.0; 1.0; 5.0 ], Is.EqualTo 5.0)
        Assert.That(Sample.median [ 1.0; 2.0; 3.0; 10.0 ], Is.EqualTo 2.5)
        Assert.That(System.Double.IsNaN(Sample.median []))

    [<Test>]
    let ``writes its numbers as JSON`` () =
        let file = Path.GetTempFileName()

        try
            let printed = Capture.mtrl [ "bench"; "replay"; "--rounds"; "1"; "--json"; file ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
            let json = JsonDocument.Parse(File.ReadAllText file).RootElement
            Assert.That(json.GetProperty("samplesPerSecond").GetDouble(), Is.GreaterThan 1000.0)
            Assert.That(json.GetProperty("bytesPerTransition").GetDouble(), Is.LessThan 120.0)
        finally
            File.Delete file
