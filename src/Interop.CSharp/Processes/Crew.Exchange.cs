using System.Runtime.ExceptionServices;

namespace MtrlFunctional.Processes;

/// <summary>What processes exchange: rows, or the failure of one of them.</summary>
public sealed partial class Crew
{
    /// <summary>Brings the rows of all processes, or why one has none, to rank 0, or everywhere.</summary>
    /// <exception cref="MtrlException">Another process failed; at rank 0.</exception>
    internal void Exchange(Exception? failure, Action<BinaryWriter> write, Action<BinaryReader> read, bool everywhere)
    {
        // In a piece that all do, those who fail tell it.
        if (_isInStep)
        {
            if (failure is not null)
                ExceptionDispatchInfo.Throw(failure);
            ReadOthers(Share(Bytes(write)), start: 0, read);
            return;
        }

        // Signs of life go between exchanges.
        lock (_gate)
        {
            NoteDuration();
            _owesRows = false;
            var rows = _processes.Gather(Bytes(answer =>
            {
                WriteStatus(answer, failure);
                if (failure is null && (Rank > 0 || everywhere))
                    write(answer);
            }));
            var (other, isStopped) = rows.Length > 0 ? Failure(rows) : (null, false);
            if (everywhere)
                rows = Spread(rows, isWhole: other is null && failure is null);
            if (Rank > 0 && (failure is not null || (everywhere && rows.Length == 0)))
                throw new AnsweredException();
            if (failure is not null)
                ExceptionDispatchInfo.Throw(failure);
            if (other is not null)
                throw other;
            ReadOthers(rows, start: 2 * sizeof(bool), read);
            NoteDuration();
            _owesRows = everywhere;
            if (isStopped)
                _stopAsked.Cancel();
        }
    }

    /// <summary>Brings what came of some work to rank 0, or its failure.</summary>
    private void Answer(Action work, Action<BinaryWriter> write, Action<BinaryReader> read)
    {
        Exception? failure = null;
        try
        {
            work();
        }
        catch (Exception e)
        {
            failure = e;
        }

        try
        {
            Exchange(failure, write, read, everywhere: false);
        }
        catch (AnsweredException)
        {
            // Rank 0 knows.
        }
    }

    /// <summary>Whether this process was asked to stop, and why it failed, if it did.</summary>
    private void WriteStatus(BinaryWriter status, Exception? failure)
    {
        status.Write(_ownStop.IsCancellationRequested);
        status.Write(failure is not null);
        if (failure is null)
            return;
        status.Write($"rank {Rank} on {Environment.MachineName}: {failure.Message}");
        status.Write((failure as MtrlException)?.ExitCode ?? ExitCode.Stopped);
    }

    /// <summary>The failures of the other processes, and whether one of all was asked to stop; moves behind both.</summary>
    private (MtrlException? Failure, bool IsStopped) Failure(byte[][] rows)
    {
        var (failures, code, isStopped) = (new List<string>(), ExitCode.Stopped, false);
        for (var rank = 0; rank < rows.Length; rank++)
        {
            using var reader = new BinaryReader(new MemoryStream(rows[rank]));
            isStopped |= reader.ReadBoolean();
            if (!reader.ReadBoolean() || rank == Rank)
                continue;
            failures.Add(reader.ReadString());
            code = reader.ReadInt32();
        }

        return (failures.Count == 0 ? null : new MtrlException(string.Join('\n', failures), code), isStopped);
    }

    private void ReadOthers(byte[][] rows, int start, Action<BinaryReader> read)
    {
        foreach (var (rank, row) in rows.Index().Where(other => other.Index != Rank))
        {
            using var reader = new BinaryReader(new MemoryStream(row) { Position = start });
            read(reader);
        }
    }

    /// <summary>The rows of all processes, in all of them; none if they are not whole.</summary>
    private byte[][] Spread(byte[][] rows, bool isWhole)
    {
        var all = _processes.Broadcast(Bytes(spread =>
        {
            foreach (var row in isWhole ? rows : [])
            {
                spread.Write(row.Length);
                spread.Write(row);
            }
        }));
        using var reader = new BinaryReader(new MemoryStream(all));
        return Rank == 0 ? rows : all.Length == 0 ? [] : [.. Enumerable.Range(0, Size).Select(_ => reader.ReadBytes(reader.ReadInt32()))];
    }

    internal static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var memory = new MemoryStream();
        using (var writer = new BinaryWriter(memory))
            write(writer);
        return memory.ToArray();
    }

    /// <summary>A failure that rank 0 knows of: the process waits for its next order.</summary>
    internal sealed class AnsweredException : Exception;
}
