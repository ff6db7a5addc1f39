using System.Reflection;
using System.Runtime.InteropServices;

namespace MtrlFunctional.Tensors;

internal static class NativeFiles
{
    // As NuGet names the folder of a package.
    private const string Runtime = "runtimes/linux-x64/native";

    /// <summary>Path of a native file: beside an assembly (builds, publications), or where a package has it (programs with
    /// a package reference, scripts).</summary>
    /// <param name="assembly">Which uses it.</param>
    /// <param name="name">File name.</param>
    /// <returns>The first that exists; if none does, that beside the assembly.</returns>
    internal static string Find(Assembly assembly, string name)
    {
        var folders = Folders(assembly);
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists) ?? Path.Combine(folders[0], name);
    }

    /// <summary>Loads a native file.</summary>
    /// <param name="assembly">Which uses it.</param>
    /// <param name="name">File name.</param>
    /// <param name="remedy">What to install if a library that it needs is missing.</param>
    internal static nint Load(Assembly assembly, string name, string remedy)
    {
        var path = Find(assembly, name);
        if (!File.Exists(path))
            throw new DllNotFoundException(
                $"{name}: missing in {string.Join(", ", Folders(assembly))}. A build makes it ('./mtrl build' in the repository), and the "
                + $"packages have it for linux-x64; this is {RuntimeInformation.RuntimeIdentifier}.");
        return Load(path, name, remedy);
    }

    /// <summary>Loads a native file by its path.</summary>
    internal static nint Load(string path, string name, string remedy)
    {
        if (!File.Exists(path))
            throw new DllNotFoundException($"{name}: missing in {Path.GetDirectoryName(path)}. {remedy}");
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (DllNotFoundException e)
        {
            var reason = Reason(e);
            throw new DllNotFoundException(
                $"{path} could not be loaded: {reason}. "
                + (reason.Contains("failed to map", StringComparison.Ordinal) ? "Raise the limit of the address space (ulimit -v)." : remedy));
        }
    }

    private static string[] Folders(Assembly assembly)
    {
        var beside = Path.GetDirectoryName(assembly.Location) is { Length: > 0 } folder ? folder : AppContext.BaseDirectory;
        return [beside, Path.Combine(beside, Runtime), Path.GetFullPath(Path.Combine(beside, "../..", Runtime))];
    }

    /// <summary>The line of the loader with the missing library or symbol, below the runtime's message.</summary>
    private static string Reason(DllNotFoundException e)
    {
        var lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return (lines.Skip(1).FirstOrDefault() ?? lines[0]).TrimEnd('.');
    }
}
