namespace MtrlFunctional.Tests.Environments;

/// <summary>
/// Meta-World's own asset tree. It is not here; a tree with its folders and file names is made of our
/// scenes without their exact tables, and has to do as these do.
/// </summary>
public sealed class OriginalAssetsTests
{
    private string _plain = "";
    private string _tree = "";

    [OneTimeSetUp]
    public void MakeTrees()
    {
        var ours = SceneLibrary.FindFolder();
        _plain = Directory.CreateTempSubdirectory("mtrl-plain").FullName;
        _tree = Directory.CreateTempSubdirectory("mtrl-original").FullName;
        Directory.CreateDirectory(Path.Combine(_plain, "parts"));
        Directory.CreateDirectory(Path.Combine(_tree, "scene"));
        Directory.CreateDirectory(Path.Combine(_tree, "sawyer_xyz"));
        foreach (var part in Directory.EnumerateFiles(Path.Combine(ours, "parts"), "*.xml"))
        {
            File.Copy(part, Path.Combine(_plain, "parts", Path.GetFileName(part)));
            var text = File.ReadAllText(part).Replace("file=\"parts/", "file=\"../scene/", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(_tree, "scene", Path.GetFileName(part)), text);
        }

        foreach (var folder in new[] { _plain, Path.Combine(_tree, "sawyer_xyz") })
        {
            Directory.CreateDirectory(Path.Combine(folder, "textures"));
            foreach (var picture in Directory.EnumerateFiles(Path.Combine(ours, "textures"), "*.png"))
                File.Copy(picture, Path.Combine(folder, "textures", Path.GetFileName(picture)));
        }

        foreach (var (scene, original) in OriginalAssets.Files)
        {
            var text = File.ReadAllText(Path.Combine(ours, $"{scene}.xml"));
            File.WriteAllText(Path.Combine(_plain, $"{scene}.xml"), text);
            File.WriteAllText(
                Path.Combine(_tree, "sawyer_xyz", $"{original}.xml"),
                text.Replace("file=\"parts/", "file=\"../scene/", StringComparison.Ordinal));
        }
    }

    [OneTimeTearDown]
    public void RemoveTrees()
    {
        Directory.Delete(_plain, recursive: true);
        Directory.Delete(_tree, recursive: true);
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
    public void ATreeGivesTheSameTracesInAllTasks([ValueSource(nameof(_places))] string at)
    {
        using var plain = Vector(_plain);
        using var original = Vector(Path.Combine(_tree, at));
        plain.Reset();
        original.Reset();
        for (var n = 0; n < 5; n++)
        {
            float[] actions = [.. TestTasks.All.SelectMany((_, i) => TestTasks.Action(n + i))];
            plain.Step(actions);
            original.Step(actions);
            Assert.That(original.Observations.SequenceEqual(plain.Observations));
            Assert.That(original.Rewards.SequenceEqual(plain.Rewards));
        }
    }

    [Test]
    public void AMissingSceneIsNamedWithItsPlace()
    {
        var part = Directory.CreateTempSubdirectory("mtrl-part").FullName;
        try
        {
            var folder = Path.Combine(part, "metaworld", "assets", "sawyer_xyz");
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "sawyer_door_lock.xml"), "<mujoco/>");
            using var scenes = new SceneLibrary(part);
            Assert.That(
                () => scenes.Take("door"),
                Throws.InstanceOf<PhysicsException>()
                    .With.Message.Contains(Path.Combine(folder, "sawyer_door_pull.xml: no such file"))
                    .And.Message.Contains("Nearest: sawyer_door_lock"));
        }
        finally
        {
            Directory.Delete(part, recursive: true);
        }
    }

    [Test]
    public void AFolderWithoutScenesSaysWhereItLooked()
    {
        var empty = Directory.CreateTempSubdirectory("mtrl-empty").FullName;
        try
        {
            Assert.That(
                () => new SceneLibrary(empty),
                Throws.InstanceOf<PhysicsException>()
                    .With.Message.Contains(Path.Combine(empty, "sawyer_xyz", "sawyer_reach_v3.xml"))
                    .And.Message.Contains(Path.Combine(empty, "reach.xml")));
        }
        finally
        {
            Directory.Delete(empty);
        }
    }

    private static VectorEnvironment Vector(string folder) => TestTasks.Vector(TestTasks.All, threads: 2, folder: folder);
}
