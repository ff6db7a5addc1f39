module MtrlFunctional.Tests.Random.ShuffleProps

open Expecto
open MtrlFunctional.Randomness

let ``a shuffle`` = [
    let shuffled key count =
        let items = Array.init count id
        Shuffle.keyed key items
        items

    testProperty "is a permutation" (fun seed (count: FsCheck.NonNegativeInt) ->
        let items = shuffled (Key.ofSeed seed) count.Get
        Array.sort items = Array.init count.Get id)

    // Chi-squared of 6,000 draws over 6 permutations; 5 degrees of freedom, 20.5 at one in a thousand.
    testCase "draws all permutations equally often" (fun () ->
        let key = Key.ofSeed 11L

        let counts =
            Array.init 6_000 (fun i -> shuffled (Key.at (int64 i) key) 3)
            |> Array.countBy id

        counts.Length |> equals 6

        let distance =
            counts |> Array.sumBy (fun (_, n) -> (float n - 1000.0) ** 2.0 / 1000.0)

        distance |> isBelow 20.5)

    // Resumed runs depend on these bits.
    testCase "keeps its bits over versions" (fun () ->
        let order = shuffled (Key.ofSeed 42L |> Key.forPurpose "policy") 10
        order |> equals [| 5; 6; 1; 7; 4; 0; 9; 2; 8; 3 |])
]
