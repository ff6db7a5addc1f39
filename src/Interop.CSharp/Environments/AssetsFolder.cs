using MtrlFunctional.Physics;

namespace MtrlFunctional.Environments;

/// <summary>Files that belong to this program: scenes, models.</summary>
/// <remarks>
/// The folder <c>assets</c> is looked for in this order: that which <see cref="HomeVariable"/> names; beside the program
/// (<see cref="AppContext.BaseDirectory"/>), where a package or a publication puts it; that of the repository, of which a
/// project reference leaves the path beside the assembly; above the assembly; above the working folder.
/// </remarks>
internal static class AssetsFolder
{
    /// <summary>Environment variable with the folder that holds <c>assets</c>.</summary>
    internal const string HomeVariable = "MTRL_HOME";

    // Written by the build, so that programs elsewhere that reference the project find its files.
    private const string PathFile = "mtrl-assets.path";

    /// <summary>The file or folder <c>assets/&lt;name&gt;</c>.</summary>
    /// <exception cref="PhysicsException">There is none; the message has the places.</exception>
    internal static string Find(string name) => Find(name, Environment.GetEnvironmentVariable(HomeVariable), Places());

    /// <summary>As <see cref="Find(string)"/>, with given places.</summary>
    /// <param name="name">Below <c>assets</c>.</param>
    /// <param name="home">The only place if it is not empty.</param>
    /// <param name="places">Folders that may hold <c>assets</c>.</param>
    internal static string Find(string name, string? home, IEnumerable<string> places)
    {
        if (!string.IsNullOrEmpty(home))
            return In(home, name) ?? throw new PhysicsException($"{HomeVariable}={home}: has no assets/{name}.");
        string[] all = [.. places.Distinct()];
        return all.Select(place => In(place, name)).FirstOrDefault(found => found is not null)
            ?? throw new PhysicsException(
                $"assets/{name}: not found beside the program ({AppContext.BaseDirectory}), beside the assembly, or above them or "
                + $"the working folder. The package MtrlFunctional puts it beside the program; {HomeVariable} names another folder that holds assets.");
    }

    private static string? In(string place, string name)
    {
        var path = Path.Combine(place, "assets", name);
        return Path.Exists(path) ? path : null;
    }

    private static IEnumerable<string> Places()
    {
        var assembly = Path.GetDirectoryName(typeof(AssetsFolder).Assembly.Location)!;
        var pathFile = Path.Combine(assembly, PathFile);
        return
        [
            AppContext.BaseDirectory,
            .. File.Exists(pathFile) ? new[] { File.ReadAllText(pathFile).Trim() } : [],
            .. Upwards(assembly),
            .. Upwards(Environment.CurrentDirectory),
        ];
    }

    private static IEnumerable<string> Upwards(string folder)
    {
        for (var at = folder; at is not null; at = Path.GetDirectoryName(at))
            yield return at;
    }
}
