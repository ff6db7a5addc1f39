namespace MtrlFunctional.Policies;

/// <summary>Trained policies that are part of the library. Their names stand wherever a file of a policy may:
/// <c>policy:mt10</c>.</summary>
public static class ShippedPolicies
{
    /// <summary>Begin of a name.</summary>
    public const string Prefix = "policy:";

    /// <summary>The names of all, with prefix.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(ShippedPolicies).Assembly.GetManifestResourceNames().Where(HasPrefix).OrderBy(name => name, StringComparer.Ordinal),
    ];

    /// <summary>Licence and card of a policy, from its file alone.</summary>
    /// <param name="name">With prefix.</param>
    /// <exception cref="MtrlException">There is no such policy.</exception>
    public static (string Licence, PolicyCard? Card) Describe(string name)
    {
        var policy = Read(name);
        return (policy.Licence, policy.Card);
    }

    /// <summary>Whether a word is to be the name of one.</summary>
    internal static bool HasPrefix(string word) => word.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>A policy.</summary>
    /// <param name="name">With prefix.</param>
    /// <exception cref="MtrlException">There is no such policy.</exception>
    internal static PolicyData Read(string name) => PolicyReader.Read(name, FileOf(name));

    /// <summary>Bytes of the file of a policy.</summary>
    /// <param name="name">With prefix.</param>
    internal static byte[] FileOf(string name)
    {
        using var stream = typeof(ShippedPolicies).Assembly.GetManifestResourceStream(name)
            ?? throw new MtrlException($"{name}: no such policy. There are: {string.Join(", ", Names)}.");
        using var file = new MemoryStream(checked((int)stream.Length));
        stream.CopyTo(file);
        return file.ToArray();
    }
}
