namespace MtrlFunctional.Randomness

open System
open System.Runtime.InteropServices

/// The source of a random number as a value: no generator has to be passed on, saved or locked. One seed
/// is the root of a tree of keys: a branch for each purpose, a twig for each counter, and a leaf of 64
/// bits. Each draw names its key, so a resumed run needs its counters only.
[<Struct>]
type Key = private { State: uint64 }

/// Branches, twigs and leaves of keys.
///
/// Mixing: the finaliser of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
/// Twigs of one key are distinct (each step is a bijection of the counter); branches and
/// different keys coincide with probability 2⁻⁶⁴.
module Key =
    let private mix z =
        let z = (z ^^^ (z >>> 30)) * 0xbf58476d1ce4e5b9UL
        let z = (z ^^^ (z >>> 27)) * 0x94d049bb133111ebUL
        z ^^^ (z >>> 31)

    /// The fractional part of the golden ratio.
    let private golden = 0x9e3779b97f4a7c15UL

    /// The root of all keys of a run.
    [<CompiledName("OfSeed")>]
    let ofSeed (seed: int64) = { State = mix (uint64 seed + golden) }

    /// The branch of a purpose, for example "replay" or "noise/next".
    [<CompiledName("ForPurpose")>]
    let forPurpose (purpose: string) key =
        // FNV-1a over UTF-16 code units: stable over processes, unlike String.GetHashCode.
        let hash =
            purpose
            |> Seq.fold (fun h c -> (h ^^^ uint64 c) * 0x100000001b3UL) 0xcbf29ce484222325UL

        { State = mix (key.State * 0xd1342543de82ef95UL + mix hash) }

    /// The twig of a counter, for example the number of the update.
    [<CompiledName("At")>]
    let at (counter: int64) key = {
        State = mix (key.State ^^^ mix (uint64 counter * golden + 0x632be59bd9b4e019UL))
    }

    /// 64 random bits, for example as the seed of a tensor generator.
    [<CompiledName("Bits")>]
    let bits key = mix (key.State + golden)

    /// Uniform in [0, 1): a multiple of 2⁻⁵³.
    [<CompiledName("Uniform")>]
    let uniform key =
        float (bits key >>> 11) * 1.1102230246251565e-16

    /// Uniform in 0 … count − 1; the bias is below count / 2⁶⁴.
    [<CompiledName("Below")>]
    let below (count: int) key =
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1)
        int (Math.BigMul(bits key, uint64 count) >>> 64 |> uint64)

    /// Uniform in 0 … count − 1, by a number of SplitMix64's sequence that begins at the seed; the bias is below count / 2⁶⁴.
    [<CompiledName("BelowAt")>]
    let internal belowAt (seed: uint64) (counter: uint64) (count: int64) =
        let mutable low = 0UL
        int64 (Math.BigMul(mix (seed + counter * golden), uint64 count, &low))

    /// Standard normal (Box and Muller 1958, doi:10.1214/aoms/1177706645).
    [<CompiledName("Normal")>]
    let normal key =
        let radius = sqrt (-2.0 * log (1.0 - uniform (at 0L key)))
        radius * cos (2.0 * Math.PI * uniform (at 1L key))

    /// Fills memory with random bytes: the sequence of SplitMix64 that begins at the key, the lowest byte of each number first.
    let internal fill (bytes: Span<byte>) key =
        let words = MemoryMarshal.Cast<byte, uint64> bytes
        let mutable state = key.State

        for i in 0 .. words.Length - 1 do
            state <- state + golden
            words[i] <- mix state

        let rest = bytes.Slice(8 * words.Length)
        let mutable last = mix (state + golden)

        for i in 0 .. rest.Length - 1 do
            rest[i] <- byte last
            last <- last >>> 8

    /// A key as two whole numbers, the upper and the lower 32 bits, from which `ofSaved` makes it again.
    [<CompiledName("Save")>]
    let internal save key = [| float (key.State >>> 32); float (uint32 key.State) |]

    /// The key that `save` gave.
    [<CompiledName("OfSaved")>]
    let internal ofSaved (saved: ReadOnlySpan<float>) = {
        State = (uint64 saved[0] <<< 32) ||| uint64 saved[1]
    }
