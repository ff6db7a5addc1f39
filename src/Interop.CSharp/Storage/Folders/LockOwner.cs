namespace MtrlFunctional.Storage;

/// <summary>The process that owns a run.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="Host">Name of its machine.</param>
/// <param name="Since">When it took the run, UTC.</param>
/// <param name="Started">
/// When the process started, in the machine's own terms: distinguishes it from a later process with the same id.
/// </param>
internal sealed record LockOwner(int Pid, string Host, DateTime Since, string Started)
{
    private const long MaxBytes = 4096;
    private const int NoSuchProcess = 3; // ESRCH: it ended while its file was read.

    private static readonly JsonSerializerOptions _whole =
        new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>The processes that a thread sees in place of the machine's, for tests with several "processes" in one: the id of
    /// its own, and when each one started, null where it does not run.</summary>
    [ThreadStatic]
    internal static (int Own, Func<int, string?> StartOf)? Simulated;

    internal static LockOwner Me()
    {
        var id = Simulated?.Own ?? Environment.ProcessId;
        return new LockOwner(id, Environment.MachineName, DateTime.UtcNow, StartOf(id) ?? "");
    }

    internal bool IsMe => Me() is var me && (Pid, Host, Started) == (me.Pid, me.Host, me.Started);

    /// <summary>Reads the owner of a claim.</summary>
    /// <returns>Null where there is none: released, or damaged by a power loss.</returns>
    /// <exception cref="IOException">The file cannot be read, so there may be an owner.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    internal static LockOwner? Read(string folder, string path)
    {
        try
        {
            return JsonSerializer.Deserialize<LockOwner>(PlainFile.Read(folder, path, MaxBytes), _whole);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or EndOfStreamException
            or JsonException or MtrlException)
        {
            return null;
        }
    }

    internal bool IsHere => Host == Environment.MachineName;

    /// <summary>Whether the process of this machine still runs.</summary>
    /// <exception cref="IOException">The system does not tell.</exception>
    internal bool IsAlive => IsHere && StartOf(Pid) == Started;

    /// <summary>Whether it runs, or ran on another machine, of which this one does not know.</summary>
    /// <inheritdoc cref="IsAlive"/>
    internal bool MayRun => !IsHere || IsAlive;

    /// <summary>"process 4711 on node3 since 2026-01-31 12:00:00 UTC".</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"process {Pid} on {Text.Short(Host)} since {Since:yyyy-MM-dd HH:mm:ss} UTC");

    /// <summary>Null where no such process runs. No clock time, which may be set: ticks since a boot, and the boot.</summary>
    private static string? StartOf(int pid) => Simulated is { } others ? others.StartOf(pid) : StartOnThisMachine(pid);

    private static string? StartOnThisMachine(int pid)
    {
        try
        {
            // After the name, which may contain blanks: state, parent, …, start (proc(5), fields 3 and 22).
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : $"{fields[19]} {File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()}";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or IOException { HResult: NoSuchProcess })
        {
            return null;
        }
    }
}
