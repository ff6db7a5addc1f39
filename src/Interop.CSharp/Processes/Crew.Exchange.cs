using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace MtrlFunctional.Processes;

/// <summary>Pieces that all processes do at the same time, and what they exchange in them: rows, sums, or the failure of one of them.</summary>
/// <remarks>Before anything is exchanged in a piece, and at its end, all tell each other whether they failed. So a process that fails
/// anywhere in it meets the others where they exchange next.</remarks>
public sealed partial class Crew
{
    /// <summary>Of values that are exchanged as texts, whose numbers come back to the bit; some may be NaN.</summary>
    internal static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    // Whether a process failed in the piece in progress, as all know; at rank 0 also why, if it was another one.
    private bool _isToldOver;
    private MtrlException? _told;

    /// <summary>Does a piece that all processes do. Rank 0 raises the failure of any; the others wait for its next order.</summary>
    /// <exception cref="MtrlException">Another process failed; at rank 0.</exception>
    internal void Together(Action work)
    {
        // Signs of life go between pieces.
        lock (_gate)
        {
            (_isToldOver, _told) = (false, null);
            try
            {
                work();
                Agree();
            }
            catch (Exception failure)
            {
                var isKnown = _isToldOver;
                if (!isKnown)
                    Tell(failure);
                if (Rank > 0)
                    return;
                if (isKnown)
                    throw _told!;
                throw;
            }
        }
    }

    /// <summary>Brings the rows of the other processes to rank 0, or everywhere; in a piece.</summary>
    internal void Exchange(Action<BinaryWriter> write, Action<BinaryReader> read, bool everywhere)
    {
        var own = Rank > 0 || everywhere ? Bytes(write) : [];
        var rows = everywhere ? Share(own) : Gather(own);
        foreach (var (rank, row) in rows.Index().Where(other => other.Index != Rank))
        {
            using var reader = new BinaryReader(new MemoryStream(row));
            read(reader);
        }
    }

    /// <summary>Meets the other processes in a piece that may last longer than they would wait.</summary>
    internal void Meet()
    {
        Agree();
        _iterationStarted = Stopwatch.GetTimestamp();
    }

    /// <summary>The row of each process, in all of them; in a piece.</summary>
    internal byte[][] Share(byte[] row)
    {
        var rows = Gather(row);
        var all = _processes.Broadcast(Bytes(spread =>
        {
            foreach (var gathered in rows)
            {
                spread.Write(gathered.Length);
                spread.Write(gathered);
            }
        }));
        using var reader = new BinaryReader(new MemoryStream(all));
        return Rank == 0 ? rows : [.. Enumerable.Range(0, Size).Select(_ => reader.ReadBytes(reader.ReadInt32()))];
    }

    /// <summary>Adds up the numbers of all processes by a balanced tree, in all of them; in a piece.</summary>
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

    internal static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var memory = new MemoryStream();
        using (var writer = new BinaryWriter(memory))
            write(writer);
        return memory.ToArray();
    }

    /// <summary>The row of each process, at rank 0.</summary>
    private byte[][] Gather(byte[] row)
    {
        Agree();
        return _processes.Gather(row);
    }

    private void Agree()
    {
        Tell(null);
        if (_isToldOver)
            throw new MtrlException("Another process failed.");
    }

    /// <summary>Tells all processes whether this one failed, and learns whether another one did.</summary>
    private void Tell(Exception? failure)
    {
        NoteDuration();
        var own = new Status(
            _ownStop.IsCancellationRequested,
            failure is null ? null : $"rank {Rank} on {Environment.MachineName}: {failure.Message}",
            (failure as MtrlException)?.ExitCode ?? ExitCode.Stopped);
        var rows = _processes.Gather(JsonSerializer.SerializeToUtf8Bytes(own));
        var all = Array.ConvertAll(rows, row => JsonSerializer.Deserialize<Status>(row)!);
        Status[] failed = [.. all.Where((status, rank) => rank != Rank && status.Failure is not null)];
        var other = failed is [.., var last]
            ? new MtrlException(string.Join('\n', failed.Select(status => status.Failure)), last.Code)
            : null;
        Span<byte> isOver = [(byte)(other is null && failure is null ? 0 : 1)];
        _processes.Fill(isOver);
        (_isToldOver, _told) = (isOver[0] != 0, other);
        if (all.Any(status => status.IsStopped))
            _stopAsked.Cancel();
    }

    /// <summary>Whether a process was asked to stop, and why it failed, with its exit code; null: it did not.</summary>
    private sealed record Status(bool IsStopped, string? Failure, int Code);
}
