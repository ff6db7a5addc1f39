namespace MtrlFunctional.Randomness

open System

/// NumPy's default generator (`numpy.random.default_rng`): PCG64 seeded through SeedSequence,
/// for goals in the order of Meta-World's wrappers. All other random numbers come from `Key`.
///
/// Source: O'Neill 2014, "PCG: A Family of Simple Fast Space-Efficient Statistically Good
/// Algorithms for Random Number Generation"; variant XSL-RR 128/64. SeedSequence: NumPy enhancement
/// proposal 19, after O'Neill's `seed_seq_fe`. Not thread-safe.
type internal Pcg64(seed: uint64) =
    static let multiplier = UInt128(2549297995355413924UL, 4865540595714422341UL)

    /// Entropy spread over a pool of four words, and four 64-bit words drawn from it.
    static let words (seed: uint64) : uint64[] =
        let mutable hash = 0x43b0d7e5u

        let hashed (value: uint32) =
            let value = value ^^^ hash
            hash <- hash * 0x931e8875u
            let value = value * hash
            value ^^^ (value >>> 16)

        let mix (x: uint32) (y: uint32) =
            let mixed = x * 0xca01f9ddu - y * 0x4973f715u
            mixed ^^^ (mixed >>> 16)

        let entropy = [| uint32 seed; uint32 (seed >>> 32); 0u; 0u |]
        let pool = Array.zeroCreate 4

        for i in 0..3 do
            pool[i] <- hashed entropy[i]

        for source in 0..3 do
            for target in 0..3 do
                if source <> target then
                    pool[target] <- mix pool[target] (hashed pool[source])

        let mutable hash = 0x8b51f9ddu

        let output =
            Array.init 8 (fun i ->
                let value = pool[i % 4] ^^^ hash
                hash <- hash * 0x58f38dedu
                let value = value * hash
                value ^^^ (value >>> 16))

        Array.init 4 (fun i -> uint64 output[2 * i] ||| (uint64 output[2 * i + 1] <<< 32))

    let seeds = words seed
    let increment = (UInt128(seeds[2], seeds[3]) <<< 1) ||| UInt128.One
    // One step from zero, the seed added, one more step.
    let mutable state =
        (increment + UInt128(seeds[0], seeds[1])) * multiplier + increment

    let mutable half: uint32 voption = ValueNone

    /// 64 random bits.
    member _.Bits() : uint64 =
        state <- state * multiplier + increment
        let folded = uint64 (state >>> 64) ^^^ uint64 state
        Numerics.BitOperations.RotateRight(folded, int (state >>> 122))

    /// 32 random bits: the low half of 64, then the high half of the same 64.
    member this.HalfBits() : uint32 =
        match half with
        | ValueSome high ->
            half <- ValueNone
            high
        | ValueNone ->
            let bits = this.Bits()
            half <- ValueSome(uint32 (bits >>> 32))
            uint32 bits

    /// Uniform in [0, 1): 53 bits.
    member this.Uniform() =
        float (this.Bits() >>> 11) * 1.1102230246251565e-16

    /// Uniform in 0 … count − 1, as `choice(count)`: Lemire's method (arXiv:1805.10941).
    member this.Choice(count: uint32) : int =
        let mutable product = uint64 (this.HalfBits()) * uint64 count

        if uint32 product < count then
            let biased = (0u - count) % count

            while uint32 product < biased do
                product <- uint64 (this.HalfBits()) * uint64 count

        int (product >>> 32)

    /// Shuffles in place as `shuffle` of a list: from the end, with masked rejection.
    member this.Shuffle(items: 'a[]) =
        items
        |> Shuffle.inPlace (fun i ->
            let mask = UInt32.MaxValue >>> Numerics.BitOperations.LeadingZeroCount(uint32 i)
            let mutable j = this.HalfBits() &&& mask

            while j > uint32 i do
                j <- this.HalfBits() &&& mask

            int j)
