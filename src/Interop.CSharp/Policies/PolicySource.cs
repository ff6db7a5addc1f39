namespace MtrlFunctional.Policies;

/// <summary>What names a policy: the name of a shipped one, a file, or the folder of a run.</summary>
public static class PolicySource
{
    /// <summary>Whether a word names a policy: a file or folder exists, or the word begins with
    /// <see cref="ShippedPolicies.Prefix"/>.</summary>
    /// <param name="word">For example <c>policy:mt10</c>, <c>policy.onnx</c> or <c>runs/mt10/seed-1</c>.</param>
    public static bool IsNamedBy(string word) => IsShipped(word) || File.Exists(word) || Directory.Exists(word);

    /// <summary>A short name for files about the policy.</summary>
    /// <param name="word">As in <see cref="IsNamedBy"/>.</param>
    /// <returns>"mt10", "policy", "seed-1".</returns>
    public static string ShortName(string word) =>
        IsShipped(word) ? word[ShippedPolicies.Prefix.Length..]
        : File.Exists(word) ? Path.GetFileNameWithoutExtension(word)
        : new DirectoryInfo(Path.TrimEndingDirectorySeparator(word)).Name;

    /// <summary>The file that a word names; null: it is the folder of a run.</summary>
    /// <param name="word">As in <see cref="IsNamedBy"/>.</param>
    /// <exception cref="MtrlException">There is no such shipped policy, or no such file, or it is one of a run beside its policy.</exception>
    internal static string? FileOf(string word)
    {
        if (IsShipped(word))
            return ShippedPolicies.FileOf(word);
        if (File.Exists(word))
            return IsOfRun(word) && NamedRun.Inside(word) is { } inside ? throw inside : word;
        return Path.GetExtension(word) == PolicyFile.Extension && !Directory.Exists(word)
            ? throw new MtrlException(
                $"{word}: no such file. {Shell.Command(["mtrl", "export", "RUN", "--onnx", word])} writes the policy of a run.")
            : null;
    }

    /// <summary>Not a policy that was exported into the folder of a run.</summary>
    private static bool IsOfRun(string file) => RunFolder.Owns(file) || Path.GetExtension(file) != PolicyFile.Extension;

    private static bool IsShipped(string word) => word.StartsWith(ShippedPolicies.Prefix, StringComparison.Ordinal);
}
