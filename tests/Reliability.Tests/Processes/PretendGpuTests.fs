namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open System.Text.Json
open NUnit.Framework
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// Runs on a device of which each operation takes its own tensors only, as a GPU does: a tensor that stays in main memory by
/// mistake ends them. It computes on the CPU (`tests/Interop.Child/Gpu`).
[<TestFixture; NonParallelizable>]
type ``a pretended GPU``() =
    let folder = FaultyChild.newFolder "gpu"

    let words algorithm =
        SmallTrainers.words algorithm
        @ [
            "setup.name=run"
            "setup.threads=1"
            "setup.precision=fp64"
            "experiment.eval_freq=20"
            "experiment.num_eval_episodes=1"
        ]

    /// Measured numbers by line and name, without durations.
    let measured place = [
        let run = RunFolder(Path.Combine(place, "run", "seed-1"))

        for number, line in Seq.indexed (File.ReadLines run.MetricsFile) do
            use document = JsonDocument.Parse line

            for entry in document.RootElement.EnumerateObject() do
                if
                    entry.Value.ValueKind = JsonValueKind.Number
                    && not (
                        entry.Name = "duration"
                        || entry.Name = "physics_share"
                        || entry.Name.EndsWith "_seconds"
                    )
                then
                    (number, entry.Name), entry.Value.GetDouble()
    ]

    /// Conjugate gradients amplify rounding where a matrix has fewer rows than parameters: here a discount that is larger by
    /// 2e-16 changes the entropy by 2e-4 on the CPU alone.
    let tolerance algorithm =
        if algorithm = "TRPO" then 1e-2 else 1e-6

    let gpu () = [ "LD_PRELOAD", PreloadedLibrary.gpuOrSkip () ]

    static member Algorithms = SmallTrainers.all

    [<OneTimeSetUp>]
    member _.Require() =
        if Ops.IsCudaAvailable || Environment.GetEnvironmentVariable "LIBTORCH" <> null then
            Assert.Ignore "It is for the system's libtorch, without CUDA."

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<TestCaseSource("Algorithms")>]
    member _.``trains as the CPU does``(algorithm: string) =
        let own = Path.Combine(folder, algorithm)
        let here, there = Path.Combine(own, "here"), Path.Combine(own, "there")
        let toy = typeof<ToyTraining>.Assembly.Location

        let code, _, error =
            ChildProcess.execute
                "dotnet"
                ([ toy; "train"; there; "1" ] @ words algorithm @ [ "setup.device=cuda:0" ])
                (gpu ())

        Assert.That(code, Is.Zero, error)
        SeededRuns.Train(here, 1, words algorithm)
        let expected, found = measured here, measured there
        Assert.That((List.map fst found = List.map fst expected))
        Assert.That(expected.Length, Is.GreaterThan 10)

        for (name, expected), (_, found) in List.zip expected found do
            Assert.That(
                found,
                Is.EqualTo(expected).Within(tolerance algorithm * (1.0 + abs expected)),
                $"{name}"
            )

    [<TestCase("mtrl", 1400)>]
    [<TestCase("garage", 900)>]
    [<TestCase("mtrl_pixels", 140)>]
    [<TestCase("surgery", 3000)>]
    member _.``gives the recorded numbers of`` (recordings: string) (atLeast: int) =
        let code, output, error =
            ChildProcess.execute
                "dotnet"
                [
                    ChildProcess.mtrl
                    "verify"
                    Path.Combine(Repository.root, "tests", "golden", recordings)
                    "--device"
                    "cuda:0"
                    "--failures-only"
                ]
                (gpu ())

        Assert.That(code, Is.Zero, output + error)

        let passed =
            Text.RegularExpressions.Regex.Match(output, @"([\d,]+) checks passed, 0 failed")

        let checks = int (passed.Groups[1].Value.Replace(",", ""))
        Assert.That(checks, Is.GreaterThanOrEqualTo atLeast)
