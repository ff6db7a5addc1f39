namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open NUnit.Framework
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// Saves on a disk of its own, in a name space of mounts, that is full at some point of them.
[<TestFixture; NonParallelizable>]
type ``a disk that is full``() =
    let script =
        """mount -t tmpfs -o size=64m none "$0" || exit 77; exec dotnet "$@" """

    let words algorithm =
        SmallTrainers.words algorithm
        @ Words.split
            "setup.seed=1 setup.threads=1 experiment.eval_freq=20 experiment.save_freq=20
            experiment.num_eval_episodes=1"

    /// Each resumed run, with room again, ends bit by bit as one on a disk with room. The child compares.
    [<TestCase("PPO"); TestCase("SAC", Category = LongForm.only)>]
    member _.``leaves the last checkpoint, and the run goes on from there``(algorithm: string) =
        use scratch = new FaultyChild.ScratchFolder "full"
        let folder = scratch.Path

        let code, output, error =
            ChildProcess.execute
                "unshare"
                ([ "-rm"; "bash"; "-c"; script; folder ]
                 @ [ typeof<ToyTraining>.Assembly.Location; "disk"; folder ]
                 @ [ string (LongForm.count 2 40) ]
                 @ words algorithm)
                []

        if code = 77 || error.StartsWith "unshare" || error.StartsWith "mount" then
            Assert.Ignore $"name spaces of mounts are not allowed here: {error}"

        Assert.That(code, Is.Zero, error)
        TestContext.Out.WriteLine output
        let levels = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        Assert.That(levels, Has.Length.EqualTo(LongForm.count 2 40))
        let saved, refused = levels |> Array.partition _.EndsWith("saved")
        Assert.That(saved, Is.Not.Empty)

        for level in refused do
            Assert.That(level, Does.Match "bytes: exit code [23]: .* Free some space")

        Assert.That(refused, Has.Length.GreaterThan(levels.Length / 4))

        LongForm.report
            $"{algorithm}: {levels.Length} fill levels, {saved.Length} saved, {refused.Length} refused; all resumed"
