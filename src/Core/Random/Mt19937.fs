namespace MtrlFunctional.Randomness

/// The Mersenne Twister as NumPy's legacy generator uses it (`numpy.random.seed`,
/// `numpy.random.uniform`), which draws the goals of Meta-World's benchmarks. All other random
/// numbers come from `Key`.
///
/// Source: Matsumoto and Nishimura 1998, doi:10.1145/272991.272995. Not thread-safe; each pure function
/// that uses one creates it.
type Mt19937(seed: uint32) =
    let length, shift = 624, 397
    let state: uint32[] = Array.zeroCreate length
    let mutable next = length

    do
        state[0] <- seed

        for i in 1 .. length - 1 do
            let before = state[i - 1]
            state[i] <- 1812433253u * (before ^^^ (before >>> 30)) + uint32 i

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
