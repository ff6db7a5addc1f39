module MtrlFunctional.Reliability.Tests.Storage.SystemCallTests

open Expecto
open Expecto.Flip
open System.IO
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Tests.Child

/// One save of each trainer, with a fault in each of its system calls. After a fault the run is resumed and ends bit by
/// bit like one without.
let ``each system call of a save`` = [
    /// Saves in the middle and at the end.
    let trainer name =
        let steps = if name = "SAC from images" then 12 else 40

        SmallTrainers.words name
        @ Words.split
            $"setup.seed=1 setup.threads=1 experiment.eval_freq={steps / 2}
            experiment.save_freq={steps / 2} experiment.num_eval_episodes=1"

    /// The process dies; or EIO, ENOSPC, EACCES, EINTR, EMFILE.
    let all = [ 0; 5; 28; 13; 4; 24 ]

    /// The number of cases for each error.
    let faults environment name (errors: int list) (first: int) (stride: int) =
        let folder = TestFolder.inMemory "calls"

        let printed =
            FaultyChild.start
                environment
                ([
                    "faults"
                    folder
                    PreloadedLibrary.faults.Value
                    errors |> List.map string |> String.concat ","
                    string first
                    string stride
                 ]
                 @ trainer name)

        let counts = [| for count in Words.split printed -> int count |]
        counts |> hasLength errors.Length
        counts

    /// What the library records, and the system calls that do it.
    let changes = [
        "fsync", [ "fsync"; "fdatasync" ]
        "link", [ "link"; "linkat" ]
        "rename", [ "rename"; "renameat"; "renameat2" ]
        "unlink", [ "unlink"; "unlinkat" ]
        "mkdir", [ "mkdir"; "mkdirat" ]
        "rmdir", [ "rmdir" ]
        "write", [ "write"; "pwrite64"; "writev"; "pwritev" ]
    ]

    /// Other calls that change files.
    let others =
        Words.split "fallocate copy_file_range sendfile splice symlink symlinkat msync"

    /// Images are drawn at each resume, which takes a second: of their calls each kills, and each thirtieth fails.
    testTheory "may fail, or be the last one of the process" [
        "SAC"
        if LongForm.isAsked then
            "PPO"
            "SAC from images"
    ]
    <| fun name ->
        let counts =
            match LongForm.isAsked, name with
            | false, _ -> faults [] name [ 0; 28 ] 1 250
            | true, "SAC from images" ->
                Array.append (faults [] name [ 0 ] 0 1) (faults [] name (List.tail all) 0 30)
            | true, _ -> faults [] name all 0 1

        Array.min counts |> isAbove (LongForm.count 1 15)
        LongForm.report $"{name}: {Array.sum counts} faults in the calls of one save, all resumed"

    /// After a failed one the save is reported as failed, and the checkpoint before stays.
    testCase "that syncs may fail" (fun () ->
        let errors, stride = if LongForm.isAsked then [ 5; 28; 4 ], 1 else [ 5 ], 12
        let counts = faults [ "FAULTS_ONLY", "fsync" ] "SAC" errors 0 stride
        Array.min counts |> isAbove (LongForm.count 1 9)
        LongForm.report $"{Array.sum counts} failed syncs, none of them saved")

    /// strace counts what the library counts: it overlooks no call that changes the disk.
    testCase "is seen by the library" (fun () ->
        let folder = TestFolder.inMemory "strace"

        let run, record, trace =
            Path.Combine(folder, "run"),
            Path.Combine(folder, "record"),
            Path.Combine(folder, "trace")

        using (new ToyTraining(run)) (fun training -> training.RunTo(70L, 5))

        FaultyChild.trace
            trace
            (String.concat "," ("openat" :: "close" :: others @ List.collect snd changes))
            [ "record"; run; PreloadedLibrary.faults.Value; record; "75"; "5" ]

        let recorded = File.ReadAllLines record

        // While the record is open.
        let traced =
            File.ReadAllLines trace
            |> Array.skipWhile (fun line -> not (line.Contains $"\"{record}\""))
            |> Array.takeWhile (fun line ->
                not (line.Contains " close(" && line.Contains $"<{record}>"))
            |> Array.filter (fun line -> line.Contains run && not (line.Contains "= -1 "))

        let count (names: string list) =
            traced
            |> Array.filter (fun line ->
                names |> List.exists (fun name -> line.Contains $" {name}("))
            |> Array.length

        for name, calls in changes do
            let known = recorded |> Array.filter _.StartsWith($"{name}\t") |> Array.length
            count calls |> Expect.equal name known

        recorded |> Array.exists _.StartsWith("fsync\t") |> isTrue
        count others |> equals 0)
]
