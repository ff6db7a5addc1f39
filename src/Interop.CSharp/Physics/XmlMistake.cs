using System.Text.RegularExpressions;

namespace MtrlFunctional.Physics;

/// <summary>Turns the engine's error about an MJCF document into a message with the faulty line.</summary>
internal static partial class XmlMistake
{
    /// <summary>The engine names a line, but not the file when files include others: the line of the main document is added where
    /// it contains the reported element.</summary>
    internal static PhysicsException Of(string name, string document, string complaint)
    {
        var text = complaint.Trim().ReplaceLineEndings(" ");
        if (text.Contains("could not open", StringComparison.Ordinal))
            text = text.TrimEnd('.') + ". Put the file there, or name its folder by meshdir or texturedir of <compiler>.";
        var match = LinePattern().Match(text);
        if (!match.Success)
            return new PhysicsException($"{name}: {text}");

        var number = int.Parse(match.Groups[1].Value);
        var lines = document.ReplaceLineEndings("\n").Split('\n');
        if (number < 1 || number > lines.Length)
            return new PhysicsException($"{name}: {text}");

        var line = lines[number - 1].Trim();
        var element = ElementPattern().Match(text);
        var meant = element.Success
            ? line.Contains($"<{element.Groups[1].Value}", StringComparison.Ordinal)
            : !document.Contains("<include", StringComparison.Ordinal);
        return new PhysicsException(meant
            ? $"{name}: {text}{Environment.NewLine}  {number}: {(line.Length > 160 ? line[..160] + " …" : line)}"
            : $"{name}: {text}");
    }

    [GeneratedRegex(@"\bline(?: number)?[ :=]+(\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex LinePattern();

    [GeneratedRegex(@"(?:Element '|XMLElement name=)([\w-]+)")]
    private static partial Regex ElementPattern();
}
