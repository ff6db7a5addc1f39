using MtrlFunctional.Environments;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Policies;

/// <summary>Trained policies that are part of the program. Their names stand wherever a file of a policy may:
/// <c>policy:mt10</c>.</summary>
public static class ShippedPolicies
{
    /// <summary>Begin of a name.</summary>
    public const string Prefix = "policy:";

    /// <summary>The cards of all, by name.</summary>
    /// <exception cref="MtrlException">A card cannot be read.</exception>
    public static IReadOnlyList<PolicyCard> All => [.. Directory.GetFiles(Folder, "*.json").Order(StringComparer.Ordinal).Select(PolicyCard.Read)];

    private static string Folder => AssetsFolder.Find("policies");

    /// <summary>The file of a policy.</summary>
    /// <param name="name">With prefix.</param>
    /// <exception cref="MtrlException">There is no such policy, or its file was changed.</exception>
    internal static string FileOf(string name)
    {
        var all = All;
        if (all.FirstOrDefault(card => Prefix + card.Name == name) is not { } found)
        {
            string[] names = [.. all.Select(card => Prefix + card.Name)];
            var near = Nearest.Hint(names, name);
            throw new MtrlException($"{name}: no such policy.{(near.Length > 0 ? near : $" There are: {string.Join(", ", names)}.")}");
        }

        var file = Path.Combine(Folder, found.Name + ".safetensors");
        if (!File.Exists(file) || HashingStream.OfFile(file) != found.Sha256)
            throw new MtrlException($"{name}: {file} is not the file of its card (SHA-256 {found.Sha256}). Restore the folder from the repository.");
        return file;
    }
}
