module MtrlFunctional.Reliability.Tests.Processes.SameSeedTests

open Expecto
open Expecto.Flip
open System.IO
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Tests.Child

/// Runs of equal configurations in this process and in one of their own.
let ``the same seed in two processes`` = [
    let folder = TestFolder.inMemory "seeds"

    /// Algorithms whose images are drawn.
    let isSlow (algorithm: string) =
        algorithm = "SAC-AE" || algorithm.Contains "images"

    let words algorithm =
        SmallTrainers.words algorithm
        @ Words.split
            "setup.name=same setup.threads=2 experiment.num_eval_episodes=1 logger.use_tb=True"

    /// Parameters, moments, replay, counters and metrics. Of soft actor-critic, `MachineSettingTests` and `KillTests` compare
    /// processes in each test run. In the short form the two whose iterations are unlike those of the others.
    testTheory
        "gives the same run"
        (if LongForm.isAsked then
             SmallTrainers.all
         else
             [ "IMPALA"; "MAML-TRPO" ])
    <| fun algorithm ->
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

        code |> Expect.equal error 0

        for seed in 1..seeds do
            SeededRuns.Train(here, seed, words algorithm)

            let result place =
                RunResult.Of(Path.Combine(place, "same", $"seed-{seed}"))

            result here |> Expect.equal $"seed {seed}" (result there)

        Directory.Delete(here, true)
        Directory.Delete(there, true)
        LongForm.report $"{algorithm}: {seeds} seeds in two processes, equal bits"
]
