using System.Runtime.CompilerServices;

namespace MtrlFunctional.Processes;

/// <summary>Processes that a launcher of MPI started.</summary>
/// <remarks>
/// Whoever waits for the others sleeps: an iteration takes seconds, and a wait in MPI's own functions takes a whole core. A message
/// is its length and then its bytes; a process does not sleep while bytes arrive.
/// </remarks>
internal sealed unsafe class MpiCommunicator : ICommunicator
{
    private readonly MpiLibrary _mpi;
    private readonly Watchdog _watchdog;

    /// <param name="mpi">The library, started.</param>
    /// <param name="watchdog">Ends the job where the others do not come.</param>
    internal MpiCommunicator(MpiLibrary mpi, Watchdog watchdog) =>
        (_mpi, _watchdog, Rank, Size) = (mpi, watchdog, mpi.Rank, mpi.Size);

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public byte[][] Gather(byte[] bytes)
    {
        if (Rank == 0)
            return Receive(bytes);
        using var watch = _watchdog.Wait("sending to rank 0");
        long length = bytes.Length;
        Complete(_mpi.Send(&length, sizeof(long), 0), sleeps: true);
        fixed (byte* first = bytes)
            Complete(_mpi.Send(first, bytes.Length, 0), sleeps: true);
        return [];
    }

    /// <inheritdoc/>
    public byte[] Broadcast(byte[] bytes)
    {
        using var watch = _watchdog.Wait(Rank == 0 ? "sending to all" : "waiting for rank 0");
        long length = bytes.Length;
        Complete(_mpi.Broadcast(&length, sizeof(long)), sleeps: true);
        var all = Rank == 0 ? bytes : new byte[length];
        fixed (byte* first = all)
            Complete(_mpi.Broadcast(first, all.Length), sleeps: false);
        return all;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using (_watchdog.Wait("ending"))
            _mpi.Leave();
        _watchdog.Dispose();
    }

    private byte[][] Receive(byte[] own)
    {
        var (all, has) = (new byte[Size][], new bool[Size]);
        (all[0], has[0]) = (own, true);
        using var watch = _watchdog.Wait(() => $"waiting for rank {string.Join(", ", Enumerable.Range(0, Size).Where(rank => !has[rank]))}");
        var (lengths, requests) = (GC.AllocateArray<long>(Size, pinned: true), new nint[Size]);
        for (var rank = 1; rank < Size; rank++)
            requests[rank] = _mpi.Receive(Unsafe.AsPointer(ref lengths[rank]), sizeof(long), rank);
        while (has.Contains(false))
        {
            var (moved, arrives) = (false, false);
            for (var rank = 1; rank < Size; rank++)
            {
                if (has[rank])
                    continue;
                var isDone = _mpi.IsDone(ref requests[rank]);
                moved |= isDone;
                if (isDone && all[rank] is not null)
                    has[rank] = true;
                else if (isDone)
                {
                    all[rank] = GC.AllocateUninitializedArray<byte>(checked((int)lengths[rank]), pinned: true);
                    requests[rank] = _mpi.Receive(
                        Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(all[rank])), all[rank].Length, rank);
                }

                arrives |= all[rank] is not null;
            }

            if (!moved)
                Rest(sleeps: !arrives);
        }

        return all;
    }

    private void Complete(nint request, bool sleeps)
    {
        while (!_mpi.IsDone(ref request))
            Rest(sleeps);
    }

    private static void Rest(bool sleeps)
    {
        if (sleeps)
            Thread.Sleep(1);
        else
            Thread.Yield();
    }
}
