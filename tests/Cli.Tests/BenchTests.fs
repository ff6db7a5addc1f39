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
        let printed = Capture.mtrl [ "bench"; "replya" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)

        Assert.That(
            printed.Err,
            Does.Contain
                "replya: no such benchmark. Nearest: replay. There are: update, env, physics, replay, surgery, iteration, policy, plan."
        )

    [<TestCase("--rounds", "0")>]
    [<TestCase("--threads", "-1")>]
    let ``refuses counts below one`` (option: string) (value: string) =
        let printed = Capture.mtrl [ "bench"; "replay"; option; value ]
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
        let json = Path.Combine(folder, "physics.json")

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
                "bench"
                "physics"
                "--tasks"
                "reach"
                "--rounds"
                "1"
                "--json"
                json
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
    let ``refuses all updates on a GPU that is not there, in one line`` () =
        if Libtorch.IsCudaAvailable then
            Assert.Ignore "There is a GPU."

        let printed = Capture.mtrl [ "bench"; "update"; "--all"; "--device"; "cuda:0" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)

        Assert.That(
            printed.Err,
            Does.Match @"^mtrl: --device cuda:0: libtorch \S+ finds no GPU\. MTRL_CUDA=1 [^\n]+\n$"
        )

        Assert.That(printed.Out, Is.Empty)

    [<TestCase("--device", "tpu")>]
    [<TestCase("--json", "/nowhere/at/all.json")>]
    let ``refuses before it measures`` (option: string) (value: string) =
        let printed = Capture.mtrl [ "bench"; "replay"; option; value ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain value)
        Assert.That(printed.Out, Is.Empty)

    [<Test>]
    let ``counts the arithmetic of an update by its layers`` () =
        // By hand, for batch 1280: 13.8455 thousand million operations.
        Assert.That(UpdateWork.flops / 1e9, Is.EqualTo(13.8455).Within 1e-3)

    /// The sizes of benchmarks/compare/sac_ae_update.py.
    [<Test>]
    let ``measures SAC-AE at the sizes of its reference`` () =
        use shards = new DataParallel(1)
        let agent, environment = PixelUpdateBench.agent shards
        let about = agent.Description
        let convolutions = 32 * 9 * (9 + 3 * 32) + 4 * 32
        let head = 39_200 * 50 + 50 + 2 * 50

        let trunk inputs outputs =
            (inputs + 1) * 1024 + 1025 * 1024 + 1025 * outputs

        let decoder = 51 * 39_200 + 32 * 9 * (9 + 3 * 32) + 3 * 32 + 9
        // Of the critic's optimiser and of that of the decoder's step.
        let encoder = 2 * (convolutions + head)
        let trained = encoder + head + trunk 50 4 + 2 * trunk 52 1 + decoder + 1
        Assert.That(environment.Observation.Shape, Is.EqualTo<int list> [ 9; 84; 84 ])
        Assert.That(about.Groups, Is.EqualTo 1)
        Assert.That(about.Parameters.Trained, Is.EqualTo(int64 trained))

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

            for key in [ "pictureMsPerBatch"; "pictureShiftedMsPerBatch" ] do
                Assert.That(json.GetProperty(key).GetDouble(), Is.GreaterThan 0.0, key)

            Assert.That(json.GetProperty("processor").GetString(), Is.EqualTo Processor.ModelName)
        finally
            File.Delete file

    [<Test; Category(LongForm.only)>]
    let ``writes the updates of agents with models as JSON`` () =
        let file = Path.GetTempFileName()

        try
            let printed =
                Capture.mtrl [
                    "bench"
                    "update"
                    "--all"
                    "--networks"
                    "DeepMDP,SAC-AE"
                    "--alone"
                    "--rounds"
                    "1"
                    "--json"
                    file
                ]

            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
            let json = JsonDocument.Parse(File.ReadAllText file).RootElement

            for key in [ "ms MT10 DeepMDP 400x3"; "worked MT50 DeepMDP 400x3"; "msPixels" ] do
                Assert.That(json.GetProperty(key).GetDouble(), Is.GreaterThan 0.0, key)

            Assert.That(json.GetProperty("processor").GetString(), Is.EqualTo Processor.ModelName)
        finally
            File.Delete file

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
    let ``two benchmarks write each key once`` () =
        let file = Path.GetTempFileName()

        try
            let printed =
                Capture.mtrl [
                    "bench"
                    "env"
                    "replay"
                    "--rounds"
                    "1"
                    "--tasks"
                    "ML1-push-test,pendulum-swingup"
                    "--environments"
                    "2"
                    "--json"
                    file
                ]

            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)

            let keys = [
                for property in
                    JsonDocument.Parse(File.ReadAllText file).RootElement.EnumerateObject() ->
                    property.Name
            ]

            Assert.That(keys, Is.Unique)
            Assert.That(keys, Does.Contain "envStepsPerSecond")
            Assert.That(keys, Does.Contain "push-v3/msPerResetNewGoal")
            Assert.That(keys, Does.Contain "memoryMiBPerEnvironment")
            Assert.That(keys, Does.Contain "dmc-pendulum-swingup/physicsShare")
            Assert.That(keys, Does.Contain "samplesPerSecond")
        finally
            File.Delete file
