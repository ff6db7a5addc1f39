namespace MtrlFunctional.Tests.Random

open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Randomness

[<TestFixture>]
module ``a random key`` =

    [<Property>]
    let ``gives the same bits for the same names`` seed counter =
        let draw () =
            Key.ofSeed seed |> Key.forPurpose "noise" |> Key.at counter |> Key.bits

        draw () = draw ()

    [<Property>]
    let ``has different twigs for different counters`` seed (a: int64) (b: int64) =
        let key = Key.ofSeed seed
        (Key.at a key = Key.at b key) = (a = b)

    [<Property>]
    let ``has different branches for different purposes`` seed (a: string) (b: string) =
        let a, b = string a, string b
        let key = Key.ofSeed seed
        (Key.forPurpose a key = Key.forPurpose b key) = (a = b)

    [<Property>]
    let ``depends on the order of counters`` seed (a: int64) (b: int64) =
        let key = Key.ofSeed seed
        a = b || (key |> Key.at a |> Key.at b) <> (key |> Key.at b |> Key.at a)

    [<Property>]
    let ``draws below a bound`` seed (count: FsCheck.PositiveInt) =
        let drawn = Key.ofSeed seed |> Key.below count.Get
        0 <= drawn && drawn < count.Get

    /// 10 000 draws: mean within 5 standard errors (0.29 / 100), and about as many in every tenth of the range.
    [<Test>]
    let ``draws uniformly`` () =
        let key = Key.ofSeed 7L |> Key.forPurpose "test"
        let drawn = Array.init 10_000 (fun i -> Key.at (int64 i) key |> Key.uniform)
        Assert.That(Array.average drawn, Is.EqualTo(0.5).Within 0.015)

        let tenths = drawn |> Array.countBy (fun u -> int (10.0 * u))
        Assert.That(tenths |> Array.forall (fun (_, n) -> 850 < n && n < 1150))
        Assert.That(tenths.Length, Is.EqualTo 10)

    let private filled length key =
        let bytes = Array.zeroCreate<byte> length
        Key.fill (System.Span bytes) key
        bytes

    [<Property>]
    let ``fills memory with the bytes that a longer fill begins with`` seed (length: uint8) =
        let key = Key.ofSeed seed
        filled (int length) key = Array.truncate (int length) (filled 300 key)

    /// The first number of SplitMix64 from the seed 0 is 0xE220A8397B1DCDAF.
    [<Test>]
    let ``fills memory with the bytes of SplitMix64`` () =
        let expected = [| 0xAFuy; 0xCDuy; 0x1Duy; 0x7Buy; 0x39uy; 0xA8uy; 0x20uy; 0xE2uy |]
        Assert.That(filled 8 (Key.ofSaved 0UL), Is.EqualTo<byte[]> expected)

    /// Saved runs depend on these bits.
    [<Test>]
    let ``keeps its bits over versions`` () =
        let bits = Key.ofSeed 42L |> Key.forPurpose "replay" |> Key.at 3L |> Key.bits
        Assert.That(bits, Is.EqualTo 14770798397220143380UL)
