namespace MtrlFunctional.Tests.Rendering;

public sealed class FrameObserverTests
{
    private const int Steps = 3;

    // Two environments share a scene.
    private static readonly string[] _tasks = ["reacher-hard", "cartpole-swingup", "cartpole-balance"];

    [TestCase(3)]
    [TestCase(1, Category = LongForm.Only)]
    public void AStackIsTheFramesOfTheLastStepsOnAnyNumberOfThreads(int threads)
    {
        using var environments = Vector(threads);
        using var observer = new FrameObserver(environments);
        var expected = new List<byte[]>[_tasks.Length];
        environments.Reset();
        using Renderer reacher = RendererOf(environments, 0), cartpole = RendererOf(environments, 1);
        for (var step = 0; step <= Steps; step++)
        {
            if (step > 0)
                environments.Step(Actions(environments, step));
            observer.Observe();
            for (var i = 0; i < _tasks.Length; i++)
            {
                (expected[i] ??= []).Add(Planes(i == 0 ? reacher : cartpole, environments.Rendered(i).World));
                int[] ofSteps = [Math.Max(0, step - 2), Math.Max(0, step - 1), step];
                var stacked = ofSteps.SelectMany(s => expected[i][s]).ToArray();
                Assert.That(observer.FramesOf(i).SequenceEqual(stacked), $"{_tasks[i]}, step {step}");
            }
        }

        Assert.That(observer.Frames.Length, Is.EqualTo(_tasks.Length * 9 * 84 * 84));
        Assert.That(expected[0][0], Is.Not.EqualTo(expected[0][Steps]));
    }

    [Test]
    public void TheFirstFrameOfAnEpisodeFillsTheStackAndTheLastOneIsDrawnBeforeTheReset()
    {
        static byte[] Stacked(byte[] frame) => [.. Enumerable.Repeat(frame, 3).SelectMany(pixels => pixels)];
        using var environments = Vector(threads: 2, horizon: Steps);
        using var observer = new FrameObserver(environments);
        using var renderer = RendererOf(environments, 0);
        environments.Reset();
        for (var step = 1; step <= Steps; step++)
        {
            environments.Step(Actions(environments, step));
            observer.Observe();
        }

        var last = Planes(renderer, environments.Rendered(0).World);
        Assert.That(observer.FramesOf(0)[^observer.FrameSize..].ToArray(), Is.EqualTo(last));
        var frames = observer.Frames.ToArray();
        observer.Observe();
        Assert.That(observer.Frames.ToArray(), Is.EqualTo(frames), "observed twice");
        observer.Restart();
        observer.Observe();
        Assert.That(observer.FramesOf(0).ToArray(), Is.EqualTo(Stacked(last)), "without the frames before");
        environments.ResetFinished();
        observer.Observe();
        var first = Planes(renderer, environments.Rendered(0).World);
        Assert.That(first, Is.Not.EqualTo(last));
        Assert.That(observer.FramesOf(0).ToArray(), Is.EqualTo(Stacked(first)));
    }

    [Test]
    public void AnObservationAllocatesNothing()
    {
        using var environments = Vector(threads: 1);
        using var observer = new FrameObserver(environments, new FrameOptions { Width = 8, Height = 8 });
        var actions = Actions(environments, 1);
        environments.Reset();
        Assert.That(
            Allocated.By(() =>
            {
                environments.Step(actions);
                observer.Observe();
            }),
            Is.Zero);
    }

    [Test]
    public void SizeStackAndCameraAreOptions()
    {
        using var environments = Vector(threads: 2);
        using var observer = new FrameObserver(
            environments, new FrameOptions { Width = 40, Height = 30, Stack = 1, Camera = new Camera.Numbered(1) });
        environments.Reset();
        observer.Observe();
        var world = environments.Rendered(0).World;
        using var renderer = new Renderer(world.Model, 40, 30);
        var expected = new byte[renderer.Size];
        renderer.RenderPlanes(world, new Camera.Named("hand"), expected);
        Assert.That(observer.FramesOf(0).ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void PlanesHoldTheSamePixelsAsRowsAndWithoutEffectsTheBackgroundIsBlack()
    {
        using var environments = Vector(threads: 1);
        environments.Reset();
        var world = environments.Rendered(2).World;
        using var plain = new Renderer(world.Model, 84, 84, effects: false);
        using var whole = new Renderer(world.Model, 84, 84);
        var rows = whole.Render(world, new Camera.Numbered(0)).Pixels;
        var planes = Planes(whole, world);
        Assert.That(rows.Select((_, i) => planes[(i % 3 * 84 * 84) + (i / 3)]), Is.EqualTo(rows));
        // The upper left corner is sky.
        Assert.That(plain.Render(world, new Camera.Numbered(0)).Pixels[..3], Is.EqualTo(new byte[3]).And.Not.EqualTo(rows[..3]));
    }

    [Test]
    public void ColoursShowTheRewardAndAreRefusedInObservations()
    {
        using var plain = Vector(threads: 1);
        using var coloured = Vector(threads: 1, rewardColours: true);
        plain.Reset();
        coloured.Reset();
        const int balance = 2;
        // An upright pole: the reward is nearly 1, and "self" nearly its highlight, which has no red.
        Assert.That(Red(coloured), Is.LessThan(0.3f));
        Assert.That(Red(plain), Is.EqualTo(0.7f));
        Assert.That(
            () => new FrameObserver(coloured),
            Throws.InstanceOf<RenderingException>().With.Message.StartsWith("reacher-hard: its colours show the reward"));

        float Red(VectorEnvironment environments)
        {
            var model = environments.Rendered(balance).World.Model;
            return model.Floats("mat_rgba")[4 * model.Id(ElementKind.Material, "self")];
        }
    }

    [Test]
    public void MistakesAreNamed()
    {
        using var environments = Vector(threads: 1);
        environments.Reset();
        using var observer = new FrameObserver(environments, new FrameOptions { Camera = new Camera.Numbered(9) });
        using var invisible = new VectorEnvironment(new CartPoleFamily(horizon: 10));
        Assert.That(
            observer.Observe, Throws.InstanceOf<PhysicsException>().With.Message.Contains("has 2 cameras, no number 9"));
        Assert.That(
            () => new FrameObserver(invisible),
            Throws.InstanceOf<RenderingException>().With.Message.Contains("no world that can be drawn"));
        Assert.That(
            () => new FrameObserver(environments, new FrameOptions { Stack = 0 }),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static VectorEnvironment Vector(int threads, int horizon = 1000, bool rewardColours = false) => new(
        new DmControlFamily(new DmControlFamilyOptions
        {
            Tasks = [.. _tasks.Select(name => DmControlTasks.Find(name).ResultValue)],
            Horizon = horizon,
            RewardColours = rewardColours,
        }),
        new VectorEnvironmentOptions { Threads = threads, Seed = 3 });

    private static float[] Actions(VectorEnvironment environments, int step) =>
        [.. Enumerable.Repeat(step % 2 == 0 ? 1f : -0.8f, environments.Count * environments.ActionSize)];

    private static Renderer RendererOf(VectorEnvironment environments, int i) => new(environments.Rendered(i).World.Model, 84, 84);

    private static byte[] Planes(Renderer renderer, World world)
    {
        var planes = new byte[renderer.Size];
        renderer.RenderPlanes(world, new Camera.Numbered(0), planes);
        return planes;
    }
}
