using TestTasks = MtrlFunctional.Tests.Environments.TestTasks;

namespace MtrlFunctional.Tests.Rendering;

/// <summary>The real renderer on real scenes: OSMesa is a package that ./mtrl build installs.</summary>
public sealed class RendererTests
{
    private const int Width = 96;
    private const int Height = 72;

    private SceneLibrary _scenes = null!;
    private MetaWorldEnvironment _environment = null!;
    private Renderer _renderer = null!;

    [OneTimeSetUp]
    public void Open()
    {
        _scenes = new SceneLibrary();
        _environment = Begun("drawer-open-v3");
        _renderer = new Renderer(_environment.World.Model, Width, Height);
    }

    [SetUp]
    public void Begin() => _environment.Reset(TestTasks.Slot("drawer-open-v3").Goals[0]);

    [OneTimeTearDown]
    public void Close()
    {
        _renderer.Dispose();
        _environment.Dispose();
        _scenes.Dispose();
    }

    [Test]
    public void EveryCameraShowsAnotherPicture()
    {
        string[] names = [.. _environment.World.Model.NamesOf(ElementKind.Camera)];
        string[] originals = ["topview", "corner", "corner2", "corner3", "corner4", "behindGripper", "gripperPOV"];
        Camera[] cameras = [Camera.Overview, Camera.Close, .. names.Select(name => new Camera.Named(name))];
        var pictures = cameras.Select(camera => Convert.ToBase64String(
            _renderer.Render(_environment.World, camera).Pixels));
        Assert.That(names, Is.SupersetOf(originals));
        Assert.That(pictures, Is.Unique);
    }

    [Test]
    public void AnUprightPictureIsTurnedByHalf()
    {
        var (original, upright) = (Named("corner2", false), Named("corner2", true));
        var turned = Enumerable.Range(0, Width * Height)
            .SelectMany(i => original.Pixels.Skip(3 * ((Width * Height) - 1 - i)).Take(3))
            .ToArray();
        // Edges are sampled at other places.
        var different = turned.Zip(upright.Pixels).Count(pair => Math.Abs(pair.First - pair.Second) > 40);
        Assert.That(different, Is.LessThan(turned.Length / 20));
        // One that is upright stays so.
        Assert.That(Named("behindGripper", true).Pixels, Is.EqualTo(Named("behindGripper", false).Pixels));

        Frame Named(string name, bool isUpright) => _renderer.Render(_environment.World, new Camera.Named(name, isUpright));
    }

    [Test]
    public void EqualStatesGiveEqualBytesInAnyRenderer()
    {
        var first = _renderer.Render(_environment.World, Camera.Overview).Pixels;
        Step(_environment, 20);
        var later = _renderer.Render(_environment.World, Camera.Overview).Pixels;
        using var again = Begun("drawer-open-v3");
        using var another = new Renderer(again.World.Model, Width, Height);
        Assert.That(later, Is.Not.EqualTo(first));
        Assert.That(_renderer.Render(again.World, Camera.Overview).Pixels, Is.EqualTo(first));
        Assert.That(another.Render(again.World, Camera.Overview).Pixels, Is.EqualTo(first));
    }

    [Test]
    public void RenderingChangesNoBitOfThePhysics()
    {
        using var unseen = Begun("drawer-open-v3");
        for (var step = 0; step < 10; step++)
        {
            var action = TestTasks.Action(step);
            _environment.Step(action);
            unseen.Step(action);
            var before = Everything(_environment.World);
            _renderer.Render(_environment.World, step % 2 == 0 ? Camera.Overview : new Camera.Named("gripperPOV"), "caption");
            Assert.That(Everything(_environment.World), Is.EqualTo(before));
        }

        Assert.That(Everything(_environment.World), Is.EqualTo(Everything(unseen.World)));
    }

    [Test]
    public void ACaptionStandsInTheUpperLeftCorner()
    {
        var (plain, titled) = (Drawn(null), Drawn("drawer-open"));
        bool Differs(int x, int y) => !plain.AsSpan(3 * ((y * Width) + x), 3).SequenceEqual(titled.AsSpan(3 * ((y * Width) + x), 3));
        var cells = Enumerable.Range(0, Width * Height).Where(i => Differs(i % Width, i / Width)).ToArray();
        Assert.That(cells, Is.Not.Empty);
        Assert.That(cells.Max(i => i / Width), Is.LessThan(Height / 2));

        byte[] Drawn(string? caption) => _renderer.Render(_environment.World, Camera.Overview, caption).Pixels;
    }

    [Test]
    public void AnyThreadMayDrawAndDispose()
    {
        var shared = new Renderer(_environment.World.Model, Width, Height);
        var expected = shared.Render(_environment.World, Camera.Overview).Pixels;
        // The same renderer from two threads at once, and renderers of their own.
        Parallel.For(0, 2, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            Assert.That(shared.Render(_environment.World, Camera.Overview).Pixels, Is.EqualTo(expected));
            using var own = new Renderer(_environment.World.Model, Width, Height);
            Assert.That(own.Render(_environment.World, Camera.Overview).Pixels, Is.EqualTo(expected));
        });
        var elsewhere = new Thread(shared.Dispose);
        elsewhere.Start();
        elsewhere.Join();
        Assert.That(
            () => shared.Render(_environment.World, Camera.Overview), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void OneRendererServesAllWorldsOfItsScene()
    {
        // Another task, with the drawer elsewhere.
        using var other = Begun("drawer-close-v3");
        using var own = new Renderer(other.World.Model, Width, Height);
        Assert.That(
            _renderer.Render(other.World, Camera.Overview).Pixels,
            Is.EqualTo(own.Render(other.World, Camera.Overview).Pixels));
    }

    [Test]
    public void MistakesAreNamed()
    {
        using var other = Begun("reach-v3");
        Assert.That(
            () => _renderer.Render(_environment.World, new Camera.Named("cornr2")),
            Throws.InstanceOf<PhysicsException>().With.Message.Contains("Nearest: corner2"));
        Assert.That(
            () => _renderer.Render(other.World, Camera.Overview),
            Throws.InstanceOf<RenderingException>().With.Message.Contains("another scene"));
        Assert.That(
            () => _renderer.Render(_environment.World, Camera.Overview, new byte[5]),
            Throws.ArgumentException.With.Message.Contains("20736 bytes, got 5"));
        Assert.That(
            () => new Renderer(_environment.World.Model, 0, 10), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase("osmsea", "Nearest: osmesa")]
    [TestCase("glfw", "without a window")]
    public void AWrongChoiceOfTheLibraryIsNamed(string wanted, string message) =>
        Assert.That(
            () => Graphics.Choose(wanted, null),
            Throws.InstanceOf<RenderingException>().With.Message.StartsWith($"MUJOCO_GL={wanted}").And.Message.Contains(message));

    [Test]
    public void AWrongNumberOfTheGpuIsNamed() =>
        Assert.That(
            () => Graphics.Choose("egl", "first"),
            Throws.InstanceOf<RenderingException>().With.Message.StartsWith("MUJOCO_EGL_DEVICE_ID=first"));

    private MetaWorldEnvironment Begun(string task)
    {
        var slot = TestTasks.Slot(task);
        var environment = new MetaWorldEnvironment(slot.Task, _scenes);
        environment.Reset(slot.Goals[0]);
        return environment;
    }

    private static void Step(MetaWorldEnvironment environment, int steps)
    {
        for (var step = 0; step < steps; step++)
            environment.Step(TestTasks.Action(step));
    }

    // State and derived values.
    private static double[] Everything(World world) =>
    [
        .. world.SaveState(),
        .. Enumerable.Range(0, world.Model.Bodies).SelectMany(body => world.BodyPosition(body).ToArray()),
        world.ContactCount,
    ];
}
