module MtrlFunctional.Tests.Statistics.ConflictProps

open Expecto
open System
open FsCheck
open MtrlFunctional.Randomness
open MtrlFunctional.Statistics
open MtrlFunctional.Surgery

let ``conflicts of gradients`` = [
    let tasks = 4

    let names = [ "reach-v3"; "push-v3"; "pick <&> place-v3"; "drawer-close-v3" ]

    // Rows of three numbers each.
    let rows (seed: int) =
        let key = Key.ofSeed (int64 seed)

        Array.init tasks (fun i ->
            Array.init 3 (fun k -> 2.0 * Key.uniform (Key.at (int64 (3 * i + k)) key) - 1.0))

    let dot (x: float[]) y = Array.map2 (*) x y |> Array.sum

    let gramOf (rows: float[][]) =
        Gram.ofProducts rows.Length [|
            for x in rows do
                for y in rows -> dot x y
        |]

    let everybody = Array.create tasks true

    testProperty
        "are cosines, whatever the gradients' lengths"
        (fun (seed: int) (scales: PositiveInt[]) ->
            let rows = rows seed
            let found = Conflict.ofGram everybody (gramOf rows)

            let scaled =
                rows
                |> Array.mapi (fun i row ->
                    let scale = if i < scales.Length then float scales[i].Get else 1.0
                    Array.map ((*) scale) row)
                |> gramOf
                |> Conflict.ofGram everybody

            let cosine x y = dot x y / sqrt (dot x x * dot y y)

            Agreement.pairs tasks
            |> Array.forall (fun struct (i, j) ->
                let place = Agreement.place j i
                let cosine = cosine rows[i] rows[j]

                abs (found.Cosines[place] - cosine) < 1e-9
                && abs (scaled.Cosines[place] - cosine) < 1e-9))

    testProperty
        "of a task that is not there, or does not learn, are not known"
        (fun (seed: int) (NonNegativeInt task) ->
            let task = task % tasks
            let rows = rows seed
            let without = Conflict.ofGram (Array.init tasks ((<>) task)) (gramOf rows)

            let still =
                rows |> Array.mapi (fun i row -> if i = task then [| 0.0; 0.0; 0.0 |] else row)

            let still = Conflict.ofGram everybody (gramOf still)

            Double.IsNaN without.Lengths[task]
            && still.Lengths[task] = 0.0
            && Agreement.pairs tasks
               |> Array.forall (fun struct (i, j) ->
                   let place = Agreement.place i j
                   let isKnown = i <> task && j <> task

                   Double.IsFinite without.Cosines[place] = isKnown
                   && Double.IsFinite still.Cosines[place] = isKnown))

    let record update cosines : ConflictRecord = {
        Step = update
        Update = update
        Part = "critic"
        Agreement = { Lengths = [| 1.0; 1.0; 2.0; 6.0 |]; Cosines = cosines }
    }

    // Pairs (1, 0) and (2, 0) change places; (2, 1) is not known at first.
    let run = [
        record 0L [| 0.5; -0.5; nan; 0.0; 0.1; 0.2 |]
        record 10L [| 0.0; 0.0; 0.3; 0.0; 0.1; 0.2 |]
        record 20L [| -0.8; 0.4; 0.3; 0.0; 0.1; 0.2 |]
    ]

    testCase "are summed up pair by pair, worst first" (fun () ->
        let summary = Conflicts.summary names run
        summary.Moments |> equals 3
        (summary.FirstUpdate, summary.LastUpdate) |> equals (0L, 20L)
        summary.Pairs.Length |> equals 6
        let worst = summary.Pairs.Head
        worst.Tasks |> equals ("reach-v3", "push-v3")
        worst.Mean |> isWithin 1e-12 -0.1
        worst.Negative |> isWithin 1e-12 (1.0 / 3.0)
        (worst.Early, worst.Late) |> equals (0.5, -0.8)
        // 2 of 17 known products.
        summary.Negative |> isWithin 1e-12 (2.0 / 17.0)
        summary.Longest |> equals (Some("drawer-close-v3", 4.0)))

    testCase "of fewer than three moments have no trend" (fun () ->
        let pair = (Conflicts.summary names [ run[0]; run[1] ]).Pairs.Head
        isTrue (Double.IsNaN pair.Early && Double.IsNaN pair.Late))

    testCase "are told in words and numbers" (fun () ->
        let text = ConflictTable.text 2 (Conflicts.summary names run)
        text |> contains "critic: measured 3 times, after 0 to 20 updates; 6 pairs"
        text |> matches @"reach-v3 × push-v3 +−0\.10 +33 % +\+0\.50 +−0\.80"
        text |> lacks "drawer-close-v3 ×"
        text |> contains "drawer-close-v3, 4.0 times as long")
]
