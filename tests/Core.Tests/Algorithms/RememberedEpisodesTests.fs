module MtrlFunctional.Tests.Algorithms.RememberedEpisodesTests

open System
open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

let ``remembered episodes`` = [
    let scoped test =
        use _ = TorchSharp.torch.NewDisposeScope()
        test ()

    let count = episodes
    let lengths = [| 7; 5; 4; 7; 6; 7 |]

    /// Each row has one episode.
    let played seed =
        let single (x: Tensor) =
            Tensor.ofFloats (Tensor.shape x) (Tensor.toFloats x)

        {
            mapped single (sampled lengths seed) with
                Restarts = lengths |> Array.map (fun _ -> [||])
        }

    /// Whether the episode of each row succeeds: some of one task do.
    let succeeding task rows =
        Array.init lengths.Length (fun row ->
            row / count = task && List.contains (row % count) rows)

    let failing = Array.zeroCreate<float> tasks

    let numbers task row (x: Tensor) =
        x
        |> Tensor.select 0 (int64 task)
        |> Tensor.select 0 (int64 row)
        |> Tensor.contiguous
        |> Tensor.toFloats

    testCase "are rows behind those of the iteration, the newest first" (fun () ->
        scoped (fun () ->
            let first, second = played 1L, played 2L

            let remembered =
                RememberedEpisodes.start tasks
                |> RememberedEpisodes.observe 2 (succeeding 1 [ 0; 1 ]) first
                |> RememberedEpisodes.observe 2 (succeeding 1 [ 1 ]) second

            let now = played 3L
            let added = RememberedEpisodes.added failing remembered now
            Tensor.size 1 added.Obs |> equals (int64 count + 2L)

            for task in 0 .. tasks - 1 do
                for row in 0 .. count - 1 do
                    numbers task row added.Obs |> equals (numbers task row now.Obs)

            numbers 1 count added.Obs |> equals (numbers 1 1 second.Obs)
            numbers 1 count added.Action |> equals (numbers 1 1 second.Action)
            numbers 1 (count + 1) added.Reward |> equals (numbers 1 1 first.Reward)
            numbers 1 (count + 1) added.LastObs |> equals (numbers 1 1 first.LastObs)
            // Of the other tasks, the further rows are padding.
            added.Lengths |> equals [| 7; 5; 0; 0; 4; 7; 7; 7; 6; 7; 0; 0 |]
            numbers 0 count added.Obs |> Array.forall ((=) 0f) |> isTrue))

    testCase "count with their positive advantages alone" (fun () ->
        scoped (fun () ->
            let config = {
                plain with
                    Advantage = { plain.Advantage with NormalisedOver = Some EachTask }
            }

            let advantages remembered =
                let now = { played 3L with Remembered = remembered }
                let iteration = { iteration 1L lengths with Episodes = now }
                (prepare config (fresh config) iteration).Advantage |> Tensor.toDoubles

            let second = lengths |> Array.mapi (fun row _ -> row % count = 1)
            let all = advantages (Array.create lengths.Length false)
            let counted = advantages second

            let expected =
                all
                |> Array.mapi (fun i advantage ->
                    if second[i / steps] then max 0.0 advantage else advantage)

            counted |> equals expected
            counted |> Array.exists ((>) 0.0) |> isTrue
            (all, counted) ||> Array.exists2 (<>) |> isTrue))

    testCase "are left out where half of the episodes succeed" (fun () ->
        scoped (fun () ->
            let now = played 1L

            let remembered =
                RememberedEpisodes.start tasks
                |> RememberedEpisodes.observe 2 (succeeding 1 [ 0 ]) now

            let half = Array.init tasks (fun task -> if task = 1 then 0.5 else 0.0)

            Object.ReferenceEquals(RememberedEpisodes.added half remembered now, now)
            |> isTrue))

    testCase "are none of a row with several episodes" (fun () ->
        scoped (fun () ->
            let now = played 1L

            let broken = { now with Restarts = lengths |> Array.map (fun _ -> [| 2 |]) }

            RememberedEpisodes.start tasks
            |> RememberedEpisodes.observe 2 (succeeding 1 [ 0 ]) broken
            |> equals (RememberedEpisodes.start tasks)))
]
