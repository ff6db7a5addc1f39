namespace MtrlFunctional.Storage;

/// <summary>Numbers and foreign texts in messages: the same in every culture.</summary>
internal static class Text
{
    /// <summary>"1,310,872".</summary>
    internal static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"1.3 GB", with the decimal units of disk makers.</summary>
    internal static string Size(long bytes) => bytes switch
    {
        < 1_000 => $"{Count(bytes)} bytes",
        < 1_000_000 => Scaled(bytes / 1e3, "kB"),
        < 1_000_000_000 => Scaled(bytes / 1e6, "MB"),
        _ => Scaled(bytes / 1e9, "GB"),
    };

    /// <summary>UTF-8 without the byte order mark that some editors put in front.</summary>
    internal static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> utf8) => utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;

    /// <summary>UTF-8 without the byte order mark that some editors put in front.</summary>
    internal static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> utf8) => utf8[^WithoutMark(utf8.Span).Length..];

    /// <summary>The text of a file: UTF-8, or the UTF-16 or UTF-32 of its byte order mark, which is left out.</summary>
    internal static string Decode(byte[] file)
    {
        using var reader = new StreamReader(new MemoryStream(file));
        return reader.ReadToEnd();
    }

    /// <summary>At most sixty characters, control characters replaced.</summary>
    internal static string Short(string text) =>
        string.Concat(text.Take(60).Select(c => char.IsControl(c) ? '?' : c)) + (text.Length > 60 ? "…" : "");

    private static string Scaled(double value, string unit) =>
        value.ToString("0.0", CultureInfo.InvariantCulture) + " " + unit;
}
