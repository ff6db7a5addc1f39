using System.Runtime.CompilerServices;

namespace MtrlFunctional.Processes;

/// <summary>Processes that a launcher of MPI started, by the C interface of the MPI library that is installed: Open MPI, or MPICH
/// and its relatives (Intel MPI, Cray).</summary>
/// <remarks>The two differ in their handles: Open MPI's are addresses of exports, MPICH's are numbers (<c>mpi.h</c> of both),
/// which fit into a pointer, too. Whoever waits longer for the others sleeps: an iteration takes seconds, and a wait in MPI's own
/// functions takes a whole core. A message of unknown length is its length and then its bytes; a process does not sleep while these
/// arrive.</remarks>
internal sealed unsafe class MpiCommunicator : ICommunicator
{
    // Updates of off-policy agents come closer together than a sleeping thread wakes.
    private static readonly TimeSpan _wakeful = TimeSpan.FromMilliseconds(2);

    private const int Serialized = 2, Multiple = 3, VersionBytes = 8192;

    private readonly nint _world;
    private readonly nint _byte;
    private readonly nint _ignoredStatus;
    private readonly delegate* unmanaged<int> _finalize;
    private readonly delegate* unmanaged<nint, int, int> _abort;
    private readonly delegate* unmanaged<void*, int, nint, int, nint, nint*, int> _broadcast;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int> _send;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int> _receive;
    private readonly delegate* unmanaged<nint*, int*, nint, int> _test;

    /// <summary>Loads the first of some libraries that is installed, and joins the processes of the launcher.</summary>
    /// <param name="names">File names.</param>
    /// <param name="patience">Of the watchdog, which ends the job where the others do not come.</param>
    internal MpiCommunicator(IReadOnlyList<string> names, double patience)
    {
        // Read when the library is loaded. Otherwise UCX ends the process at an access to null, which .NET turns into an exception.
        NativeEnvironment.Set("UCX_ERROR_SIGNALS", "");
        var library = names.Select(name => NativeLibrary.TryLoad(name, out var found) ? found : 0).FirstOrDefault(found => found != 0);
        if (library == 0)
            throw new MtrlException(
                $"this process was started by a launcher of MPI, but no MPI library can be loaded ({string.Join(", ", names)}). Install it "
                + "(Debian, Ubuntu: apt-get install openmpi-bin, or mpich), or load its module on a cluster. --alone trains without it.");
        nint Export(string name) => NativeLibrary.GetExport(library, name);
        (_world, _byte, _ignoredStatus) = NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out var world)
            ? (world, Export("ompi_mpi_byte"), 0)
            : (0x44000000, 0x4c00010d, 1);
        _finalize = (delegate* unmanaged<int>)Export("MPI_Finalize");
        _abort = (delegate* unmanaged<nint, int, int>)Export("MPI_Abort");
        _broadcast = (delegate* unmanaged<void*, int, nint, int, nint, nint*, int>)Export("MPI_Ibcast");
        _send = (delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int>)Export("MPI_Isend");
        _receive = (delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int>)Export("MPI_Irecv");
        _test = (delegate* unmanaged<nint*, int*, nint, int>)Export("MPI_Test");

        int granted, length, rank, size;
        ((delegate* unmanaged<int*, nint, int, int*, int>)Export("MPI_Init_thread"))(null, 0, Multiple, &granted);
        var text = stackalloc byte[VersionBytes];
        ((delegate* unmanaged<byte*, int*, int>)Export("MPI_Get_library_version"))(text, &length);
        Version = Encoding.UTF8.GetString(text, length).Split('\n', ',')[0].Replace('\t', ' ').Trim();
        if (granted < Serialized)
            throw new MtrlException($"{Version}: takes calls of one thread only; a build with threads is needed.");
        ((delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_rank"))(_world, &rank);
        ((delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_size"))(_world, &size);
        (Rank, Size) = (rank, size);
        Watchdog = new Watchdog(rank, patience, code => _abort(_world, code));
    }

    internal string Version { get; }

    /// <summary>Ends the job where the others do not come; disposed with this.</summary>
    internal Watchdog Watchdog { get; }

    public int Rank { get; }

    public int Size { get; }

    public byte[][] Gather(byte[] bytes)
    {
        if (Rank == 0)
            return Receive(bytes);
        using var watch = Watchdog.Wait("sending to rank 0");
        long length = bytes.Length;
        Send(&length, sizeof(long), rank: 0);
        fixed (byte* first = bytes)
            Send(first, bytes.Length, rank: 0);
        return [];
    }

    public void Send(int rank, Span<byte> bytes)
    {
        using var watch = Watchdog.Wait(() => $"sending to rank {rank}");
        fixed (byte* first = bytes)
            Send(first, bytes.Length, rank);
    }

    public void Receive(int rank, Span<byte> bytes)
    {
        using var watch = Watchdog.Wait(() => $"waiting for rank {rank}");
        fixed (byte* first = bytes)
            Complete(BeginReceive(first, bytes.Length, rank));
    }

    public void Fill(Span<byte> bytes)
    {
        using var watch = Watchdog.Wait(Rank == 0 ? "sending to all" : "waiting for rank 0");
        fixed (byte* first = bytes)
            Broadcast(first, bytes.Length, sleeps: true);
    }

    public byte[] Broadcast(byte[] bytes)
    {
        using var watch = Watchdog.Wait(Rank == 0 ? "sending to all" : "waiting for rank 0");
        long length = bytes.Length;
        Broadcast(&length, sizeof(long), sleeps: true);
        var all = Rank == 0 ? bytes : new byte[length];
        fixed (byte* first = all)
            Broadcast(first, all.Length, sleeps: false);
        return all;
    }

    public void Dispose()
    {
        using (Watchdog.Wait("ending"))
            _finalize();
        Watchdog.Dispose();
    }

    private byte[][] Receive(byte[] own)
    {
        var (all, has) = (new byte[Size][], new bool[Size]);
        (all[0], has[0]) = (own, true);
        using var watch = Watchdog.Wait(() => $"waiting for rank {string.Join(", ", Enumerable.Range(0, Size).Where(rank => !has[rank]))}");
        var (lengths, requests) = (GC.AllocateArray<long>(Size, pinned: true), new nint[Size]);
        for (var rank = 1; rank < Size; rank++)
            requests[rank] = BeginReceive(Unsafe.AsPointer(ref lengths[rank]), sizeof(long), rank);
        var started = Stopwatch.GetTimestamp();
        while (has.Contains(false))
        {
            var (moved, arrives) = (false, false);
            for (var rank = 1; rank < Size; rank++)
            {
                if (has[rank])
                    continue;
                var isDone = IsDone(ref requests[rank]);
                moved |= isDone;
                if (isDone && all[rank] is not null)
                    has[rank] = true;
                else if (isDone)
                {
                    all[rank] = GC.AllocateUninitializedArray<byte>(checked((int)lengths[rank]), pinned: true);
                    requests[rank] = BeginReceive(
                        Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(all[rank])), all[rank].Length, rank);
                }

                arrives |= all[rank] is not null;
            }

            if (!moved)
                Rest(sleeps: !arrives && Stopwatch.GetElapsedTime(started) > _wakeful);
        }

        return all;
    }

    // Bytes stay where they are until the request is done.
    private void Broadcast(void* bytes, int count, bool sleeps)
    {
        nint request = 0;
        _broadcast(bytes, count, _byte, 0, _world, &request);
        Complete(request, sleeps);
    }

    private void Send(void* bytes, int count, int rank)
    {
        nint request = 0;
        _send(bytes, count, _byte, rank, 0, _world, &request);
        Complete(request);
    }

    private nint BeginReceive(void* bytes, int count, int rank)
    {
        nint request = 0;
        _receive(bytes, count, _byte, rank, 0, _world, &request);
        return request;
    }

    /// <summary>Whether a request is done; the library works on it meanwhile.</summary>
    private bool IsDone(ref nint request)
    {
        int done;
        fixed (nint* first = &request)
            _test(first, &done, _ignoredStatus);
        return done != 0;
    }

    private void Complete(nint request, bool sleeps = true)
    {
        var started = Stopwatch.GetTimestamp();
        while (!IsDone(ref request))
            Rest(sleeps && Stopwatch.GetElapsedTime(started) > _wakeful);
    }

    private static void Rest(bool sleeps)
    {
        if (sleeps)
            Thread.Sleep(1);
        else
            Thread.Yield();
    }
}
