module MtrlFunctional.Tests.Random.KeyProps

open Expecto
open MtrlFunctional.Randomness

let ``a random key`` = [
    testProperty "has different twigs for different counters" (fun seed (a: int64) (b: int64) ->
        let key = Key.ofSeed seed
        (Key.at a key = Key.at b key) = (a = b))

    testProperty
        "has different branches for different purposes"
        (fun seed (a: string) (b: string) ->
            let a, b = string a, string b
            let key = Key.ofSeed seed
            (Key.forPurpose a key = Key.forPurpose b key) = (a = b))

    testProperty "depends on the order of counters" (fun seed (a: int64) (b: int64) ->
        let key = Key.ofSeed seed
        a = b || (key |> Key.at a |> Key.at b) <> (key |> Key.at b |> Key.at a))

    testProperty "draws below a bound" (fun seed (count: FsCheck.PositiveInt) ->
        let drawn = Key.ofSeed seed |> Key.below count.Get
        0 <= drawn && drawn < count.Get)

    // 10 000 draws: mean within 5 standard errors (0.29 / 100), and about as many in every tenth of the range.
    testCase "draws uniformly" (fun () ->
        let key = Key.ofSeed 7L |> Key.forPurpose "test"
        let drawn = Array.init 10_000 (fun i -> Key.at (int64 i) key |> Key.uniform)
        Array.average drawn |> isWithin 0.015 0.5

        let tenths = drawn |> Array.countBy (fun u -> int (10.0 * u))
        tenths |> Array.forall (fun (_, n) -> 850 < n && n < 1150) |> isTrue
        tenths.Length |> equals 10)

    let filled length key =
        let bytes = Array.zeroCreate<byte> length
        Key.fill (System.Span bytes) key
        bytes

    testProperty
        "fills memory with the bytes that a longer fill begins with"
        (fun seed (length: uint8) ->
            let key = Key.ofSeed seed
            filled (int length) key = Array.truncate (int length) (filled 300 key))

    // The first number of SplitMix64 from the seed 0 is 0xE220A8397B1DCDAF.
    testCase "fills memory with the bytes of SplitMix64" (fun () ->
        let expected = [| 0xAFuy; 0xCDuy; 0x1Duy; 0x7Buy; 0x39uy; 0xA8uy; 0x20uy; 0xE2uy |]
        filled 8 (Key.ofSaved 0UL) |> equals expected)

    // Saved runs depend on these bits.
    testCase "keeps its bits over versions" (fun () ->
        let bits = Key.ofSeed 42L |> Key.forPurpose "replay" |> Key.at 3L |> Key.bits
        bits |> equals 14770798397220143380UL)
]
