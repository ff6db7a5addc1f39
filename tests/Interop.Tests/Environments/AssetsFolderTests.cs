namespace MtrlFunctional.Tests.Environments;

public sealed class AssetsFolderTests
{
    [Test]
    public void TheFirstPlaceThatHasItIsTaken()
    {
        using var folder = new TemporaryFolder();
        foreach (var place in new[] { "second", "third" })
            Directory.CreateDirectory(Path.Combine(folder[place], "assets", "scenes"));
        File.WriteAllText(Path.Combine(folder["third"], "assets", "table"), "");
        string[] places = [folder["first"], folder["second"], folder["third"]];
        Assert.That(AssetsFolder.Find("scenes", null, places), Is.EqualTo(Path.Combine(folder["second"], "assets", "scenes")));
        Assert.That(AssetsFolder.Find("table", null, places), Is.EqualTo(Path.Combine(folder["third"], "assets", "table")));
    }

    [Test]
    public void ASettingIsTheOnlyPlace()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder["a"], "assets", "scenes"));
        Assert.That(AssetsFolder.Find("scenes", folder["a"], []), Is.EqualTo(Path.Combine(folder["a"], "assets", "scenes")));
        Assert.That(
            () => AssetsFolder.Find("scenes", folder["b"], [folder["a"]]),
            Throws.InstanceOf<PhysicsException>().With.Message.EqualTo($"MTRL_HOME={folder["b"]}: has no assets/scenes."));
    }

    [Test]
    public void WhatIsNowhereIsNamedWithThePlaces() => Assert.That(
        () => AssetsFolder.Find("scenes", null, []),
        Throws.InstanceOf<PhysicsException>().With.Message.Contains("assets/scenes: not found").And.Message.Contains("MTRL_HOME"));

    /// <summary>A copy within another repository that lacks a file does not take that of the other.</summary>
    [Test]
    public void NothingAboveTheRepositoryOfAnAssemblyIsRead()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "assets", "scenes"));
        var output = folder["copy/src/Cli/bin"];
        Assert.That(AssetsFolder.Find("scenes", null, AssetsFolder.Upwards(output)), Does.StartWith(folder.Path));
        Directory.CreateDirectory(folder["copy"]);
        File.WriteAllText(folder["copy/MtrlFunctional.sln"], "");
        Assert.That(AssetsFolder.Upwards(output), Is.EqualTo(new[] { output, folder["copy/src/Cli"], folder["copy/src"], folder["copy"] }));
        Assert.That(() => AssetsFolder.Find("scenes", null, AssetsFolder.Upwards(output)), Throws.InstanceOf<PhysicsException>());
    }

    /// <summary>Assemblies and libraries name their sources, in messages alone.</summary>
    [Test]
    public void ABuildLeavesNoPathOfItsRepositoryForTheProgramToRead()
    {
        var output = TestContext.CurrentContext.TestDirectory;
        var root = AssetsFolder.Upwards(output).Last();
        Assert.That(File.Exists(Path.Combine(root, "MtrlFunctional.sln")), root);
        var texts = Directory.EnumerateFiles(output).Where(file => Path.GetExtension(file) is not (".pdb" or ".dll" or ".xml" or ".so")).ToArray();
        Assert.That(texts, Is.Not.Empty);
        Assert.That(texts.Where(file => File.ReadAllBytes(file).AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(root)) >= 0), Is.Empty);
    }
}
