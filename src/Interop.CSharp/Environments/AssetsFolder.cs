using MtrlFunctional.Physics;

namespace MtrlFunctional.Environments;

/// <summary>Folders of scenes and models that belong to this program.</summary>
internal static class AssetsFolder
{
    /// <summary>The folder <c>assets/&lt;name&gt;</c> beside the program or above it.</summary>
    /// <exception cref="PhysicsException">There is none.</exception>
    public static string Find(string name)
    {
        var start = Path.GetDirectoryName(typeof(AssetsFolder).Assembly.Location)!;
        for (var at = start; at is not null; at = Path.GetDirectoryName(at))
        {
            var folder = Path.Combine(at, "assets", name);
            if (Directory.Exists(folder))
                return folder;
        }

        throw new PhysicsException($"No folder assets/{name} in {start} or above: the program runs inside its repository.");
    }
}
