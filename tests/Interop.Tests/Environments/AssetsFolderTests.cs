using MtrlFunctional.Environments;
using MtrlFunctional.Physics;
using MtrlFunctional.Tests.Storage;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Environments;

[TestFixture]
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
        Assert.Multiple(() =>
        {
            Assert.That(AssetsFolder.Find("scenes", null, places), Is.EqualTo(Path.Combine(folder["second"], "assets", "scenes")));
            Assert.That(AssetsFolder.Find("table", null, places), Is.EqualTo(Path.Combine(folder["third"], "assets", "table")));
        });
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

    [Test]
    public void TheScenesOfTheProgramAreFound() => Assert.That(Directory.Exists(AssetsFolder.Find("metaworld")), Is.True);
}
