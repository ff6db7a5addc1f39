module MtrlFunctional.Tests.Random.KeyProps

open Expecto
open System
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

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
        filled 8 (Key.ofSaved (ReadOnlySpan [| 0.0; 0.0 |])) |> equals expected)

    // Saved runs depend on these bits.
    testCase "keeps its bits over versions" (fun () ->
        let bits = Key.ofSeed 42L |> Key.forPurpose "replay" |> Key.at 3L |> Key.bits
        bits |> equals 14770798397220143380UL)
]

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

let ``correlated noise`` = [
    let drawn seed count =
        use _ = TorchSharp.torch.NewDisposeScope()

        Draw.normal TensorOptions.cpu (Key.ofSeed seed) [| int64 count |]
        |> Tensor.toFloats

    let correlatedBy correlations (numbers: float32[]) =
        let changed = Array.copy numbers
        CorrelatedNoise.apply correlations (Span changed)
        changed

    let correlated (rho: float) steps (numbers: float32[]) =
        correlatedBy (Array.create (numbers.Length / steps) rho) numbers

    testProperty "without a correlation is the same" (fun seed ->
        let numbers = drawn seed 60
        correlated 0.0 12 numbers = numbers)

    testProperty "starts with the same numbers" (fun seed ->
        let numbers = drawn seed 60
        Array.take 5 (correlated 0.8 12 numbers) = Array.take 5 numbers)

    // x_t − ρ x_{t−1}, in units of √(1 − ρ²), are the numbers before.
    testProperty "adds to each step what was drawn for it" (fun seed ->
        let numbers = drawn seed 60
        let found = correlated 0.8 12 numbers

        Seq.forall2
            (fun i x -> abs ((found[i] - 0.8f * found[i - 5]) / 0.6f - x) < 1e-5f)
            [ 5..59 ]
            numbers[5..])

    testProperty "has correlations of its own in each column" (fun seed ->
        let numbers = drawn seed 60

        let column i =
            Array.chunkBySize 2 >> Array.map (Array.item i)

        let both = correlatedBy [| 0.5; 0.9 |] numbers

        (column 0 both, column 1 both) =
            (correlated 0.5 30 (column 0 numbers), correlated 0.9 30 (column 1 numbers)))
]
