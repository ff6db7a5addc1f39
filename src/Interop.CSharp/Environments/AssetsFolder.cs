namespace MtrlFunctional.Environments;

/// <summary>Files that belong to this program: scenes, models.</summary>
/// <remarks>The folder <c>assets</c> is looked for in this order: the folder that <see cref="HomeVariable"/> names; beside the
/// program (<see cref="AppContext.BaseDirectory"/>), where a package, a project reference or a publication puts it; above the
/// assembly, in its repository or package. No path is kept by a build, and none depends on the working folder: a copied
/// repository reads its own files, never another's.</remarks>
internal static class AssetsFolder
{
    internal const string HomeVariable = "MTRL_HOME";

    // Nothing above the root of a repository belongs to it.
    private const string RootFile = "MtrlFunctional.sln";

    /// <summary>The file or folder <c>assets/&lt;name&gt;</c>.</summary>
    /// <exception cref="PhysicsException">There is none; the message has the folders.</exception>
    internal static string Find(string name) => Find(name, Environment.GetEnvironmentVariable(HomeVariable), Folders());

    /// <summary>As <see cref="Find(string)"/>, with given folders.</summary>
    /// <param name="name">Below <c>assets</c>.</param>
    /// <param name="home">The only folder if it is not empty.</param>
    /// <param name="folders">Folders that may hold <c>assets</c>.</param>
    internal static string Find(string name, string? home, IEnumerable<string> folders)
    {
        if (!string.IsNullOrEmpty(home))
            return In(home, name) ?? throw new PhysicsException($"{HomeVariable}={home}: has no assets/{name}.");
        string[] all = [.. folders.Distinct()];
        return all.Select(folder => In(folder, name)).FirstOrDefault(found => found is not null)
            ?? throw new PhysicsException(
                $"assets/{name}: not found beside the program ({AppContext.BaseDirectory}), or beside or above the assembly "
                + $"({AssemblyFolder}). A build of the program or the package MtrlFunctional puts it there; {HomeVariable} names another folder "
                + "that holds assets.");
    }

    private static string? In(string folder, string name)
    {
        var path = Path.Combine(folder, "assets", name);
        return Path.Exists(path) ? path : null;
    }

    // A program in one file has no assembly of its own.
    private static string AssemblyFolder =>
        Path.GetDirectoryName(typeof(AssetsFolder).Assembly.Location) is { Length: > 0 } folder ? folder : AppContext.BaseDirectory;

    private static IEnumerable<string> Folders() => [AppContext.BaseDirectory, .. Upwards(AssemblyFolder)];

    /// <summary>A folder and those above it, up to the root of a repository.</summary>
    internal static IEnumerable<string> Upwards(string folder)
    {
        for (var at = folder; at is not null; at = Path.GetDirectoryName(at))
        {
            yield return at;
            if (File.Exists(Path.Combine(at, RootFile)))
                yield break;
        }
    }
}
