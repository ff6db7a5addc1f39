using System.Xml;
using System.Xml.Linq;
using System.Xml.XPath;
using MtrlFunctional.Tasks.DmControl;

namespace MtrlFunctional.Environments;

/// <summary>An MJCF file with its included files and with changes, as one text.</summary>
internal static class ChangedDocument
{
    /// <summary>The text, which includes no files, as a compilation from memory requires.</summary>
    /// <param name="file">The file; its includes are relative to its folder.</param>
    /// <param name="changes">In the order of making.</param>
    public static string Of(string file, IEnumerable<ModelChange> changes)
    {
        var root = Read(file);
        foreach (var include in root.Descendants("include").ToList())
            include.ReplaceWith(Read(Included(file, include.Attribute("file")?.Value ?? "")).Elements());
        foreach (var change in changes)
        {
            var element = root.XPathSelectElement(change.Element)
                ?? throw new PhysicsException($"{file}: no element {change.Element}, whose {change.Attribute} a variant changes.");
            element.SetAttributeValue(change.Attribute, change.Value);
        }

        return root.ToString();
    }

    // A regular file below the folder of the document, without links on the way.
    private static string Included(string document, string name)
    {
        var at = Path.GetDirectoryName(Path.GetFullPath(document))!;
        var refused = Path.IsPathRooted(name);
        foreach (var part in name.Split('/'))
        {
            at = Path.Combine(at, part);
            refused |= part is "" or "." or ".." || new FileInfo(at).LinkTarget is not null;
        }

        return refused || !File.Exists(at)
            ? throw new PhysicsException($"{document}: includes '{name}', which is not a file below its folder.")
            : at;
    }

    private static XElement Read(string file)
    {
        try
        {
            return XElement.Load(file);
        }
        catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException)
        {
            throw new PhysicsException($"{file}: {e.Message}");
        }
    }
}
