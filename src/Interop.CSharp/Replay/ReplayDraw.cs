namespace MtrlFunctional.Replay;

/// <summary>
/// The transitions of a batch, as slot indices in the replay. Valid until a transition is added
/// to the replay.
/// </summary>
public sealed class ReplayDraw
{
    internal ReplayDraw(long[][] slots, bool linked)
    {
        Slots = slots;
        Linked = linked;
        Rows = slots.Max(s => s.Length);
    }

    /// <summary>Rows for each task that the batch needs: the largest count of any task.</summary>
    public int Rows { get; }

    /// <summary>Transitions drawn of each task.</summary>
    public IReadOnlyList<int> Counts => Array.ConvertAll(Slots, s => s.Length);

    /// <summary>For each task the absolute slot of each row.</summary>
    internal long[][] Slots { get; }

    /// <summary>The next observation of an episode's last transition is the first of the next episode.</summary>
    internal bool Linked { get; }
}

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
