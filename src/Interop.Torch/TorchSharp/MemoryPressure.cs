namespace TorchSharp;

/// <summary>
/// Tells the collector how much native memory hangs on tensors outside all scopes, in steps: it takes each
/// report as a reason to collect, and a training loop that replaces a state by the next would report at each
/// update what it gives back a moment later (measured: three full collections an update).
/// </summary>
internal static class MemoryPressure
{
    private const long Step = 64 << 20;

    private static long s_live;
    private static long s_reported;

    /// <summary>So many bytes more, or less.</summary>
    internal static void Change(long bytes)
    {
        var live = Interlocked.Add(ref s_live, bytes);
        var reported = Interlocked.Read(ref s_reported);
        if (live >= reported + Step)
        {
            if (Interlocked.CompareExchange(ref s_reported, live, reported) == reported)
                GC.AddMemoryPressure(live - reported);
        }
        else if (live <= reported - (2 * Step) && Interlocked.CompareExchange(ref s_reported, live, reported) == reported)
        {
            GC.RemoveMemoryPressure(reported - live);
        }
    }
}
