module MtrlFunctional.Reliability.Tests.Storage.PowerLossTests

open Expecto
open Expecto.Flip
open System
open System.Collections.Generic
open System.IO
open System.Security.Cryptography
open System.Text
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Tests.Child

/// The power fails at each change of the disk during a save and the two steps around it; of what was not synced, any
/// subset is kept. Each state resumes, and the run ends bit by bit like one without.
let ``after a power loss`` = [
    let interval = 5
    let start, saved, finish = 70L, 75L, 100L

    let finished folder =
        use training = new ToyTraining(folder)
        training.RunTo(finish, interval)
        training.Fingerprint()

    /// All subsets of few changes, some of many: none, all, and random ones.
    let subsets (random: Random) count =
        if count <= 8 then
            [ for bits in 0 .. (1 <<< count) - 1 -> fun i -> bits >>> i &&& 1 = 1 ]
        else
            let drawn = [
                for _ in 1..60 ->
                    let bits = Array.init count (fun _ -> random.Next 2 = 1)
                    fun i -> bits[i]
            ]

            (fun _ -> false) :: (fun _ -> true) :: drawn

    let identity contents =
        let bytes =
            contents
            |> List.collect (fun (name: string, data) -> [
                Encoding.UTF8.GetBytes name
                match data with
                | Some data -> SHA256.HashData(data: byte[])
                | None -> [||]
            ])
            |> Array.concat

        Convert.ToHexString(SHA256.HashData bytes)

    /// The states with the step that is saved at least.
    let states run operations =
        seq {
            let disk = LossyDisk.Disk()
            disk.Load run
            let random = Random 5
            let seen = HashSet<string>()
            let last = List.length operations - 1

            for i, operation in List.indexed operations do
                disk.Apply operation

                for keeps in subsets random disk.Unsynced do
                    let contents = disk.AfterLoss keeps

                    if seen.Add(identity contents) then
                        contents, (if i = last then saved else start)
        }

    testCase "every state resumes" (fun () ->
        let folder = TestFolder.inMemory "power"
        let wanted = finished (Path.Combine(folder, "whole"))
        let run, before = Path.Combine(folder, "run"), Path.Combine(folder, "before")

        using (new ToyTraining(run)) (fun training -> training.RunTo(start, interval))

        LossyDisk.store
            before
            (let disk = LossyDisk.Disk() in
             disk.Load run
             disk.AfterLoss(fun _ -> true))

        let record = Path.Combine(folder, "record")

        FaultyChild.start [] [
            "record"
            run
            PreloadedLibrary.faults.Value
            record
            string saved
            string interval
        ]
        |> ignore

        let operations = [
            for line in File.ReadLines record -> line.Replace(run, "").Split '\t' |> List.ofArray
        ]

        let all = states before operations |> Seq.toArray
        let stride = max 1 (all.Length / LongForm.count 60 Int32.MaxValue)

        for i in 0..stride .. all.Length - 1 do
            let contents, least = all[i]
            let state = Path.Combine(folder, "state")
            LossyDisk.store state contents
            let found = (RunFolder state).Checkpoints.Latest(fun skipped -> failtest skipped)
            (nonNull found).Info.Step |> isAtLeast least
            finished state |> Expect.equal $"state {i}" wanted
            Directory.Delete(state, true)

        all.Length |> isAbove 500
        LongForm.report $"{all.Length} states after a power loss, {operations.Length} changes")
]
