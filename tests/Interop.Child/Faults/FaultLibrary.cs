using System.Runtime.InteropServices;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Tests.Child;

/// <summary>
/// System calls on files below a folder, counted, failed or copied: <c>faults.c</c>, which is preloaded (LD_PRELOAD) and
/// takes the place of libc in the storage.
/// </summary>
internal static partial class FaultLibrary
{
    /// <summary>In place of an error number: copies the folder before each call.</summary>
    internal const int Snapshots = -1;

    /// <summary>In place of an error number: records what changes the disk.</summary>
    internal const int Record = -2;

    /// <summary>Uses the preloaded library for the calls of the storage too.</summary>
    internal static void Load(string path)
    {
        var library = NativeLibrary.Load(path);
        nint Resolve(string name, System.Reflection.Assembly assembly, DllImportSearchPath? search) =>
            name is "libc" or "faults" ? library : 0;
        NativeLibrary.SetDllImportResolver(typeof(RunFolder).Assembly, Resolve);
        NativeLibrary.SetDllImportResolver(typeof(FaultLibrary).Assembly, Resolve);
    }

    /// <summary>Begins.</summary>
    /// <param name="folder">Calls on paths below it count.</param>
    /// <param name="into">Folder of the copies, or file of the record.</param>
    /// <param name="call">The call that fails, from 0.</param>
    /// <param name="error">Its error number, or one of the constants.</param>
    [LibraryImport("faults", EntryPoint = "faults_arm", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void Arm(string folder, string into, nint call, int error);

    /// <summary>Ends; returns how many calls there were.</summary>
    [LibraryImport("faults", EntryPoint = "faults_disarm")]
    internal static partial nint Disarm();

    /// <summary>Name and path of the call that failed; empty: none.</summary>
    internal static string Failed() => Marshal.PtrToStringUTF8(FailedCall())!;

    [LibraryImport("faults", EntryPoint = "faults_failed")]
    private static partial nint FailedCall();
}
