using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MtrlFunctional.Storage;

/// <summary>
/// One process owns a run. The lock is an operating-system lock on the file <c>lock</c>, which
/// is released when the process ends; <c>lock.owner</c> names the owner. Dispose releases it.
/// </summary>
public sealed class RunLock : IDisposable
{
    private readonly FileStream _file;
    private readonly string _ownerPath;

    private RunLock(FileStream file, string ownerPath) => (_file, _ownerPath) = (file, ownerPath);

    /// <summary>Takes the lock of a run, also one left by a process that was killed.</summary>
    /// <param name="folder">The run's folder, which exists.</param>
    /// <returns>The lock.</returns>
    /// <exception cref="MtrlException">Another process holds it (named in the message), or the folder cannot be
    /// written.</exception>
    public static RunLock Take(string folder)
    {
        var lockPath = Path.Combine(folder, "lock");
        var ownerPath = Path.Combine(folder, "lock.owner");
        FileStream file;
        try
        {
            file = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException) && !DurableFile.IsFull(e))
        {
            throw Held(folder, Owner.Read(ownerPath));
        }
        catch (Exception e)
        {
            throw DurableFile.Explain(folder, e, ExitCode.WrongInput);
        }

        try
        {
            // Without file-system locks every process gets one; then the owner file decides.
            if (Owner.Read(ownerPath) is { } owner && owner.IsAlive())
                throw Held(folder, owner);
            DurableFile.Replace(ownerPath, stream => JsonSerializer.Serialize(stream, Owner.Me()));
            return new RunLock(file, ownerPath);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Releases the run.</summary>
    public void Dispose()
    {
        DurableFile.TryDelete(_ownerPath);
        _file.Dispose();
    }

    private static MtrlException Held(string folder, Owner? owner) =>
        new($"{folder}: already running "
            + (owner is null
                ? "in another process."
                : $"in process {owner.Pid.ToString(CultureInfo.InvariantCulture)} on {owner.Host} since "
                    + $"{owner.Since.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC.")
            + " Wait for it, stop it, or choose another setup.name or setup.seed.");

    /// <summary>Owner of a lock.</summary>
    private sealed record Owner(int Pid, string Host, DateTime Since, DateTime Started)
    {
        public static Owner Me()
        {
            using var me = Process.GetCurrentProcess();
            return new Owner(me.Id, Environment.MachineName, DateTime.UtcNow, me.StartTime.ToUniversalTime());
        }

        public static Owner? Read(string path)
        {
            try
            {
                return JsonSerializer.Deserialize<Owner>(File.ReadAllBytes(path));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
            {
                return null;
            }
        }

        /// <summary>Whether the same process still runs, not another one with a reused id.</summary>
        public bool IsAlive()
        {
            if (Host != Environment.MachineName)
                return false;
            try
            {
                using var process = Process.GetProcessById(Pid);
                return (process.StartTime.ToUniversalTime() - Started).Duration() < TimeSpan.FromSeconds(2);
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }
}
