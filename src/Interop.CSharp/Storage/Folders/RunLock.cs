using Microsoft.Win32.SafeHandles;

namespace MtrlFunctional.Storage;

/// <summary>One process owns a run. The lock is an operating-system lock on the file <c>lock</c>, which is released when the
/// process ends, and a claim that names the owner; where the file system has no locks, the claim alone decides. Dispose releases
/// it.</summary>
public sealed partial class RunLock : IDisposable
{
    /// <summary>How long a start waits for the name of the owner, which is written right after the lock is taken: on a busy machine,
    /// seconds later.</summary>
    private static readonly TimeSpan NamedWithin = TimeSpan.FromSeconds(5);

    private readonly SafeFileHandle _file;
    private readonly string _folder;
    private readonly bool _isOnlyLock;
    private readonly long _claim;

    private RunLock(SafeFileHandle file, string folder, bool isOnlyLock)
    {
        // The current directory of the process may be another one when the lock is released.
        (_file, _folder, _isOnlyLock) = (file, Path.GetFullPath(folder), isOnlyLock);
        _claim = LockClaims.Take(folder, isOnlyLock);
    }

    /// <summary>Takes the lock of a run, also one left by a process that was killed.</summary>
    /// <param name="folder">The run's folder, which exists.</param>
    /// <param name="remedy">What helps where the folder cannot be written, as the end of a sentence.</param>
    /// <returns>The lock.</returns>
    /// <exception cref="MtrlException">Another process holds it (named in the message), or the folder cannot be
    /// written.</exception>
    public static RunLock Take(string folder, string remedy = DurableFile.OtherBasePath)
    {
        var path = Path.Combine(folder, "lock");
        var waited = Stopwatch.StartNew();
        while (true)
        {
            SafeFileHandle? file = null;
            try
            {
                PlainFile.Check(folder, path);
                file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                var error = Lock(file);
                if (error != WouldBlock)
                    return new RunLock(file, folder, isOnlyLock: error != 0);
            }
            catch (IOException e) when (e.HResult is WouldBlock)
            {
                // Held by another process.
            }
            catch (Exception e)
            {
                file?.Dispose();
                throw DurableFile.Explain(folder, e, ExitCode.WrongInput, remedy);
            }

            file?.Dispose();
            if (Holder(folder, remedy) is { } owner)
                throw LockClaims.Held(folder, owner);
            if (waited.Elapsed > NamedWithin)
                throw LockClaims.Held(folder, owner: null);
            Thread.Sleep(1);
        }
    }

    /// <summary>Releases the run.</summary>
    public void Dispose()
    {
        if (_file.IsClosed)
            return;
        LockClaims.Release(_folder, _claim, _isOnlyLock);
        _file.Dispose();
    }

    /// <summary>The owner by its claim, where that process runs or may run.</summary>
    private static LockOwner? Holder(string folder, string remedy) => DurableFile.Explained(
        folder,
        () => LockClaims.Owner(folder) is { MayRun: true } owner ? owner : null,
        ExitCode.WrongInput,
        remedy);

    private const int WouldBlock = 11; // EWOULDBLOCK
    private const int ExclusiveAtOnce = 6; // LOCK_EX | LOCK_NB

    /// <summary>Locks a file that .NET has locked or could not lock: 0, <see cref="WouldBlock"/>, or why there are no locks.</summary>
    private static int Lock(SafeFileHandle file) =>
        FLock(file, ExclusiveAtOnce) == 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(SafeHandle file, int operation);
}
