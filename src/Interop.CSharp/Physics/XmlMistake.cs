using System.Text.RegularExpressions;

namespace MtrlFunctional.Physics;

/// <summary>Turns the engine's complaint about an MJCF document into a message with the line it means.</summary>
internal static partial class XmlMistake
{
    /// <summary>
    /// The engine names a line, but not the file when files include others: the line of the main
    /// document is shown where it holds the element that the engine speaks of.
    /// </summary>
    internal static PhysicsException Of(string name, string document, string complaint)
    {
        var text = complaint.Trim().ReplaceLineEndings(" ");
        var place = LinePattern().Match(text);
        if (!place.Success)
            return new PhysicsException($"{name}: {text}");

        var number = int.Parse(place.Groups[1].Value);
        var lines = document.ReplaceLineEndings("\n").Split('\n');
        var element = ElementPattern().Match(text);
        var shown = number >= 1 && number <= lines.Length
            && (!element.Success || lines[number - 1].Contains($"<{element.Groups[1].Value}", StringComparison.Ordinal))
                ? $"{Environment.NewLine}  {number}: {lines[number - 1].Trim()}"
                : "";
        return new PhysicsException($"{name}: {text}{shown}");
    }

    [GeneratedRegex(@"\bline[ :=]+(\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex LinePattern();

    [GeneratedRegex(@"Element '([^']+)'")]
    private static partial Regex ElementPattern();
}
