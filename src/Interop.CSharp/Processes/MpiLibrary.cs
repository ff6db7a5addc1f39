namespace MtrlFunctional.Processes;

/// <summary>The C interface of the MPI library that is installed: Open MPI, or MPICH and its relatives (Intel MPI, Cray).</summary>
/// <remarks>
/// The two differ in their handles: Open MPI's are addresses of exports, MPICH's are numbers (<c>mpi.h</c> of both), which fit
/// into a pointer, too.
/// </remarks>
internal sealed unsafe partial class MpiLibrary
{
    private const int Serialized = 2, Multiple = 3, VersionBytes = 8192;

    private readonly nint _world;
    private readonly nint _byte;
    private readonly nint _ignoredStatus;
    private readonly delegate* unmanaged<int*, nint, int, int*, int> _init;
    private readonly delegate* unmanaged<int> _finalize;
    private readonly delegate* unmanaged<nint, int*, int> _rank;
    private readonly delegate* unmanaged<nint, int*, int> _size;
    private readonly delegate* unmanaged<nint, int, int> _abort;
    private readonly delegate* unmanaged<byte*, int*, int> _version;
    private readonly delegate* unmanaged<void*, int, nint, int, nint, nint*, int> _broadcast;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int> _send;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int> _receive;
    private readonly delegate* unmanaged<nint*, int*, nint, int> _test;

    private MpiLibrary(nint library)
    {
        nint Export(string name) => NativeLibrary.GetExport(library, name);
        (_world, _byte, _ignoredStatus) = NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out var world)
            ? (world, Export("ompi_mpi_byte"), 0)
            : (0x44000000, 0x4c00010d, 1);
        _init = (delegate* unmanaged<int*, nint, int, int*, int>)Export("MPI_Init_thread");
        _finalize = (delegate* unmanaged<int>)Export("MPI_Finalize");
        _rank = (delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_rank");
        _size = (delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_size");
        _abort = (delegate* unmanaged<nint, int, int>)Export("MPI_Abort");
        _version = (delegate* unmanaged<byte*, int*, int>)Export("MPI_Get_library_version");
        _broadcast = (delegate* unmanaged<void*, int, nint, int, nint, nint*, int>)Export("MPI_Ibcast");
        _send = (delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int>)Export("MPI_Isend");
        _receive = (delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int>)Export("MPI_Irecv");
        _test = (delegate* unmanaged<nint*, int*, nint, int>)Export("MPI_Test");
    }

    /// <summary>Loads the first of some libraries that is installed, and joins the processes of the launcher.</summary>
    /// <param name="names">File names.</param>
    /// <exception cref="MtrlException">None is installed, or it takes calls of one thread only.</exception>
    internal static MpiLibrary Start(IReadOnlyList<string> names)
    {
        // Read when the library is loaded. Otherwise UCX ends the process at an access to null, which .NET turns into an exception.
        NativeEnvironment.Set("UCX_ERROR_SIGNALS", "");
        var library = names.Select(name => NativeLibrary.TryLoad(name, out var found) ? found : 0).FirstOrDefault(found => found != 0);
        if (library == 0)
            throw new MtrlException(
                $"this process was started by a launcher of MPI, but no MPI library can be loaded ({string.Join(", ", names)}). Install it "
                + "(Debian, Ubuntu: apt-get install openmpi-bin, or mpich), or load its module on a cluster. --alone trains without it.");
        var mpi = new MpiLibrary(library);
        int granted;
        mpi._init(null, 0, Multiple, &granted);
        return granted >= Serialized
            ? mpi
            : throw new MtrlException($"{mpi.Version}: takes calls of one thread only; a build with threads is needed.");
    }

    /// <summary>Name and version of the library.</summary>
    internal string Version
    {
        get
        {
            var text = stackalloc byte[VersionBytes];
            int length;
            _version(text, &length);
            return Encoding.UTF8.GetString(text, length).Split('\n', ',')[0].Replace('\t', ' ').Trim();
        }
    }

    /// <summary>The number of this process.</summary>
    internal int Rank
    {
        get
        {
            int rank;
            _rank(_world, &rank);
            return rank;
        }
    }

    /// <summary>Processes.</summary>
    internal int Size
    {
        get
        {
            int size;
            _size(_world, &size);
            return size;
        }
    }

    /// <summary>Leaves the processes; waits for the others.</summary>
    internal void Leave() => _finalize();

    /// <summary>Ends all processes.</summary>
    internal void Abort(int code) => _abort(_world, code);

    /// <summary>Begins to send bytes of rank 0 to all.</summary>
    /// <param name="bytes">They stay where they are until <see cref="IsDone"/>, as for the functions below.</param>
    /// <param name="count">How many.</param>
    /// <returns>The request.</returns>
    internal nint Broadcast(void* bytes, int count)
    {
        nint request = 0;
        _broadcast(bytes, count, _byte, 0, _world, &request);
        return request;
    }

    /// <summary>Begins to send bytes to a process.</summary>
    internal nint Send(void* bytes, int count, int rank)
    {
        nint request = 0;
        _send(bytes, count, _byte, rank, 0, _world, &request);
        return request;
    }

    /// <summary>Begins to receive bytes of a process, in the order in which it sends them.</summary>
    internal nint Receive(void* bytes, int count, int rank)
    {
        nint request = 0;
        _receive(bytes, count, _byte, rank, 0, _world, &request);
        return request;
    }

    /// <summary>Whether a request is done; the library works on it meanwhile.</summary>
    internal bool IsDone(ref nint request)
    {
        int done;
        fixed (nint* first = &request)
            _test(first, &done, _ignoredStatus);
        return done != 0;
    }
}
