namespace MtrlFunctional.Replay;

/// <summary>Main memory of a replay outside the managed heap, of any size. Parts that are never written take no memory.</summary>
internal sealed unsafe class ReplayMemory : IDisposable
{
    /// <summary>Reserves memory.</summary>
    internal ReplayMemory(long bytes) =>
        Start = bytes <= GC.GetGCMemoryInfo().TotalAvailableMemoryBytes
            ? (byte*)NativeMemory.Alloc((nuint)bytes)
            : throw new OutOfMemoryException();

    /// <summary>Frees the memory of a replay that was not disposed.</summary>
    ~ReplayMemory() => Free();

    internal byte* Start { get; private set; }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(Start);
        Start = null;
    }
}
