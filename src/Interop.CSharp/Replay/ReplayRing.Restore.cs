namespace MtrlFunctional.Replay;

/// <content>Positions and flags that come from a checkpoint: all reads of memory depend on them.</content>
internal sealed unsafe partial class ReplayRing
{
    /// <summary>Restores the positions of a saved ring; its slots are filled through <see cref="Runs"/>.</summary>
    /// <returns>Whether the arguments are positions of a ring of this size; if not, the ring is unchanged.</returns>
    internal bool Restore(long head, long first, long end, long count, long open)
    {
        var fits = 0 <= head && head <= first && first <= end && end - head <= _flags.Length && first - head < _stack
            && 0 <= count && count <= end - first && open is 0 or 1 && (open == 0 || end > head);
        if (fits)
        {
            (Head, First, End, Count, Open) = (head, first, end, (int)count, open == 1);
            _files?.StartAt(Head);
        }

        return fits;
    }

    /// <summary>Whether the restored flags belong to the restored positions: as many transitions as are counted, and the frames
    /// of each observation are in the ring.</summary>
    internal bool IsSound()
    {
        var count = 0;
        foreach (var slot in Transitions())
        {
            count++;
            if (Next(slot, linked: false) >= End || (slot < First + _stack && Oldest(slot) < Head))
                return false;
        }

        return count == Count;
    }

    private long Oldest(long slot)
    {
        for (var age = 1; age < _stack && slot >= Head; age++)
            slot = Older(slot);
        return slot;
    }
}
