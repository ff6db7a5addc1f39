using System.Text.RegularExpressions;
using MtrlFunctional.Environments;
using MtrlFunctional.Physics;
using MtrlFunctional.Storage;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Environments;

/// <summary>The scenes in assets/metaworld: complete, described, and each in agreement with its table.</summary>
public sealed class MetaWorldSceneTests
{
    private static readonly string _folder = SceneLibrary.FindFolder();

    private static IEnumerable<string> Scenes() =>
        Directory.EnumerateFiles(_folder, "*.xml").Select(f => Path.GetFileNameWithoutExtension(f)!).Order();

    [Test]
    public void TheListInTheReadmeNamesEveryScene()
    {
        var listed = File.ReadLines(Path.Combine(_folder, "README.md"))
            .Select(line => Regex.Match(line, "^[|] `(?<scene>[a-z_]+)` [|] sawyer_"))
            .Where(match => match.Success)
            .Select(match => match.Groups["scene"].Value);
        Assert.That(Scenes().ToList(), Has.Count.EqualTo(36));
        Assert.That(listed, Is.EquivalentTo(Scenes()));
    }

    [TestCaseSource(nameof(Scenes))]
    public void TheTableHoldsTheRowsOfAllCollidingGeoms(string scene)
    {
        using var model = Model.LoadFile(Path.Combine(_folder, $"{scene}.xml"));
        using var table = SafetensorsFile.Open(Path.Combine(_folder, $"{scene}.safetensors"));
        var (types, affinities) = (model.Ints("geom_contype").ToArray(), model.Ints("geom_conaffinity").ToArray());
        var colliding = Enumerable.Range(0, types.Length).Where(i => types[i] != 0 || affinities[i] != 0);
        Assert.That(colliding, Is.SubsetOf(table.ReadInts("geom_id")));
    }

    /// <summary>A table for another order of elements, or another scene, would move something by millimetres.</summary>
    [TestCaseSource(nameof(Scenes))]
    public void TheTableOnlyMendsTheRoundingOfTheDocument(string scene)
    {
        using var plain = Model.LoadFile(Path.Combine(_folder, $"{scene}.xml"));
        using var library = new SceneLibrary(_folder);
        using var exact = library.Take(scene);
        Assert.Multiple(() =>
        {
            foreach (var array in new[] { "body_pos", "site_pos", "site_quat", "jnt_pos", "jnt_axis", "qpos0" })
                AssertClose(plain, exact, array, 1e-6);
            // Six digits are written.
            foreach (var array in new[] { "body_mass", "body_inertia" })
                AssertClose(plain, exact, array, 1e-5, relative: true);
            // The compiler turns a hull into its own principal frame; the original's frame is that of the whole mesh.
            var hull = plain.Ints("geom_type").ToArray().Select(type => type == 7).ToArray();
            foreach (var array in new[] { "geom_pos", "geom_size", "geom_quat" })
                AssertClose(plain, exact, array, 1e-5, skip: hull);
        });
    }

    [TestCaseSource(nameof(Scenes))]
    public void TheHandFollowsItsMocapToTheStart(string scene)
    {
        using var library = new SceneLibrary(_folder);
        using var model = library.Take(scene);
        using var world = new World(model);
        var hand = model.Id(ElementKind.Body, "hand");
        for (var frame = 0; frame < 50; frame++)
        {
            new[] { 0, 0.6, 0.2 }.CopyTo(world.MocapPositions);
            new[] { 1.0, 0, 1, 0 }.CopyTo(world.MocapQuaternions);
            new[] { -1.0, 1 }.CopyTo(world.Control);
            world.Advance(5);
        }

        Assert.That(world.BodyPosition(hand).ToArray(), Is.EqualTo(new[] { 0, 0.6, 0.2 }).Within(0.02));
    }

    private static void AssertClose(
        Model plain, Model exact, string array, double tolerance, bool relative = false, bool[]? skip = null)
    {
        var (a, b) = (plain.Doubles(array).ToArray(), exact.Doubles(array).ToArray());
        Assert.That(a, Has.Length.EqualTo(b.Length));
        for (var i = 0; i < a.Length; i++)
        {
            if (skip is not null && skip[i * skip.Length / a.Length])
                continue;
            var allowed = relative ? tolerance * Math.Abs(b[i]) : tolerance;
            Assert.That(a[i], Is.EqualTo(b[i]).Within(allowed), $"{array}[{i}]");
        }
    }
}
