namespace MtrlFunctional.Tests;

/// <summary>Files of the repository.</summary>
internal static class Repository
{
    private static readonly string _root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", ".."));

    /// <summary>The path of a file: "tests", "golden", "NAME".</summary>
    internal static string PathOf(params string[] parts) => Path.Combine([_root, .. parts]);
}
