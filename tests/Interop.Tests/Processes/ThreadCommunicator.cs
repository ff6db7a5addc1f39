using System.Collections.Concurrent;

namespace MtrlFunctional.Tests.Processes;

/// <summary>Threads of one process in the place of processes.</summary>
internal sealed class ThreadCommunicator : ICommunicator
{
    private readonly Meeting _meeting;

    private ThreadCommunicator(Meeting meeting, int rank) => (_meeting, Rank) = (meeting, rank);

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size => _meeting.Rows.Length;

    /// <summary>As many as there are ranks.</summary>
    internal static ThreadCommunicator[] Create(int size)
    {
        var ways = new BlockingCollection<byte[]>[size, size];
        for (var from = 0; from < size; from++)
            for (var to = 0; to < size; to++)
                ways[from, to] = [];
        var meeting = new Meeting(new byte[size][], ways, new Barrier(size));
        return [.. Enumerable.Range(0, size).Select(rank => new ThreadCommunicator(meeting, rank))];
    }

    /// <summary>Runs the work of rank 0 on this thread, while the others serve it.</summary>
    /// <param name="size">Ranks.</param>
    /// <param name="lead">Rank 0.</param>
    /// <param name="stops">When the others are asked to stop.</param>
    /// <param name="extensions">Of the others; null: none.</param>
    internal static T Run<T>(int size, Func<Crew, T> lead, CancellationToken stops = default, Extensions? extensions = null)
    {
        var processes = Create(size);
        var others = processes[1..].Select(process => Task.Factory.StartNew(
            () =>
            {
                using var crew = new Crew(process);
                crew.Serve(stops, extensions);
            },
            TaskCreationOptions.LongRunning)).ToArray();
        T result;
        using (var crew = new Crew(processes[0]))
            result = lead(crew);
        Task.WaitAll(others);
        return result;
    }

    /// <summary>The numbers of all evaluations of a run.</summary>
    internal static string Evaluations(RunFolder folder) => string.Join(
        '\n',
        MetricsLog.Read(folder.MetricsFile).Where(record => record.Mode != "train").Select(record =>
            $"{record.Mode} {record.Step}: {string.Join(", ", record.Values.Select(named => $"{named.Key} {named.Value:R}"))}"));

    /// <inheritdoc/>
    public byte[][] Gather(byte[] bytes)
    {
        _meeting.Rows[Rank] = bytes;
        _meeting.Barrier.SignalAndWait();
        byte[][] rows = Rank == 0 ? [.. _meeting.Rows] : [];
        _meeting.Barrier.SignalAndWait();
        return rows;
    }

    /// <inheritdoc/>
    public byte[] Broadcast(byte[] bytes)
    {
        if (Rank == 0)
            _meeting.Rows[0] = bytes;
        _meeting.Barrier.SignalAndWait();
        var all = _meeting.Rows[0];
        _meeting.Barrier.SignalAndWait();
        return all;
    }

    /// <inheritdoc/>
    public void Fill(Span<byte> bytes)
    {
        var all = Broadcast(Rank == 0 ? bytes.ToArray() : []);
        all.CopyTo(bytes);
    }

    /// <inheritdoc/>
    public void Send(int rank, Span<byte> bytes) => _meeting.Ways[Rank, rank].Add(bytes.ToArray());

    /// <inheritdoc/>
    public void Receive(int rank, Span<byte> bytes) => _meeting.Ways[rank, Rank].Take().CopyTo(bytes);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The others may still use the meeting.
    }

    private sealed record Meeting(byte[][] Rows, BlockingCollection<byte[]>[,] Ways, Barrier Barrier);
}
