using System.Diagnostics;

namespace MtrlFunctional.Environments;

/// <summary>Stepping some of the environments, while something else is done on the same threads.</summary>
public sealed partial class VectorEnvironment
{
    private Action? _alongside;
    private Action<int>? _stepped;
    private int _first;

    /// <summary>Names the environments that <see cref="StepPart"/> steps; the others stand still.</summary>
    internal void Choose(Func<int, bool> steps)
    {
        for (var i = 0; i < Count; i++)
            _idle[i] = !steps(i);
    }

    /// <summary>
    /// One step of a part of the environments; those whose episode is over, or that are not taken, stand still.
    /// The threads never wait for what is done alongside while there is an environment to step.
    /// </summary>
    /// <param name="first">First environment of the part.</param>
    /// <param name="count">Environments of the part.</param>
    /// <param name="actions">Shape [count of all environments; 4]; those of the part are used.</param>
    /// <param name="alongside">Done once, by the thread that comes first; it leaves these environments alone.</param>
    /// <param name="stepped">Told each environment that has stepped, on the thread that did it.</param>
    internal void StepPart(int first, int count, float[] actions, Action? alongside, Action<int> stepped)
    {
        actions.AsSpan(first * MetaWorldEnvironment.ActionSize, count * MetaWorldEnvironment.ActionSize)
            .CopyTo(_actions.AsSpan(first * MetaWorldEnvironment.ActionSize));
        (_first, _alongside, _stepped) = (first, alongside, stepped);
        _workers.Run(count + 1, _partOne);
    }

    /// <summary>Processor time that an environment's steps took since it was last asked, in ticks of <see cref="Stopwatch"/>.</summary>
    internal long TakeBusy(int index)
    {
        var busy = _busy[index];
        _busy[index] = 0;
        return busy;
    }

    private void PartOne(int piece)
    {
        if (piece == 0)
        {
            _alongside?.Invoke();
            return;
        }

        var i = _first + piece - 1;
        if (_truncated[i] || _idle[i])
            return;
        var start = Stopwatch.GetTimestamp();
        StepOne(i);
        _busy[i] += Stopwatch.GetTimestamp() - start;
        _stepped!(i);
    }
}
