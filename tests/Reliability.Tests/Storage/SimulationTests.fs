namespace MtrlFunctional.Reliability.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional.Tests

/// Several processes train the same runs while another one reads them; calls on files are interleaved, fail, and end their
/// processes, as a seed says (`tests/Interop.Child/Simulation`).
[<TestFixture>]
module ``processes that share runs`` =
    [<Test>]
    let ``lose nothing in any order of their calls`` () =
        let seeds = LongForm.count 100 10_000
        use scratch = new FaultyChild.ScratchFolder "simulation"
        let folder = scratch.Path

        let printed =
            FaultyChild.start [] [
                "simulate"
                folder
                FaultyChild.libraryOrSkip ()
                "0"
                string seeds
            ]

        let processes = int printed
        LongForm.report $"{seeds} seeds, {processes} processes: nothing lost"
        Assert.That(processes, Is.GreaterThan(3 * seeds))
