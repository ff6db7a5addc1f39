namespace MtrlFunctional.Policies;

/// <summary>What names a policy: the name of a shipped one, a file, or the folder of a run.</summary>
public static class PolicySource
{
    /// <summary>Whether a word names a policy: a file or folder exists, or the word begins with
    /// <see cref="ShippedPolicies.Prefix"/>.</summary>
    /// <param name="word">For example <c>policy:mt10</c>, <c>policy.onnx</c> or <c>runs/mt10/seed-1</c>.</param>
    public static bool IsNamedBy(string word) => ShippedPolicies.HasPrefix(word.Given()) || File.Exists(word) || Directory.Exists(word);

    /// <summary>A short name for files about the policy.</summary>
    /// <param name="word">As in <see cref="IsNamedBy"/>.</param>
    /// <returns>"mt10", "policy", "seed-1".</returns>
    public static string ShortName(string word) =>
        ShippedPolicies.HasPrefix(word.Given()) ? word[ShippedPolicies.Prefix.Length..]
        : File.Exists(word) ? Path.GetFileNameWithoutExtension(word)
        : new DirectoryInfo(Path.TrimEndingDirectorySeparator(word)).Name;

    /// <summary>The policy that a word names; null: it names the folder of a run.</summary>
    /// <param name="word">As in <see cref="IsNamedBy"/>.</param>
    /// <param name="step">Step of a wanted checkpoint; null: any.</param>
    internal static PolicyData? Read(string word, long? step = null)
    {
        var policy = ShippedPolicies.HasPrefix(word) ? Shipped(word) : FileOf(word) is { } file ? PolicyReader.Read(file) : null;
        return policy is null || step is null || step == policy.Step
            ? policy
            : throw new MtrlException($"{word}: is the policy of step {Text.Count(policy.Step)}; --step chooses among the checkpoints of a run.");
    }

    private static PolicyData Shipped(string name) =>
        !ShippedPolicies.Names.Contains(name) && Nearest.Hint(ShippedPolicies.Names, name) is { Length: > 0 } near
            ? throw new MtrlException($"{name}: no such policy.{near}")
            : ShippedPolicies.Read(name);

    /// <summary>A regular file, also behind a link.</summary>
    private static string? FileOf(string word)
    {
        if (!File.Exists(word))
            return Path.GetExtension(word) == PolicyReader.Extension && !Directory.Exists(word)
                ? throw new MtrlException(
                    $"{word}: no such file. {Shell.Command(["mtrl", "export", "RUN", "--onnx", word])} writes the policy of a run.")
                : null;
        if (IsOfRun(word) && NamedRun.Inside(word) is { } inside)
            throw inside;
        return PlainFile.Reading(word, () => PlainFile.FaultOfGiven(word)) is { } fault ? throw new MtrlException($"{word}: {fault}") : word;
    }

    /// <summary>Not a policy that was exported into the folder of a run.</summary>
    private static bool IsOfRun(string file) => RunFolder.Owns(file) || Path.GetExtension(file) != PolicyReader.Extension;
}
