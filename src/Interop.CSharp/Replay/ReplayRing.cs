using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MtrlFunctional.Replay;

/// <summary>Flags of a slot. Stored in checkpoints: never renumber.</summary>
[Flags]
internal enum SlotFlags : byte
{
    None = 0,

    /// <summary>An action was taken here, so a transition starts here.</summary>
    Transition = 1,

    /// <summary>That transition ended the episode for good.</summary>
    Terminal = 2,

    /// <summary>First observation of an episode; its older frames equal its own.</summary>
    Start = 4,

    /// <summary>Last observation of an episode that was abandoned: never linked to the next one.</summary>
    Abandoned = 8,

    /// <summary>The next observation does not follow directly: its older frames are stored between.</summary>
    Bridged = 16,
}

/// <summary>
/// The transitions of one task. A slot is one observation (frame and tail) with the action taken
/// there and its reward; the transition's next observation is the following slot. Slots are numbered
/// from the beginning of the run; those in [Head, End) are in memory. All but the newest never change.
/// </summary>
internal sealed unsafe class ReplayRing
{
    private readonly ReplayShape _shape;
    private readonly float[] _data;
    private readonly SlotFlags[] _flags;
    private readonly float* _at;
    private readonly int _stride;
    private readonly int _frame;
    private readonly int _stack;
    private readonly int _tail;
    private readonly long _slots;

    internal ReplayRing(ReplayShape shape)
    {
        _shape = shape;
        (_frame, _stack, _tail) = (shape.Observation.Frame, shape.Observation.Stack, shape.Observation.Tail);
        (_stride, _slots) = (shape.Stride, shape.Slots);

        // Not cleared: pages that are never written take no memory. Pinned: rows are read by address.
        _data = GC.AllocateUninitializedArray<float>((int)(_slots * _stride), pinned: true);
        _flags = new SlotFlags[_slots];
        _at = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_data));
    }

    /// <summary>Oldest slot in memory.</summary>
    internal long Head { get; private set; }

    /// <summary>Oldest slot whose older frames are in memory too: earlier slots serve as history only.</summary>
    internal long First { get; private set; }

    /// <summary>One beyond the newest slot.</summary>
    internal long End { get; private set; }

    /// <summary>Transitions that can be drawn.</summary>
    internal int Count { get; private set; }

    /// <summary>Whether an episode is running.</summary>
    internal bool Open { get; private set; }

    /// <summary>Begins an episode with its first observation.</summary>
    internal void Begin(ReadOnlySpan<float> obs)
    {
        var frame = obs[.._frame];
        for (var k = 1; k < _stack; k++)
            if (!SameBits(frame, obs.Slice(k * _frame, _frame)))
                throw new ArgumentException(
                    $"The first observation of an episode must hold its frame {_stack} times; frame {k} differs.", nameof(obs));

        // An episode without a transition is dropped: its slot is reused.
        if (End > First && (Flags(End - 1) & (SlotFlags.Start | SlotFlags.Transition)) == SlotFlags.Start)
            End--;
        Push(frame, obs[^_tail..], SlotFlags.Start);
        Open = true;
    }

    /// <summary>Adds the transition that leaves the newest observation.</summary>
    internal void Add(ReadOnlySpan<float> action, float reward, ReadOnlySpan<float> next, bool terminal)
    {
        var here = End - 1;
        var bridge = !Follows(next, here);
        if (bridge && (Flags(here) & SlotFlags.Start) == 0)
            throw new ArgumentException(
                $"The older frames of the next observation are not those of the one before (layout {_shape.Observation}).",
                nameof(next));

        var record = Record(here);
        action.CopyTo(new Span<float>(record + _frame + _tail, _shape.ActionWidth));
        record[_stride - 1] = reward;
        _flags[here % _slots] |= SlotFlags.Transition
            | (terminal ? SlotFlags.Terminal : 0) | (bridge ? SlotFlags.Bridged : 0);
        Count++;

        // A reset may return an observation that a step would have clipped: then the older frames of
        // the first step differ from those of the reset, and they are stored separately.
        if (bridge)
            for (var k = _stack - 1; k >= 1; k--)
                Push(next.Slice(k * _frame, _frame), next[^_tail..], SlotFlags.None);

        Push(next[.._frame], next[^_tail..], SlotFlags.None);
        Open = !terminal;
        while (Count > _shape.CapacityPerTask)
            Evict();
    }

    /// <summary>Ends the episode at the newest observation; its last transition keeps its own next
    /// observation.</summary>
    internal void Abandon()
    {
        _flags[(End - 1) % _slots] |= SlotFlags.Abandoned;
        Open = false;
    }

    /// <summary>Draws a slot that holds a transition, uniformly, by rejection.</summary>
    internal long Draw(ulong seed, ulong row)
    {
        for (ulong attempt = 0; ; attempt++)
        {
            var slot = First + CounterRandom.Below(seed, (row << 20) + attempt, End - First);
            if ((Flags(slot) & SlotFlags.Transition) != 0)
                return slot;
        }
    }

    /// <summary>Prefetches the start of a slot's row before <see cref="Read"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Prefetch(long slot)
    {
        if (!System.Runtime.Intrinsics.X86.Sse.IsSupported)
            return;
        var record = (byte*)Record(slot);
        var bytes = _stride * sizeof(float);
        for (var i = -bytes; i < 2 * bytes; i += 64)
            System.Runtime.Intrinsics.X86.Sse.Prefetch0(record + i);
    }

    /// <summary>Writes one transition.</summary>
    internal void Read(
        long slot, bool linked, float* obs, float* action, float* reward, float* nextObs, float* terminal)
    {
        var record = Record(slot);
        ReadObservation(slot, obs);
        Copy(record + _frame + _tail, action, _shape.ActionWidth);
        *reward = record[_stride - 1];
        *terminal = (Flags(slot) & SlotFlags.Terminal) != 0 ? 1f : 0f;
        ReadObservation(Next(slot, linked), nextObs);
    }

    /// <summary>The slots that hold a transition, oldest first.</summary>
    internal IEnumerable<long> Transitions()
    {
        for (var slot = First; slot < End; slot++)
            if ((Flags(slot) & SlotFlags.Transition) != 0)
                yield return slot;
    }

    /// <summary>Raw slots [from, to) as they lie in memory: one or two runs.</summary>
    internal IEnumerable<(Memory<float> Data, Memory<SlotFlags> Flags)> Runs(long from, long to)
    {
        while (from < to)
        {
            var place = (int)(from % _slots);
            var length = (int)Math.Min(to - from, _slots - place);
            yield return (_data.AsMemory(place * _stride, length * _stride), _flags.AsMemory(place, length));
            from += length;
        }
    }

    /// <summary>Restores the positions of a saved ring; its slots are filled through <see cref="Runs"/>.</summary>
    internal void Restore(long head, long first, long end, int count, bool open) =>
        (Head, First, End, Count, Open) = (head, first, end, count, open);

    private long Next(long slot, bool linked)
    {
        var next = slot + ((Flags(slot) & SlotFlags.Bridged) != 0 ? _stack : 1);
        var endsHere = (Flags(next) & (SlotFlags.Transition | SlotFlags.Abandoned)) == 0;
        return linked && endsHere && next + 1 < End ? next + 1 : next;
    }

    private void ReadObservation(long slot, float* into)
    {
        var source = slot;
        for (var k = 0; k < _stack; k++)
        {
            Copy(Record(source), into + (k * _frame), _frame);
            if ((Flags(source) & SlotFlags.Start) == 0)
                source--;
        }

        Copy(Record(slot) + _frame, into + (_stack * _frame), _tail);
    }

    /// <summary>Whether the older frames of an observation are the frames that end at a slot.</summary>
    private bool Follows(ReadOnlySpan<float> next, long slot)
    {
        for (var k = 1; k < _stack; k++)
        {
            if (!SameBits(next.Slice(k * _frame, _frame), new ReadOnlySpan<float>(Record(slot), _frame)))
                return false;
            if ((Flags(slot) & SlotFlags.Start) == 0)
                slot--;
        }

        return true;
    }

    private void Push(ReadOnlySpan<float> frame, ReadOnlySpan<float> tail, SlotFlags flags)
    {
        while (End - Head >= _slots)
            Evict();
        var record = Record(End);
        frame.CopyTo(new Span<float>(record, _frame));
        tail.CopyTo(new Span<float>(record + _frame, _tail));

        // Action and reward come with the next call; until then the bytes are defined, so that equal
        // contents give equal files.
        new Span<float>(record + _frame + _tail, _shape.ActionWidth + 1).Clear();
        _flags[End % _slots] = flags;
        End++;
    }

    /// <summary>Drops the oldest slot and history no longer needed.</summary>
    private void Evict()
    {
        if ((Flags(First) & SlotFlags.Transition) != 0)
            Count--;
        First++;
        var head = First;
        for (var k = 1; k < _stack && head > Head && (head == End || (Flags(head) & SlotFlags.Start) == 0); k++)
            head--;
        Head = head;
    }

    private SlotFlags Flags(long slot) => _flags[slot % _slots];

    private float* Record(long slot) => _at + (slot % _slots * _stride);

    private static bool SameBits(ReadOnlySpan<float> a, ReadOnlySpan<float> b) =>
        MemoryMarshal.AsBytes(a).SequenceEqual(MemoryMarshal.AsBytes(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* from, float* to, int count) =>
        Unsafe.CopyBlockUnaligned(to, from, (uint)count * sizeof(float));
}
