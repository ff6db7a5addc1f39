using MtrlFunctional.Algorithms;
using static TorchSharp.torch;

namespace MtrlFunctional.Processes;

/// <summary>Sums of the gradients of processes, and whether they pay. Results do not depend on that.</summary>
internal sealed class SharedSums(Crew crew, Action<string>? notice) : ISums
{
    // Sums while programs are compiled and caches fill, then those that are measured.
    private const int Ignored = 100, Measured = 100;

    private int _calls;
    private long _computed;
    private long _added;

    public int Rank => crew.Rank;

    public int Count => crew.Size;

    /// <summary>True until they were measured.</summary>
    public bool Pay { get; private set; } = true;

    /// <inheritdoc/>
    /// <remarks>New tensors of the current scope.</remarks>
    public Tensor[] Sum(Func<Tensor[]> own)
    {
        var started = Stopwatch.GetTimestamp();
        var addends = own();
        var computed = Stopwatch.GetTimestamp();
        using var grad = no_grad();
        using var flat = cat([.. addends.Select(x => x.detach().reshape(-1).cpu())]);
        crew.Add(flat);
        var sums = flat.split([.. addends.Select(x => x.numel())]);
        Tensor[] results = [.. sums.Zip(addends, (sum, x) => sum.reshape(x.shape).to(x.device).clone())];
        Note(computed - started, Stopwatch.GetTimestamp() - computed);
        return results;
    }

    /// <summary>Measures a sum, of as many as in the other processes: ticks of the gradients of this process, and of the sum
    /// with the wait for the others.</summary>
    private void Note(long computed, long added)
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
