module MtrlFunctional.Cli.Tests.Commands.BenchTests

open Expecto
open Expecto.Flip
open System
open System.IO
open MtrlFunctional.Cli.Bench
open MtrlFunctional.Physics
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

let ``mtrl bench`` = [
    Capture.refusals "refuses before it measures" [
        "bench polciy",
        "polciy: no such benchmark. Nearest: policy. There are: update, env, iteration, policy."
        "bench policy --rounds 0", "--rounds 0: must be at least 1."
        "bench policy --threads -1", "--threads -1: must be at least 1."
        "bench env --tasks raech", "Nearest: reach"
        "bench env --tasks ,", "names no task"
        "bench env --environments 0", "must be at least 1"
        "bench policy --device tpu", "tpu"
        "bench policy --json /nowhere/at/all.json", "/nowhere/at/all.json"
    ]

    /// A copy of the program with a copy of the system's engine where './mtrl physics' puts its own.
    testCase "compares the engine in force with the system's" (fun () ->
        let folder = TestFolder.create "engine"

        let own =
            Path.Combine(folder, ".mtrl", "physics", nonNull (Path.GetFileName Model.EngineFile))

        let program = Path.Combine(folder, "src", "Cli", "bin", "Release", "net10.0")
        let json = Path.Combine(folder, "env.json")

        for place in [ nonNull (Path.GetDirectoryName own); program ] do
            Directory.CreateDirectory place |> ignore

        File.Copy(Model.EngineFile, own)

        let built = AppContext.BaseDirectory

        for file in DirectoryInfo(built).GetFiles() do
            file.CopyTo(Path.Combine(program, file.Name)) |> ignore

        Directory.CreateSymbolicLink(
            Path.Combine(program, "runtimes"),
            Path.Combine(built, "runtimes")
        )
        |> ignore

        let words =
            Path.Combine(program, "mtrl.dll")
            :: Words.split
                $"bench env --tasks reach --environments 1 --threads 1 --rounds 1 --json {json}"

        let exit, out, err =
            ChildProcess.execute "dotnet" words [ "MTRL_HOME", Repository.root ]

        exit |> Expect.equal err 0
        out |> contains own
        let found = Json.read json
        let number key = Json.number key found
        found |> Json.text "engine" |> equals own
        found |> Json.text "distribution" |> lacks folder
        let rate = number "physicsStepsPerSecond"
        let ofDistribution = number "physicsStepsPerSecondOfDistribution"
        number "ratioToDistribution" |> isWithin 1e-3 (rate / ofDistribution))

    /// With a GPU there is nothing to refuse.
    testCase "refuses updates on a GPU that is not there, in one line" (fun () ->
        if Libtorch.IsCudaAvailable then
            skiptest "There is a GPU."

        Capture.refusal [ "bench"; "update"; "--device"; "cuda:0" ]
        |> matches @"^mtrl: --device cuda:0: libtorch \S+ finds no GPU\. 'MTRL_CUDA=1 [^\n]+\n$")

    testCase "counts the arithmetic of an update by its layers" (fun () ->
        // By hand, for batch 1280: 13.8455 thousand million operations.
        UpdateWork.flops / 1e9 |> isWithin 1e-3 13.8455)

    if LongForm.isAsked then
        testCase "measures an update against the peak of the same threads" (fun () ->
            let file = Path.Combine(TestFolder.create "bench", "update.json")

            Words.split $"bench update --alone --rounds 1 --threads 1 --json {file}"
            |> Capture.finished
            |> contains "no PyTorch reference: disabled by --alone"

            let json = Json.read file
            let number key = Json.number key json

            for key in [ "msPerUpdate"; "msPerUpdateBf16"; "peakGflops"; "processorMsPerUpdate" ] do
                number key |> Expect.isAbove key 0.0

            number "threads" |> equals 1.0

            let byHand = UpdateWork.flops / number "msPerUpdate" / 1e6
            number "gflops" |> isWithin 1e-2 byHand
            number "peakFraction" |> isWithin 1e-3 (byHand / number "peakGflops"))

    testCase "writes the numbers of several benchmarks as one JSON, each key once" (fun () ->
        let file = Path.Combine(TestFolder.create "bench", "several.json")

        Words.split
            $"bench env policy --alone --rounds 1 --tasks ML1-push-test --environments 2 --json {file}"
        |> Capture.does

        let json = Json.read file
        let keys = [ for property in json.EnumerateObject() -> property.Name ]
        keys |> isDistinct
        keys |> includes "memoryMiBPerEnvironment"

        for key in
            Words.split
                "envStepsPerSecond physicsStepsPerSecond microsecondsPerAction peakMemoryMiB" do
            Json.number key json |> Expect.isAbove key 0.0

        Json.text "processor" json |> equals Processor.ModelName)
]
