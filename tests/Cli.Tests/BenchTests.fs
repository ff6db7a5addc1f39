namespace MtrlFunctional.Cli.Tests

open System.IO
open System.Text.Json
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Cli.Bench
open MtrlFunctional.Physics
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Training

[<TestFixture>]
module ``mtrl bench`` =
    [<Test>]
    let ``names the nearest benchmark`` () =
        let printed = Capture.mtrl [ "bench"; "polciy" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)

        Assert.That(
            printed.Err,
            Does.Contain
                "polciy: no such benchmark. Nearest: policy. There are: update, env, iteration, policy."
        )

    [<TestCase("--rounds", "0")>]
    [<TestCase("--threads", "-1")>]
    let ``refuses counts below one`` (option: string) (value: string) =
        let printed = Capture.mtrl [ "bench"; "policy"; option; value ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain $"{option} {value}: must be at least 1.")

    [<TestCase("--tasks", "raech", "Nearest: reach")>]
    [<TestCase("--tasks", ",", "names no task")>]
    [<TestCase("--environments", "0", "must be at least 1")>]
    let ``rejects invalid environments`` (option: string) (value: string) (why: string) =
        let printed = Capture.mtrl [ "bench"; "env"; option; value ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain why)
        Assert.That(printed.Out, Is.Empty)

    /// A copy of the program with a copy of the system's engine where './mtrl physics' puts its own.
    [<Test>]
    let ``compares the engine in force with the system's`` () =
        let folder = (Directory.CreateTempSubdirectory "mtrl-engine-").FullName

        let own =
            Path.Combine(folder, ".mtrl", "physics", nonNull (Path.GetFileName Model.EngineFile))

        let program = Path.Combine(folder, "src", "Cli", "bin", "Release", "net10.0")
        let json = Path.Combine(folder, "env.json")

        try
            for place in [ nonNull (Path.GetDirectoryName own); program ] do
                Directory.CreateDirectory place |> ignore

            File.Copy(Model.EngineFile, own)

            let built = TestContext.CurrentContext.TestDirectory

            for file in DirectoryInfo(built).GetFiles() do
                file.CopyTo(Path.Combine(program, file.Name)) |> ignore

            Directory.CreateSymbolicLink(
                Path.Combine(program, "runtimes"),
                Path.Combine(built, "runtimes")
            )
            |> ignore

            let words = [
                Path.Combine(program, "mtrl.dll")
                yield! [ "bench"; "env"; "--tasks"; "reach"; "--environments"; "1" ]
                yield! [ "--threads"; "1"; "--rounds"; "1"; "--json"; json ]
            ]

            let exit, out, err =
                ChildProcess.execute "dotnet" words [ "MTRL_HOME", Repository.root ]

            Assert.That(exit, Is.Zero, err)
            Assert.That(out, Does.Contain own)
            use found = JsonDocument.Parse(File.ReadAllText json)

            let text (key: string) =
                found.RootElement.GetProperty(key).GetString()

            let number (key: string) =
                found.RootElement.GetProperty(key).GetDouble()

            Assert.That(text "engine", Is.EqualTo own)
            Assert.That(text "distribution", Does.Not.StartWith folder)
            let rate = number "physicsStepsPerSecond"
            let ofDistribution = number "physicsStepsPerSecondOfDistribution"
            Assert.That(number "ratioToDistribution", Is.EqualTo(rate / ofDistribution).Within 1e-3)
        finally
            Directory.Delete(folder, true)

    /// With a GPU there is nothing to refuse.
    [<Test>]
    let ``refuses updates on a GPU that is not there, in one line`` () =
        if Libtorch.IsCudaAvailable then
            Assert.Ignore "There is a GPU."

        let printed = Capture.mtrl [ "bench"; "update"; "--device"; "cuda:0" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)

        Assert.That(
            printed.Err,
            Does.Match @"^mtrl: --device cuda:0: libtorch \S+ finds no GPU\. MTRL_CUDA=1 [^\n]+\n$"
        )

        Assert.That(printed.Out, Is.Empty)

    [<TestCase("--device", "tpu")>]
    [<TestCase("--json", "/nowhere/at/all.json")>]
    let ``refuses before it measures`` (option: string) (value: string) =
        let printed = Capture.mtrl [ "bench"; "policy"; option; value ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain value)
        Assert.That(printed.Out, Is.Empty)

    [<Test>]
    let ``counts the arithmetic of an update by its layers`` () =
        // By hand, for batch 1280: 13.8455 thousand million operations.
        Assert.That(UpdateWork.flops / 1e9, Is.EqualTo(13.8455).Within 1e-3)

    [<Test>]
    let ``the median is the middle`` () =
        Assert.That(Sample.median [ 9.0; 1.0; 5.0 ], Is.EqualTo 5.0)
        Assert.That(Sample.median [ 1.0; 2.0; 3.0; 10.0 ], Is.EqualTo 2.5)
        Assert.That(System.Double.IsNaN(Sample.median []))

    [<Test; Category(LongForm.only)>]
    let ``measures an update against the peak of the same threads`` () =
        let file = Path.GetTempFileName()

        try
            let printed =
                Capture.mtrl [
                    "bench"
                    "update"
                    "--alone"
                    "--rounds"
                    "1"
                    "--threads"
                    "1"
                    "--json"
                    file
                ]

            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
            Assert.That(printed.Out, Does.Contain "no PyTorch reference: disabled by --alone")
            let json = JsonDocument.Parse(File.ReadAllText file).RootElement
            let number (key: string) = json.GetProperty(key).GetDouble()

            for key in [ "msPerUpdate"; "msPerUpdateBf16"; "peakGflops"; "processorMsPerUpdate" ] do
                Assert.That(number key, Is.GreaterThan 0.0, key)

            Assert.That(number "threads", Is.EqualTo 1.0)

            let byHand = UpdateWork.flops / number "msPerUpdate" / 1e6
            Assert.That(number "gflops", Is.EqualTo(byHand).Within 1e-2)
            Assert.That(number "peakFraction", Is.EqualTo(byHand / number "peakGflops").Within 1e-3)
        finally
            File.Delete file

    [<Test>]
    let ``writes the numbers of several benchmarks as one JSON, each key once`` () =
        let file = Path.GetTempFileName()

        try
            let printed =
                Capture.mtrl [
                    yield! [ "bench"; "env"; "policy"; "--alone"; "--rounds"; "1" ]
                    yield! [ "--tasks"; "ML1-push-test"; "--environments"; "2"; "--json"; file ]
                ]

            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
            let json = JsonDocument.Parse(File.ReadAllText file).RootElement
            let keys = [ for property in json.EnumerateObject() -> property.Name ]
            Assert.That(keys, Is.Unique)
            Assert.That(keys, Does.Contain "memoryMiBPerEnvironment")

            for key in
                [
                    "envStepsPerSecond"
                    "physicsStepsPerSecond"
                    "microsecondsPerAction"
                    "peakMemoryMiB"
                ] do
                Assert.That(json.GetProperty(key).GetDouble(), Is.GreaterThan 0.0, key)

            Assert.That(json.GetProperty("processor").GetString(), Is.EqualTo Processor.ModelName)
        finally
            File.Delete file
