using System.Security.Cryptography;

namespace MtrlFunctional.Policies;

/// <summary>The hash of a policy's file: its last entry of metadata, which has the SHA-256 of all bytes before it.</summary>
internal static class ContentHash
{
    internal const string Key = "sha256";

    internal static string Of(ReadOnlySpan<byte> content)
    {
        var hash = new byte[32];
        using var sha = SHA256.Create();
        sha.TryComputeHash(content, hash, out _);
        return string.Concat(Array.ConvertAll(hash, one => one.ToString("x2", CultureInfo.InvariantCulture)));
    }
}
