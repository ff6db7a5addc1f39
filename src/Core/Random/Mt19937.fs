namespace MtrlFunctional.Randomness

/// States of the Mersenne Twister from seeds, as the authors' program makes them.
module private Mt19937State =
    let length = 624

    let ofSeed (seed: uint32) =
        let state = Array.zeroCreate length
        state[0] <- seed

        for i in 1 .. length - 1 do
            let before = state[i - 1]
            state[i] <- 1812433253u * (before ^^^ (before >>> 30)) + uint32 i

        state

    /// `init_by_array`: at most 624 words.
    let ofWords (words: uint32[]) =
        let state = ofSeed 19650218u
        let mutable i = 1

        let advance () =
            i <- i + 1

            if i = length then
                state[0] <- state[length - 1]
                i <- 1

        let mixed (factor: uint32) =
            state[i] ^^^ ((state[i - 1] ^^^ (state[i - 1] >>> 30)) * factor)

        for k in 0 .. length - 1 do
            let j = k % words.Length
            state[i] <- mixed 1664525u + words[j] + uint32 j
            advance ()

        for _ in 1 .. length - 1 do
            state[i] <- mixed 1566083941u - uint32 i
            advance ()

        state[0] <- 0x80000000u
        state

/// The Mersenne Twister as NumPy's legacy generator uses it (`numpy.random.RandomState`), needed to draw
/// the goals of Meta-World's benchmarks and the streams of Gym's seeds. All other randomness comes from
/// `Key`.
///
/// Source: Matsumoto and Nishimura 1998, doi:10.1145/272991.272995. Not thread-safe; it is made,
/// used and dropped inside pure functions.
type internal Mt19937 private (state: uint32[]) =
    let length, shift = state.Length, 397
    let mutable next = length
    let mutable spareNormal: float voption = ValueNone

    let renew () =
        for i in 0 .. length - 1 do
            let mixed = (state[i] &&& 0x80000000u) ||| (state[(i + 1) % length] &&& 0x7fffffffu)
            let twist = if mixed &&& 1u = 0u then 0u else 0x9908b0dfu
            state[i] <- state[(i + shift) % length] ^^^ (mixed >>> 1) ^^^ twist

        next <- 0

    /// 32 random bits.
    member _.Bits() =
        if next = length then
            renew ()

        let y = state[next]
        next <- next + 1
        let y = y ^^^ (y >>> 11)
        let y = y ^^^ ((y <<< 7) &&& 0x9d2c5680u)
        let y = y ^^^ ((y <<< 15) &&& 0xefc60000u)
        y ^^^ (y >>> 18)

    /// Uniform in [0, 1): 53 bits from two draws.
    member this.Uniform() =
        let high = this.Bits() >>> 5
        let low = this.Bits() >>> 6
        (float high * 67108864.0 + float low) / 9007199254740992.0

    /// Standard normal, by the polar method; every second draw is the other half of a pair.
    member this.Normal() =
        match spareNormal with
        | ValueSome spare ->
            spareNormal <- ValueNone
            spare
        | ValueNone ->
            let x = 2.0 * this.Uniform() - 1.0
            let y = 2.0 * this.Uniform() - 1.0
            let square = x * x + y * y

            if square >= 1.0 || square = 0.0 then
                this.Normal()
            else
                let scale = sqrt (-2.0 * log square / square)
                spareNormal <- ValueSome(scale * x)
                scale * y

    /// Uniform in 0 … count − 1: 32 bits under a mask, drawn again where they are too large.
    member this.Below(count: uint32) =
        let mask =
            (1u <<< (32 - System.Numerics.BitOperations.LeadingZeroCount(count - 1u))) - 1u

        let rec draw () =
            let bits = this.Bits() &&& mask
            if bits < count then bits else draw ()

        draw ()

    /// Seeded by one word, as `numpy.random.seed`.
    new(seed: uint32) = Mt19937(Mt19937State.ofSeed seed)

    /// Seeded by words, as Gym's environments are (`GymSeed.words`).
    static member OfWords(words: uint32[]) = Mt19937(Mt19937State.ofWords words)
