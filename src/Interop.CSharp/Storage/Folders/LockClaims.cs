namespace MtrlFunctional.Storage;

/// <summary>Claims to a run: folders <c>lock.owner-1</c>, <c>lock.owner-2</c>, …, each with the file <c>owner</c>. The highest
/// number counts. The next number is taken by renaming a finished folder to it, which exactly one process can do on any file
/// system.</summary>
/// <remarks>The highest claim is never deleted if it is the only means of locking: a process that read the numbers long ago finds
/// a higher number after it made its own claim, and withdraws.</remarks>
internal static class LockClaims
{
    private const string Name = "lock.owner-";
    private const string OwnerFile = "owner";

    private const int Exists = 0x11; // EEXIST
    private const int NotEmpty = 0x27; // ENOTEMPTY
    private const int FoundByRuntime = unchecked((int)0x80131620); // Before it asks the system, which has other numbers.

    /// <summary>The owner by the highest claim, if any.</summary>
    internal static LockOwner? Owner(string folder) => Newest(folder) is { } number and > 0
        ? LockOwner.Read(folder, Path.Combine(Of(folder, number), OwnerFile))
        : null;

    /// <summary>Makes the next claim. Where it is the only lock, as the file system has none, an owner on another machine may
    /// still run.</summary>
    /// <exception cref="MtrlException">Another process owns the run.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    internal static long Take(string folder, bool isOnlyLock)
    {
        while (true)
        {
            var newest = Newest(folder);
            if (Owner(folder) is { } owner && (owner.IsAlive || (isOnlyLock && !owner.IsHere)))
                throw Held(folder, owner, owner.IsHere ? "" : $" If it runs no more, remove {Of(folder, newest)}.");
            if (!TryMake(folder, newest + 1))
                continue;
            if (Newest(folder) == newest + 1)
            {
                foreach (var older in Numbers(folder).Where(number => number <= newest))
                    DurableFile.TryDeleteFolder(Of(folder, older));
                return newest + 1;
            }

            DurableFile.TryDeleteFolder(Of(folder, newest + 1));
        }
    }

    internal static void Release(string folder, long number, bool isOnlyLock)
    {
        if (!isOnlyLock)
            DurableFile.TryDeleteFolder(Of(folder, number));
        else
            DurableFile.TryEmpty(Path.Combine(Of(folder, number), OwnerFile));
    }

    /// <summary>The message to those who come too late.</summary>
    internal static MtrlException Held(string folder, LockOwner? owner, string remedy = "") =>
        owner is { IsMe: true }
            ? new($"{folder}: this program has it open. Dispose its TrainingRun, or choose another setup.name or setup.seed.")
            : new($"{folder}: already running in {owner?.ToString() ?? "another process"}.{remedy}"
                + " Wait for it, stop it, or choose another setup.name or setup.seed.");

    /// <summary>False where another process made this claim.</summary>
    private static bool TryMake(string folder, long number)
    {
        var aside = Path.Combine(folder, $"{Name}tmp-{Environment.ProcessId}-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(aside);
            File.WriteAllBytes(Path.Combine(aside, OwnerFile), JsonSerializer.SerializeToUtf8Bytes(LockOwner.Me()));
            Directory.Move(aside, Of(folder, number));
            return true;
        }
        catch (Exception e)
        {
            DurableFile.TryDeleteFolder(aside);
            if (e is IOException && (WasTaken(e) || Directory.Exists(Of(folder, number))))
                return false;
            throw;
        }
    }

    /// <summary>Whether a folder had the name when the claim was to get it: its owner may have released it since.</summary>
    private static bool WasTaken(Exception e) => e.HResult is Exists or NotEmpty or FoundByRuntime;

    private static long Newest(string folder) => Numbers(folder).DefaultIfEmpty(0).Max();

    private static List<long> Numbers(string folder) =>
    [
        .. Directory.GetDirectories(folder, Name + "*")
            .Select(claim => Path.GetFileName(claim)[Name.Length..])
            .Where(text => text.Length <= 15)
            .Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0),
    ];

    private static string Of(string folder, long number) =>
        Path.Combine(folder, Name + number.ToString(CultureInfo.InvariantCulture));
}
