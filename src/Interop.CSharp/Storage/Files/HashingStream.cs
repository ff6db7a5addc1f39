using System.Security.Cryptography;

namespace MtrlFunctional.Storage;

/// <summary>Counts and hashes bytes written to a file.</summary>
internal sealed class HashingStream(Stream inner) : CountingStream(inner)
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>SHA-256 of all bytes so far, as lower-case hexadecimal digits.</summary>
    internal string Hash() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>SHA-256 of bytes, as lower-case hexadecimal digits.</summary>
    internal static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>SHA-256 of a file, as lower-case hexadecimal digits.</summary>
    internal static string OfFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        base.Write(buffer);
        _hash.AppendData(buffer);
    }

    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }
}
