namespace MtrlFunctional.Policies;

/// <summary>Trained policies that are part of the program. Their names stand wherever a file of a policy may:
/// <c>policy:mt10</c>.</summary>
public static class ShippedPolicies
{
    /// <summary>Begin of a name.</summary>
    public const string Prefix = "policy:";

    /// <summary>The names of all, with prefix.</summary>
    public static IReadOnlyList<string> Names =>
        [.. Directory.GetFiles(Folder, "*" + PolicyFile.Extension).Select(file => Prefix + Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    /// <summary>Licence and card of a policy, from its file alone.</summary>
    /// <param name="name">With prefix.</param>
    /// <exception cref="MtrlException">There is no such policy.</exception>
    public static (string Licence, PolicyCard? Card) Describe(string name)
    {
        var policy = PolicyFile.Read(FileOf(name));
        return (policy.Licence, policy.Card);
    }

    private static string Folder => AssetsFolder.Find("policies");

    /// <summary>The file of a policy.</summary>
    /// <param name="name">With prefix.</param>
    /// <exception cref="MtrlException">There is no such policy.</exception>
    internal static string FileOf(string name) => Names.Contains(name)
        ? Path.Combine(Folder, name[Prefix.Length..] + PolicyFile.Extension)
        : throw new MtrlException(
            $"{name}: no such policy.{(Nearest.Hint(Names, name) is { Length: > 0 } near ? near : $" There are: {string.Join(", ", Names)}.")}");
}
