namespace MtrlFunctional.Reliability.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// Runs of equal configurations in this process and in one of their own.
[<TestFixture; NonParallelizable>]
type ``the same seed in two processes``() =
    let folder = FaultyChild.newFolder "seeds"

    /// Algorithms whose images are drawn.
    let isSlow (algorithm: string) =
        algorithm = "SAC-AE" || algorithm.Contains "images"

    let words algorithm =
        SmallTrainers.words algorithm
        @ [
            "setup.name=same"
            "setup.threads=2"
            "experiment.num_eval_episodes=1"
            "logger.use_tb=True"
        ]

    /// In the short form the two whose iterations are unlike those of the others.
    static member Algorithms = [
        for algorithm in SmallTrainers.all do
            let case = TestCaseData algorithm

            if algorithm = "IMPALA" || algorithm = "MAML-TRPO" then
                case
            else
                case.SetCategory(LongForm.only)
    ]

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    /// Parameters, moments, replay, counters and metrics. Of soft actor-critic, `MachineSettingTests` and `KillTests` compare
    /// processes in each test run.
    [<TestCaseSource("Algorithms")>]
    member _.``gives the same run``(algorithm: string) =
        let seeds =
            if isSlow algorithm then
                LongForm.count 1 3
            else
                LongForm.count 1 20

        let here, there = Path.Combine(folder, "here"), Path.Combine(folder, "there")

        let code, _, error =
            ChildProcess.execute
                "dotnet"
                ([ typeof<ToyTraining>.Assembly.Location; "train"; there; string seeds ]
                 @ words algorithm)
                []

        Assert.That(code, Is.Zero, error)

        for seed in 1..seeds do
            SeededRuns.Train(here, seed, words algorithm)

            let result place =
                SmallRun.result (Path.Combine(place, "same", $"seed-{seed}"))

            Assert.That(result here, Is.EqualTo(result there), $"seed {seed}")

        Directory.Delete(here, true)
        Directory.Delete(there, true)
        LongForm.report $"{algorithm}: {seeds} seeds in two processes, equal bits"
