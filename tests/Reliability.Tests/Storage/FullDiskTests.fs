module MtrlFunctional.Reliability.Tests.Storage.FullDiskTests

open Expecto
open Expecto.Flip
open System
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Tests.Child

/// Saves on a disk of its own, in a name space of mounts, that is full at some point of them.
let ``a disk that is full`` = [
    let script =
        """mount -t tmpfs -o size=64m none "$0" || exit 77; exec dotnet "$@" """

    let words algorithm =
        SmallTrainers.words algorithm
        @ Words.split
            "setup.seed=1 setup.threads=1 experiment.eval_freq=20 experiment.save_freq=20
            experiment.num_eval_episodes=1"

    /// Each resumed run, with room again, ends bit by bit as one on a disk with room. The child compares.
    testTheory "leaves the last checkpoint, and the run goes on from there" [
        "PPO"
        if LongForm.isAsked then
            "SAC"
    ]
    <| fun algorithm ->
        let folder = TestFolder.inMemory "full"

        let code, output, error =
            ChildProcess.execute
                "unshare"
                ([ "-rm"; "bash"; "-c"; script; folder ]
                 @ [ typeof<ToyTraining>.Assembly.Location; "disk"; folder ]
                 @ [ string (LongForm.count 2 40) ]
                 @ words algorithm)
                []

        if code = 77 || error.StartsWith "unshare" || error.StartsWith "mount" then
            skiptest $"name spaces of mounts are not allowed here: {error}"

        code |> Expect.equal error 0
        let levels = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        levels |> hasLength (LongForm.count 2 40)
        let saved, refused = levels |> Array.partition _.EndsWith("saved")
        saved |> isNotEmpty

        for level in refused do
            level |> matches "bytes: exit code [23]: .* Free some space"

        refused.Length |> isAbove (levels.Length / 4)

        LongForm.report
            $"{algorithm}: {levels.Length} fill levels, {saved.Length} saved, {refused.Length} refused; all resumed"
]
