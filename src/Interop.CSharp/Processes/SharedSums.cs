namespace MtrlFunctional.Processes;

/// <summary>Whether sums between processes pay: they take less time than the gradients that a process need not compute.</summary>
/// <remarks>Results do not depend on it.</remarks>
internal sealed class SharedSums(Crew crew, Action<string>? notice)
{
    // Sums while programs are compiled and caches fill, then those that are measured.
    private const int Ignored = 100, Measured = 100;

    private int _calls;
    private long _computed;
    private long _added;

    /// <summary>True until they were measured.</summary>
    internal bool Pay { get; private set; } = true;

    /// <summary>Measures a sum, of as many as in the other processes: ticks of the gradients of this process, and of the sum
    /// with the wait for the others.</summary>
    internal void Note(long computed, long added)
    {
        _calls++;
        if (_calls > Ignored + Measured || _calls <= Ignored)
            return;
        _computed += computed;
        _added += added;
        if (_calls < Ignored + Measured)
            return;

        // All decide as rank 0 does.
        var ofOthers = (crew.Size - 1) * _computed;
        Pay = crew.Share([(byte)(_added <= ofOthers ? 1 : 0)])[0][0] != 0;
        if (!Pay)
            notice?.Invoke(
                $"the processes take {Milliseconds(_added)} for the sum of a gradient, and {Milliseconds(_computed)} for a share of it: from now on each computes all of "
                + "it, with the same results. Fewer processes, a faster network between them, or larger batches would pay.");
    }

    private static string Milliseconds(long ticks) =>
        string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(0, ticks).TotalMilliseconds / Measured:G3} ms");
}
