namespace MtrlFunctional.Replay;

/// <summary>Random 64-bit numbers of a counter: SplitMix64, doi:10.1145/2660193.2660195.</summary>
internal static class CounterRandom
{
    internal static ulong Bits(ulong seed, ulong counter)
    {
        var z = seed + (counter * 0x9e3779b97f4a7c15UL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebUL;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in 0 … count − 1; the bias is below count / 2⁶⁴.</summary>
    internal static long Below(ulong seed, ulong counter, long count) =>
        (long)Math.BigMul(Bits(seed, counter), (ulong)count, out _);
}
