using static TorchSharp.torch;

namespace MtrlFunctional.Processes;

/// <summary>Pieces of a training that all processes do at the same time, each in its own copy of the trainer.</summary>
/// <remarks>Before anything is exchanged in a piece, and at its end, all tell each other whether they failed. So a process that fails
/// anywhere in it meets the others where they exchange next.</remarks>
public sealed partial class Crew
{
    // Whether a process failed in the piece in progress, as all know; at rank 0 also why, if it was another one.
    private bool _isToldOver;
    private MtrlException? _told;
    private bool _isInStep;

    /// <summary>Does a piece in all processes; at rank 0.</summary>
    /// <param name="step">Environment steps of each task so far.</param>
    /// <param name="piece">What the others know it by.</param>
    /// <param name="work">The same in all processes.</param>
    /// <exception cref="MtrlException">Another process failed.</exception>
    internal T Together<T>(long step, byte piece, Func<T> work)
    {
        lock (_gate)
        {
            Begin(NameOfStep(step), Stopwatch.GetTimestamp());
            Send(Order.Follow, order =>
            {
                order.Write(step);
                order.Write(piece);
            });
            return InStep(work);
        }
    }

    /// <summary>The same row of each process, in all of them.</summary>
    internal byte[][] Share(byte[] row)
    {
        Agree();
        return Spread(_processes.Gather(row), isWhole: true);
    }

    /// <summary>Adds up the numbers of all processes by a balanced tree, in all of them.</summary>
    /// <param name="numbers">[n], contiguous, in main memory; as many in each process. It is changed.</param>
    internal void Add(Tensor numbers)
    {
        Agree();
        using var others = torch.empty_like(numbers);
        for (var stride = 1; stride < Size; stride *= 2)
        {
            if (Rank % (2 * stride) == stride)
            {
                _processes.Send(Rank - stride, numbers.bytes);
                break;
            }

            if (Rank + stride >= Size)
                continue;
            _processes.Receive(Rank + stride, others.bytes);
            numbers.add_(others);
        }

        _processes.Fill(numbers.bytes);
    }

    /// <summary>Does a piece that rank 0 ordered; in the other processes.</summary>
    private void Follow(long step, Action work)
    {
        Begin(NameOfStep(step), Stopwatch.GetTimestamp());
        try
        {
            InStep(() =>
            {
                work();
                return true;
            });
        }
        catch (Exception) when (_isToldOver)
        {
            // Rank 0 knows.
        }
    }

    private T InStep<T>(Func<T> work)
    {
        (_isInStep, _isToldOver, _told) = (true, false, null);
        try
        {
            var done = work();
            Agree();
            NoteDuration();
            return done;
        }
        catch (Exception failure)
        {
            if (_isToldOver && _told is not null)
                throw _told;
            if (!_isToldOver)
                Tell(failure);
            throw;
        }
        finally
        {
            _isInStep = false;
        }
    }

    private void Agree()
    {
        Tell(null);
        if (_isToldOver)
            throw new AnsweredException();
    }

    /// <summary>Tells all processes whether this one failed, and learns whether another one did.</summary>
    private void Tell(Exception? failure)
    {
        var rows = _processes.Gather(Bytes(status => WriteStatus(status, failure)));
        var (other, isStopped) = rows.Length > 0 ? Failure(rows) : (null, false);
        Span<byte> isOver = [(byte)(other is null && failure is null ? 0 : 1)];
        _processes.Fill(isOver);
        (_isToldOver, _told) = (isOver[0] != 0, other);
        if (isStopped)
            _stopAsked.Cancel();
    }

    private static string NameOfStep(long step) => $"step {step:N0}";
}
