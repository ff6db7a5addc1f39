namespace MtrlFunctional.Tests.Environments;

public sealed class SceneLibraryTests
{
    [Test]
    public void AnUnknownSceneIsRefusedWithTheNearest()
    {
        using var scenes = new SceneLibrary();
        Assert.That(
            () => scenes.Borrow("windw"),
            Throws.InstanceOf<PhysicsException>().With.Message.Contains("no such scene").And.Message.Contains("window"));
        Assert.That(() => new SceneLibrary("/no/such/folder"), Throws.InstanceOf<PhysicsException>());
    }

    [Test]
    public void TheTableOverwritesWhatTheCompilerRounded()
    {
        using var folder = FolderWithAScene();
        SafetensorsWriter.Write(
            folder["one.safetensors"],
            [
                SafetensorsEntry.Of("body_pos", new double[] { 0, 0, 0, 1, 2, 3 }),
                SafetensorsEntry.Of("body_mass", new double[] { 0, 4 }),
                SafetensorsEntry.Of("geom_id", new[] { 1 }),
                SafetensorsEntry.Of("geom_pos", new[] { 0.1, 0.2, 0.3 }),
            ]);
        using var scenes = new SceneLibrary(folder.Path);
        using var model = scenes.Borrow("one");
        Assert.That(model.BodyPosition(1).ToArray(), Is.EqualTo(new double[] { 1, 2, 3 }));
        Assert.That(model.Doubles("geom_pos").ToArray(), Is.EqualTo(new[] { 0, 0, 0, 0.1, 0.2, 0.3 }));
        Assert.That(() => model.Id(ElementKind.Joint, null!), Throws.ArgumentNullException);
        // Derived anew: a free body of 4 kg.
        Assert.That(model.Doubles("body_subtreemass")[0], Is.EqualTo(4));
        Assert.That(model.Doubles("body_invweight0")[2], Is.EqualTo(0.25).Within(1e-12));
    }

    [Test]
    public void ATableOfAnotherSceneIsRefused()
    {
        using var folder = FolderWithAScene();
        void Refused(string message, params SafetensorsEntry[] table)
        {
            SafetensorsWriter.Write(folder["one.safetensors"], table);
            using var scenes = new SceneLibrary(folder.Path);
            Assert.That(() => scenes.Borrow("one"), Throws.InstanceOf<SafetensorsException>().With.Message.Contains(message));
        }

        Refused("'body_pos' has 3 numbers", SafetensorsEntry.Of("body_pos", new double[3]));
        Refused("no such geom", SafetensorsEntry.Of("geom_id", new[] { 7 }), SafetensorsEntry.Of("geom_pos", new double[3]));
    }

    private static TemporaryFolder FolderWithAScene()
    {
        var folder = new TemporaryFolder();
        File.WriteAllText(folder["one.xml"], Scene);
        return folder;
    }

    private const string Scene =
        """
        <mujoco>
          <worldbody>
            <geom type="plane" size="1 1 1"/>
            <body><freejoint/><geom type="box" size="0.1 0.1 0.1"/></body>
          </worldbody>
        </mujoco>
        """;
}
