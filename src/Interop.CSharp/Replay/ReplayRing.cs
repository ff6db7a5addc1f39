using System.Runtime.CompilerServices;

namespace MtrlFunctional.Replay;

/// <summary>Flags of a slot. Stored in checkpoints: never renumber.</summary>
[Flags]
internal enum SlotFlags : byte
{
    None = 0,

    /// <summary>An action was taken here, so a transition starts here.</summary>
    Transition = 1,

    /// <summary>The slot's transition ended the episode in a terminal state.</summary>
    Terminal = 2,

    /// <summary>First observation of an episode; its older frames equal its own.</summary>
    Start = 4,

    /// <summary>Last observation of an episode that was abandoned: never linked to the next one.</summary>
    Abandoned = 8,

    /// <summary>The next observation does not follow directly: its older frames are stored between.</summary>
    Bridged = 16,
}

/// <summary>The transitions of one task. A slot is one observation (frame and tail) with the action taken there and its reward;
/// the transition's next observation is the following slot. Slots are numbered from the beginning of the run; slots in [Head,
/// End) are in memory. All but the newest never change.</summary>
internal sealed unsafe partial class ReplayRing : IDisposable
{
    /// <summary>Most bytes of a run of <see cref="Runs"/>, unless a record is larger.</summary>
    private const int RunBytes = 1 << 26;

    private const int MostPrefetched = 4096;

    private readonly ReplayShape _shape;
    private readonly ReplayMemory? _memory;
    private readonly CompressedFrames? _frames;
    private readonly RecordFiles? _files;
    private readonly SlotFlags[] _flags;
    private readonly byte* _at;
    private readonly int _record;
    private readonly int _stored;
    private readonly int _numbers;
    private readonly int _frame;
    private readonly int _stack;
    private readonly int _tail;
    private readonly bool _newestFirst;
    private readonly long _slots;

    /// <summary>A ring that stays empty, without memory.</summary>
    internal ReplayRing(ReplayShape shape)
    {
        _shape = shape;
        (_frame, _tail) = (shape.Frame * shape.NumberSize, shape.Spec.Observation.Tail * shape.NumberSize);
        (_stack, _newestFirst, ActionWidth) = (shape.Stack, !shape.IsBytes, shape.ActionWidth);
        (_record, _stored) = (shape.RecordBytes, shape.StoredBytes);
        (_numbers, _slots) = (shape.ObservationBytes, shape.Slots);
        _flags = [];
    }

    /// <summary>An empty ring, whose records lie in files of a folder, unless frames are compressed; null: in main
    /// memory.</summary>
    internal ReplayRing(ReplayShape shape, string? folder)
        : this(shape)
    {
        _flags = new SlotFlags[_slots];
        if (folder is not null && !shape.IsCompressed)
        {
            _files = new RecordFiles(folder, shape);
            return;
        }

        _memory = new ReplayMemory(shape.RecordsBytes);

        // A record starts as if its frame were in it: the numbers after the frame have equal offsets in all rings.
        _at = _memory.Start - (_record - _stored);
        if (shape.IsCompressed)
            _frames = new CompressedFrames(_frame, _slots);
    }

    internal int ObservationBytes => (_frame * _stack) + _tail;

    internal int ActionWidth { get; }

    /// <summary>Bytes of a record as saved.</summary>
    internal int RecordBytes => _record;

    /// <summary>Oldest slot in memory.</summary>
    internal long Head { get; private set; }

    /// <summary>Oldest slot whose older frames are in memory too: earlier slots serve as history only.</summary>
    internal long First { get; private set; }

    /// <summary>One beyond the newest slot.</summary>
    internal long End { get; private set; }

    internal int Count { get; private set; }

    internal bool Open { get; private set; }

    internal long CompressedBytes => _frames?.Bytes ?? 0;

    internal void Begin(ReadOnlySpan<byte> obs)
    {
        var frame = obs[.._frame];
        for (var k = 1; k < _stack; k++)
            if (!frame.SequenceEqual(obs.Slice(k * _frame, _frame)))
                throw new ArgumentException(
                    $"The first observation of an episode must hold its frame {_stack} times; frame {k} differs.", nameof(obs));

        // An episode without a transition is dropped: its slot is reused.
        if (End > First && (Flags(End - 1) & (SlotFlags.Start | SlotFlags.Transition)) == SlotFlags.Start)
            End--;
        Push(frame, obs[^_tail..], SlotFlags.Start);
        Open = true;
    }

    /// <summary>Adds the transition that leaves the newest observation.</summary>
    internal void Add(ReadOnlySpan<float> action, float reward, ReadOnlySpan<byte> next, bool terminal)
    {
        var here = End - 1;
        var bridge = !Follows(next, here);
        if (bridge && (Flags(here) & SlotFlags.Start) == 0)
            throw new ArgumentException(
                $"The older frames of the next observation are not in the observation before ({_stack} frames of {_frame} bytes).",
                nameof(next));

        var record = Record(here);
        var numbers = (float*)(record + _numbers);
        action.CopyTo(new Span<float>(numbers, ActionWidth));
        numbers[ActionWidth] = reward;
        _flags[here % _slots] |= SlotFlags.Transition
            | (terminal ? SlotFlags.Terminal : 0) | (bridge ? SlotFlags.Bridged : 0);
        Count++;

        // A reset may return an observation that a step would have clipped: then the older frames of the first step
        // differ from the reset's frames, and are stored separately.
        if (bridge)
            for (var k = _stack - 1; k >= 1; k--)
                Push(FrameOf(next, k), next[^_tail..], SlotFlags.None);

        Push(FrameOf(next, 0), next[^_tail..], SlotFlags.None);
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
            var slot = First + Keys.BelowAt(seed, (row << 20) + attempt, End - First);
            if ((Flags(slot) & SlotFlags.Transition) != 0)
                return slot;
        }
    }

    /// <summary>Prefetches the start of a slot's row before <see cref="Read"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Prefetch(long slot)
    {
        // The processor recognises the order of a long record by itself.
        if (_record > MostPrefetched || !System.Runtime.Intrinsics.X86.Sse.IsSupported)
            return;
        var record = Record(slot);
        for (var i = -_record; i < 2 * _record; i += 64)
            System.Runtime.Intrinsics.X86.Sse.Prefetch0(record + i);
    }

    /// <summary>Writes the parts of one transition. Its images are shifted by the row of the batch; without a shift they are
    /// written as they are.</summary>
    internal void Read(
        long slot, bool linked, byte* obs, float* action, float* reward, byte* nextObs, float* terminal,
        RandomShift? shift = null, long row = 0)
    {
        var numbers = (float*)(Record(slot) + _numbers);
        Copy((byte*)numbers, (byte*)action, ActionWidth * sizeof(float));
        *reward = numbers[ActionWidth];
        *terminal = (Flags(slot) & SlotFlags.Terminal) != 0 ? 1f : 0f;
        ReadObservation(slot, obs, shift, shift?.Of(row, next: false) ?? default);
        ReadObservation(Next(slot, linked), nextObs, shift, shift?.Of(row, next: true) ?? default);
    }

    /// <summary>The slots that hold a transition, oldest first.</summary>
    internal IEnumerable<long> Transitions()
    {
        for (var slot = First; slot < End; slot++)
            if ((Flags(slot) & SlotFlags.Transition) != 0)
                yield return slot;
    }

    /// <summary>The newest slots that hold a transition, at most as many, newest first.</summary>
    internal long[] Newest(int count)
    {
        var newest = new List<long>(Math.Min(count, Count));
        for (var slot = End - 1; slot >= First && newest.Count < count; slot--)
            if ((Flags(slot) & SlotFlags.Transition) != 0)
                newest.Add(slot);
        return [.. newest];
    }

    /// <summary>Slots [from, to) in runs that are contiguous in memory.</summary>
    internal IEnumerable<(long From, int Count)> Runs(long from, long to)
    {
        var most = Math.Max(1, RunBytes / _record);
        while (from < to)
        {
            var length = (int)Math.Min(most, Math.Min(to - from, _slots - (from % _slots)));
            if (_files is not null)
                length = Math.Min(length, _shape.SlotsOfFile - (int)(from % _shape.SlotsOfFile));
            yield return (from, length);
            from += length;
        }
    }

    /// <summary>The whole records of a run.</summary>
    internal ReadOnlySpan<byte> RecordsOf((long From, int Count) run)
    {
        if (_frames is null)
            return new(Record(run.From), run.Count * _record);
        var records = new byte[run.Count * _record];
        fixed (byte* start = records)
            for (var i = 0; i < run.Count; i++)
            {
                var record = start + ((long)i * _record);
                Copy(Record(run.From + i) + (_record - _stored), record + (_record - _stored), _stored);
                _frames.Read(run.From + i, record);
            }

        return records;
    }

    /// <summary>Writes whole records.</summary>
    internal delegate void Fill(Span<byte> records);

    internal void SetRecords((long From, int Count) run, Fill fill)
    {
        _files?.Open(run.From);
        if (_frames is null)
        {
            fill(new(Record(run.From), run.Count * _record));
            return;
        }

        var records = new byte[run.Count * _record];
        fill(records);
        for (var i = 0; i < run.Count; i++)
        {
            var record = records.AsSpan(i * _record, _record);
            record[(_record - _stored)..].CopyTo(new Span<byte>(Record(run.From + i) + (_record - _stored), _stored));
            _frames.Put(run.From + i, record[.._frame]);
        }
    }

    internal Span<SlotFlags> FlagsOf((long From, int Count) run) => _flags.AsSpan((int)(run.From % _slots), run.Count);

    public void Dispose()
    {
        _memory?.Dispose();
        _files?.Dispose();
        _frames?.Dispose();
    }

    private long Next(long slot, bool linked)
    {
        var next = slot + ((Flags(slot) & SlotFlags.Bridged) != 0 ? _stack : 1);
        var endsHere = (Flags(next) & (SlotFlags.Transition | SlotFlags.Abandoned)) == 0;
        return linked && endsHere && next + 1 < End ? next + 1 : next;
    }

    private void ReadObservation(long slot, byte* into, RandomShift? shift, ShiftOffset offset)
    {
        var source = slot;
        for (var age = 0; age < _stack; age++)
        {
            var frame = into + (PlaceOf(age) * _frame);
            if (shift is null)
                ReadFrame(source, frame);
            else
                ShiftFrame(source, frame, shift, offset);
            source = Older(source);
        }

        Copy(Record(slot) + _frame, into + (_stack * _frame), _tail);
    }

    /// <summary>Whether the older frames of an observation are the frames that end at a slot.</summary>
    private bool Follows(ReadOnlySpan<byte> next, long slot)
    {
        var unpacked = stackalloc byte[_frames is null ? 0 : _frame];
        for (var age = 1; age < _stack; age++)
        {
            if (!FrameOf(next, age).SequenceEqual(new ReadOnlySpan<byte>(FrameAt(slot, unpacked), _frame)))
                return false;
            slot = Older(slot);
        }

        return true;
    }

    /// <summary>The slot of the frame before; for a first observation its own slot.</summary>
    private long Older(long slot) => (Flags(slot) & SlotFlags.Start) == 0 ? slot - 1 : slot;

    private int PlaceOf(int age) => _newestFirst ? age : _stack - 1 - age;

    private ReadOnlySpan<byte> FrameOf(ReadOnlySpan<byte> obs, int age) => obs.Slice(PlaceOf(age) * _frame, _frame);

    private void Push(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> tail, SlotFlags flags)
    {
        while (End - Head >= _slots)
            Evict();
        _files?.Open(End);
        var record = Record(End);
        if (_frames is null)
            frame.CopyTo(new Span<byte>(record, _frame));
        else
            _frames.Put(End, frame);
        tail.CopyTo(new Span<byte>(record + _frame, _tail));

        // Action and reward come with the next call; until then the bytes are defined, so that equal
        // contents give equal files.
        new Span<byte>(record + _frame + _tail, _record - _frame - _tail).Clear();
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
        _files?.StartAt(Head);
    }

    private SlotFlags Flags(long slot) => _flags[slot % _slots];

    /// <summary>Frame, tail and numbers of a slot; without the frame where frames are compressed.</summary>
    private byte* Record(long slot) => _files is null ? _at + (slot % _slots * _stored) : _files.At(slot);

    /// <summary>The frame of a slot; a compressed frame is unpacked to the given memory.</summary>
    private byte* FrameAt(long slot, byte* unpacked)
    {
        if (_frames is null)
            return Record(slot);
        _frames.Read(slot, unpacked);
        return unpacked;
    }

    private void ShiftFrame(long slot, byte* into, RandomShift shift, ShiftOffset offset)
    {
        var unpacked = stackalloc byte[_frames is null ? 0 : _frame];
        shift.Copy(FrameAt(slot, unpacked), into, _frame, offset);
    }

    private void ReadFrame(long slot, byte* into)
    {
        if (_frames is null)
            Copy(Record(slot), into, _frame);
        else
            _frames.Read(slot, into);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(byte* from, byte* to, int bytes) =>
        Unsafe.CopyBlockUnaligned(to, from, (uint)bytes);
}
