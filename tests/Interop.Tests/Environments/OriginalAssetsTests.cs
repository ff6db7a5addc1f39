namespace MtrlFunctional.Tests.Environments;

/// <summary>
/// Meta-World's own asset tree. It is not here; a tree with its folders and file names is made of our
/// scenes without their exact tables, and has to do as these do.
/// </summary>
public sealed class OriginalAssetsTests
{
    private readonly TemporaryFolder _plain = new();
    private readonly TemporaryFolder _tree = new();

    [OneTimeSetUp]
    public void MakeTrees()
    {
        var ours = SceneLibrary.FindFolder();
        foreach (var folder in new[] { _plain["parts"], _plain["textures"], _tree["scene"], _tree["sawyer_xyz/textures"] })
            Directory.CreateDirectory(folder);
        foreach (var part in Directory.EnumerateFiles(Path.Combine(ours, "parts"), "*.xml"))
        {
            File.Copy(part, _plain[$"parts/{Path.GetFileName(part)}"]);
            var text = File.ReadAllText(part).Replace("file=\"parts/", "file=\"../scene/", StringComparison.Ordinal);
            File.WriteAllText(_tree[$"scene/{Path.GetFileName(part)}"], text);
        }

        foreach (var picture in Directory.EnumerateFiles(Path.Combine(ours, "textures"), "*.png"))
            foreach (var folder in new[] { _plain["textures"], _tree["sawyer_xyz/textures"] })
                File.Copy(picture, Path.Combine(folder, Path.GetFileName(picture)));

        foreach (var (scene, original) in OriginalAssets.Files)
        {
            var text = File.ReadAllText(Path.Combine(ours, $"{scene}.xml"));
            File.WriteAllText(_plain[$"{scene}.xml"], text);
            File.WriteAllText(_tree[$"sawyer_xyz/{original}.xml"], text.Replace("file=\"parts/", "file=\"../scene/", StringComparison.Ordinal));
        }
    }

    [OneTimeTearDown]
    public void RemoveTrees()
    {
        _plain.Dispose();
        _tree.Dispose();
    }

    [Test]
    public void TheListIsThatOfTheReadme()
    {
        var listed = File.ReadLines(Path.Combine(SceneLibrary.FindFolder(), "README.md"))
            .Select(line => Regex.Match(line, "^[|] `(?<scene>[a-z_]+)` [|] (?<original>sawyer_[a-z0-9_]+)"))
            .Where(match => match.Success)
            .ToDictionary(match => match.Groups["scene"].Value, match => match.Groups["original"].Value);
        Assert.That(OriginalAssets.Files, Is.EquivalentTo(listed));
    }

    private static readonly string[] _places = LongForm.Cases(["sawyer_xyz"], "");

    [Test]
    public void ATreeGivesTheSameTraces([ValueSource(nameof(_places))] string at)
    {
        using var plain = Vector(_plain.Path);
        using var original = Vector(_tree[at]);
        plain.Reset();
        original.Reset();
        for (var n = 0; n < 5; n++)
        {
            float[] actions = [.. TestTasks.Mt10.SelectMany((_, i) => TestTasks.Action(n + i))];
            plain.Step(actions);
            original.Step(actions);
            Assert.That(original.Observations.SequenceEqual(plain.Observations));
            Assert.That(original.Rewards.SequenceEqual(plain.Rewards));
        }
    }

    [Test]
    public void AMissingSceneIsNamedWithItsPlace()
    {
        using var part = new TemporaryFolder();
        var folder = part["metaworld/assets/sawyer_xyz"];
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "sawyer_door_lock.xml"), "<mujoco/>");
        using var scenes = new SceneLibrary(part.Path);
        Assert.That(
            () => scenes.Borrow("door"),
            Throws.InstanceOf<PhysicsException>()
                .With.Message.Contains(Path.Combine(folder, "sawyer_door_pull.xml: no such file"))
                .And.Message.Contains("Nearest: sawyer_door_lock"));
    }

    [Test]
    public void AFolderWithoutScenesSaysWhereItLooked()
    {
        using var empty = new TemporaryFolder();
        Assert.That(
            () => new SceneLibrary(empty.Path),
            Throws.InstanceOf<PhysicsException>()
                .With.Message.Contains(empty["sawyer_xyz/sawyer_reach_v3.xml"]).And.Message.Contains(empty["reach.xml"]));
    }

    private static VectorEnvironment Vector(string folder) => TestTasks.Vector(TestTasks.Mt10, threads: 2, folder: folder);
}
