namespace MtrlFunctional.Tests.Environments;

/// <summary>A new family needs no change elsewhere: nothing outside Meta-World's folders has its sizes.</summary>
public sealed partial class MetaWorldSeamTests
{
    private static readonly string _root =
        Path.GetFullPath(Path.Combine(SceneLibrary.FindFolder(), "..", ".."));

    /// <summary>Definitions of tasks; Meta-World's folders, the files named for it, and the benchmark of its tasks one by one.</summary>
    private static readonly Regex _ownFiles = OwnFiles();

    [Test]
    public void NothingButMetaWorldHasItsNameOrItsSizes()
    {
        string[] files = [.. new[] { "*.cs", "*.fs" }
            .SelectMany(pattern => Directory.EnumerateFiles(Path.Combine(_root, "src"), pattern, SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(_root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))];
        Assert.That(files.Count(file => _ownFiles.IsMatch(file)), Is.InRange(60, files.Length / 2), "the folders are where they were");
        string[] found =
        [
            .. from file in files
               where !_ownFiles.IsMatch(file)
               from line in File.ReadLines(Path.Combine(_root, file)).Select((text, i) => (Text: text, Number: i + 1))
               where Size().IsMatch(Comment().Replace(line.Text, ""))
               select $"{file}:{line.Number}: {line.Text.Trim()}",
        ];
        Assert.That(found, Is.Empty);
    }

    [GeneratedRegex(@"^src/(Interop\.CSharp/Environments/MetaWorld/|Core/Tasks/|.*/MetaWorld\w*\.fs$|Cli/Bench/(Task|Physics)Bench\.fs$)")]
    private static partial Regex OwnFiles();

    [GeneratedRegex(@"\bMetaWorldEnvironment\b|\b39\b|\b18, 2, 3\b|\b(Action|Actions|ActionSize|ActionWidth)\s*=\s*4\b")]
    private static partial Regex Size();

    // Text for people may name the numbers.
    [GeneratedRegex(@"//.*|""[^""]*""")]
    private static partial Regex Comment();
}
