using System.IO.Compression;
using System.Numerics;

namespace MtrlFunctional.Replay;

/// <summary>Frames of a ring in main memory, compressed without loss. Of sixteen consecutive frames the first is kept as it is,
/// the others as their difference from it; both are deflated (RFC 1951). Where the camera stands still a difference is mostly
/// zeros.</summary>
/// <remarks>Any thread may read, also during other reads; writes exclude reads by the caller.</remarks>
internal sealed unsafe class CompressedFrames : IDisposable
{
    /// <summary>Consecutive frames with the same reference frame.</summary>
    private const int Block = 16;

    private const int CachedFrames = 8;

    private readonly int _frame;
    private readonly Packed[] _packed;

    // The reference frame of the newest block.
    private readonly byte[] _reference;
    private long _referenceSlot = -1;

    private readonly byte[] _difference;
    private readonly MemoryStream _deflated = new();

    // The frames read last: consecutive observations share most of theirs.
    private readonly byte[][] _cache = new byte[CachedFrames][];
    private readonly long[] _cachedSlots = new long[CachedFrames];
    private readonly byte[] _readReference;
    private long _readReferenceSlot = -1;
    private readonly Lock _reading = new();

    /// <summary>No frames.</summary>
    internal CompressedFrames(int frame, long slots)
    {
        _frame = frame;

        // A reference frame stays until the frames stored as differences from it can be overwritten, too.
        _packed = new Packed[slots + Block];
        (_reference, _difference, _readReference) = (new byte[frame], new byte[frame], new byte[frame]);
        for (var i = 0; i < CachedFrames; i++)
            (_cache[i], _cachedSlots[i]) = (new byte[frame], -1);
    }

    /// <summary>Frees the memory of frames that were not disposed.</summary>
    ~CompressedFrames() => Free();

    internal long Bytes { get; private set; }

    /// <summary>Stores the frame of a slot. Slots come in their order; the newest may be stored again.</summary>
    internal void Put(long slot, ReadOnlySpan<byte> frame)
    {
        Invalidate(slot);
        if (_referenceSlot >= 0 && _referenceSlot < slot && slot / Block == _referenceSlot / Block)
        {
            Difference(frame, _reference, _difference);
            Store(slot, _difference, _referenceSlot);
        }
        else
        {
            frame.CopyTo(_reference);
            _referenceSlot = slot;
            Store(slot, frame, slot);
        }
    }

    internal void Read(long slot, byte* into)
    {
        lock (_reading)
        {
            var entry = slot % CachedFrames;
            var frame = _cache[entry];
            if (_cachedSlots[entry] != slot)
            {
                _cachedSlots[entry] = -1;
                Unpack(slot, frame);
                _cachedSlots[entry] = slot;
            }

            frame.CopyTo(new Span<byte>(into, _frame));
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Unpack(long slot, byte[] into)
    {
        var reference = PackedOf(slot).Reference;
        Inflate(slot, into);
        if (reference == slot)
            return;
        if (_readReferenceSlot != reference)
        {
            _readReferenceSlot = -1;
            Inflate(reference, _readReference);
            _readReferenceSlot = reference;
        }

        Difference(into, _readReference, into);
    }

    private void Store(long slot, ReadOnlySpan<byte> bytes, long reference)
    {
        _deflated.SetLength(0);
        using (var deflate = new DeflateStream(_deflated, CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(bytes);
        var packed = _deflated.GetBuffer().AsSpan(0, (int)_deflated.Length);
        var at = NativeMemory.Alloc((nuint)packed.Length);
        packed.CopyTo(new Span<byte>(at, packed.Length));
        ref var stored = ref PackedOf(slot);
        NativeMemory.Free((void*)stored.At);
        Bytes += packed.Length - stored.Bytes;
        stored = new Packed((nint)at, packed.Length, reference);
    }

    private void Inflate(long slot, byte[] into)
    {
        var packed = PackedOf(slot);
        using var source = new UnmanagedMemoryStream((byte*)packed.At, packed.Bytes);
        using var inflate = new DeflateStream(source, CompressionMode.Decompress);
        inflate.ReadExactly(into);
    }

    /// <summary>Drops the cached frame of a slot that is overwritten.</summary>
    private void Invalidate(long slot)
    {
        ref var cached = ref _cachedSlots[slot % CachedFrames];
        if (cached == slot)
            cached = -1;
        if (_readReferenceSlot == slot)
            _readReferenceSlot = -1;
    }

    private ref Packed PackedOf(long slot) => ref _packed[slot % _packed.Length];

    private void Free()
    {
        // Null where the constructor failed.
        if (_packed is null)
            return;
        for (var i = 0; i < _packed.Length; i++)
        {
            NativeMemory.Free((void*)_packed[i].At);
            _packed[i] = default;
        }

        Bytes = 0;
    }

    /// <summary>The bits in which two frames differ; applied again it gives back the first.</summary>
    private static void Difference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> into)
    {
        var i = 0;
        for (; i <= a.Length - Vector<byte>.Count; i += Vector<byte>.Count)
            (new Vector<byte>(a[i..]) ^ new Vector<byte>(b[i..])).CopyTo(into[i..]);
        for (; i < a.Length; i++)
            into[i] = (byte)(a[i] ^ b[i]);
    }

    /// <summary>A compressed frame.</summary>
    /// <param name="At">First byte, of native memory.</param>
    /// <param name="Bytes">Length.</param>
    /// <param name="Reference">Slot of its reference frame; its own slot: it is stored as it is.</param>
    private readonly record struct Packed(nint At, int Bytes, long Reference);
}
