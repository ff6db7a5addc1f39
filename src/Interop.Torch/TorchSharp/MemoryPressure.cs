namespace TorchSharp;

/// <summary>
/// Reports the native memory of tensors outside all scopes to the garbage collector, in steps: each report can
/// trigger a collection, and a training loop replaces its whole state at each update (measured without steps: three
/// full collections per update).
/// </summary>
internal static class MemoryPressure
{
    private const long Step = 64 << 20;

    private static long s_live;
    private static long s_reported;

    /// <summary>Adds bytes, or subtracts them if negative.</summary>
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
