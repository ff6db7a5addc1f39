module MtrlFunctional.Tests.Tasks.DmControl.StickyObservationProps

open Expecto
open FsCheck
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks.DmControl

let ``sticky observations`` = [
    let ages sticky seed count = [
        for steps in 0 .. count - 1 -> StickyObservation.age sticky steps (Key.ofSeed seed)
    ]

    testProperty "are the newest with probability 0" (fun (seed: int64, lastK: PositiveInt) ->
        ages { Probability = 0.0; LastK = lastK.Get } seed 50 |> List.forall ((=) 0))

    testProperty
        "are old after the first step with probability 1"
        (fun (seed: int64, lastK: PositiveInt) ->
            let first, rest =
                match ages { Probability = 1.0; LastK = lastK.Get } seed 50 with
                | first :: rest -> first, rest
                | [] -> failwith "There are 50."

            first = 0 && rest |> List.forall (fun age -> age >= 1))

    testProperty
        "are at most k steps old and none is of an earlier episode"
        (fun (seed: int64, lastK: PositiveInt) ->
            let lastK = 1 + lastK.Get % 7

            ages { Probability = 0.7; LastK = lastK } seed 50
            |> List.indexed
            |> List.forall (fun (steps, age) -> 0 <= age && age <= min lastK steps))

    testCase "have each age equally often" (fun () ->
        let found =
            ages { Probability = 0.6; LastK = 3 } 5L 40_000 |> List.countBy id |> Map

        float found[0] / 40_000.0 |> isWithin 0.01 0.4

        for age in 1..3 do
            float found[age] / 40_000.0 |> isWithin 0.01 0.2)
]
