using System.Security.Cryptography;

namespace MtrlFunctional.Tests.Training;

/// <summary>What the files of a folder contain, to be compared later.</summary>
internal static class FolderContents
{
    /// <summary>The hash of each file, by its path.</summary>
    internal static Dictionary<string, string> Of(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(file => file, file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));
}
