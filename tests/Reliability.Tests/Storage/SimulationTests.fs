module MtrlFunctional.Reliability.Tests.Storage.SimulationTests

open Expecto
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests

/// Several processes train the same runs while another one reads them; calls on files are interleaved, fail, and end their
/// processes, as a seed says (`tests/Interop.Child/Simulation`).
let ``processes that share runs`` = [
    testCase "lose nothing in any order of their calls" (fun () ->
        let seeds = LongForm.count 30 10_000
        let folder = TestFolder.inMemory "simulation"

        let printed =
            FaultyChild.start [] [
                "simulate"
                folder
                PreloadedLibrary.faults.Value
                "0"
                string seeds
            ]

        let processes = int printed
        LongForm.report $"{seeds} seeds, {processes} processes: nothing lost"
        processes |> isAbove (3 * seeds))
]
