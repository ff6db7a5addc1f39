namespace MtrlFunctional.Tests;

/// <summary>Bytes of the managed heap that work takes.</summary>
internal static class Allocated
{
    /// <summary>The least of twenty times: .NET allocates at the first calls, and now and then for itself.</summary>
    internal static long By(Action work) => Enumerable.Range(0, 20).Min(_ =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });
}
