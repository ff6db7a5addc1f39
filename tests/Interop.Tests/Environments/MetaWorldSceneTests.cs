namespace MtrlFunctional.Tests.Environments;

/// <summary>The scenes in assets/metaworld: complete, described, and each in agreement with its table.</summary>
public sealed class MetaWorldSceneTests
{
    private static readonly string _folder = SceneLibrary.FindFolder();

    private static IEnumerable<string> Scenes() =>
        Directory.EnumerateFiles(_folder, "*.xml").Select(f => Path.GetFileNameWithoutExtension(f)!).Order();

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
        using var exact = library.Borrow(scene);
        foreach (var array in new[] { "body_pos", "site_pos", "site_quat", "jnt_pos", "jnt_axis", "qpos0" })
            AssertClose(plain, exact, array, 1e-6);
        // Six digits are written.
        foreach (var array in new[] { "body_mass", "body_inertia" })
            AssertClose(plain, exact, array, 1e-5, relative: true);
        // The compiler turns a hull into its own principal frame; the original's frame is that of the whole mesh.
        var hull = plain.Ints("geom_type").ToArray().Select(type => type == 7).ToArray();
        foreach (var array in new[] { "geom_pos", "geom_size", "geom_quat" })
            AssertClose(plain, exact, array, 1e-5, skip: hull);
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
