namespace MtrlFunctional.Replay;

/// <summary>The transitions of a batch, as slot indices in the replay. Valid until a transition is added to the replay.</summary>
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
