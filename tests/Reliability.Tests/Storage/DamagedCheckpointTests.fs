module MtrlFunctional.Reliability.Tests.Storage.DamagedCheckpointTests

open Expecto
open Expecto.Flip
open System
open System.IO
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Tests.Child

/// One bit of the newest checkpoint is changed. The run resumes from the one before and ends bit by bit like one without.
let ``a damaged newest checkpoint`` = [
    /// Each bit of the manifest, and random ones of the other files.
    let bits (newest: string) = [
        let random = Random 16
        let manifest = Path.Combine(newest, "manifest.json")
        let length = int (FileInfo manifest).Length

        for bit in 0 .. LongForm.count 997 1 .. 8 * length - 1 do
            manifest, bit

        let others =
            Directory.GetFiles(newest, "*", SearchOption.AllDirectories)
            |> Array.filter ((<>) manifest)

        for _ in 1 .. LongForm.count 20 10_000 do
            let file = others[random.Next others.Length]
            file, random.Next(8 * int (FileInfo file).Length)
    ]

    let flip (file: string) bit =
        use stream = File.Open(file, FileMode.Open, FileAccess.ReadWrite)
        stream.Position <- int64 (bit / 8)
        let changed = byte (stream.ReadByte() ^^^ (1 <<< bit % 8))
        stream.Position <- int64 (bit / 8)
        stream.WriteByte changed

    /// Flips each bit in a copy and resumes it; returns the number of bits.
    let flipAll folder (run: string) resume (result: string -> string) =
        let wanted = result run
        let newest = (nonNull ((RunFolder run).Checkpoints.Latest())).Folder
        let all = bits newest

        for file, bit in all do
            let case = Path.Combine(folder, "case")
            RunResult.Copy(run, case)
            flip (Path.Combine(case, Path.GetRelativePath(run, file))) bit
            resume case
            result case |> Expect.equal $"{file}, bit {bit}" wanted

        all.Length

    testCase "does not stop a run" (fun () ->
        let folder = TestFolder.inMemory "bits"
        let run = Path.Combine(folder, "run")

        let saved step =
            (RunFolder run).Checkpoints.FolderOf step

        let kept = Path.Combine(folder, "kept")

        let go (path: string) (step: int64) =
            use training = new ToyTraining(path)
            training.RunTo(step, 5)

        let result (path: string) =
            use training = new ToyTraining(path)
            training.Fingerprint()

        go run 70L
        RunResult.Copy(saved 70L, kept)
        go run 75L
        RunResult.Copy(kept, saved 70L)
        let count = flipAll folder run (fun case -> go case 75L) result
        LongForm.report $"{count} bits flipped, {count} runs finished")

    testCase "does not stop a real trainer" (fun () ->
        let folder = TestFolder.inMemory "bits"
        let run = SmallRun.train folder []
        let newest = (RunFolder run).Checkpoints.FolderOf 40L
        let wanted = RunResult.Of run
        let random = Random 3

        for _ in 1 .. LongForm.count 2 500 do
            let case = Path.Combine(folder, "case")
            RunResult.Copy(run, case)
            let files = Directory.GetFiles(newest, "*", SearchOption.AllDirectories)
            let file = files[random.Next files.Length]

            flip
                (Path.Combine(case, Path.GetRelativePath(run, file)))
                (random.Next(8 * int (FileInfo file).Length))

            SmallRun.finish case
            RunResult.Of case |> Expect.equal file wanted)
]
