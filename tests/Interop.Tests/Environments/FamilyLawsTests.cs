namespace MtrlFunctional.Tests.Environments;

/// <summary>What holds for the environments of every family.</summary>
public class FamilyLawsTests
{
    private const int Steps = 12;

    private static readonly Dictionary<string, Func<IEnvironmentFamily>> _families = new()
    {
        ["Meta-World"] = () => OfWords("env=metaworld-mt10", "agent=state_sac"),
        // In the short form one task of each domain.
        ["DeepMind Control"] = () => new DmControlFamily(new()
        {
            Tasks = [.. DmControlTasks.All.DistinctBy(task => LongForm.IsAsked ? task.Name : task.Domain.Name)],
            Horizon = 25,
        }),
        ["variants"] = () => OfWords("env=dmc-walker-walk-vary-len", "env.train=[2,7]", "setup=hipbmdp", "agent=hipbmdp", "agent.encoder.type_to_select=feedforward"),
        ["sticky observations"] = () => new DmControlFamily(new() { Tasks = [Walker.Walk], Sticky = new StickyObservation(0.6, 3) }),
        ["own cart-poles"] = () => new CartPoleFamily(horizon: 25),
        ["bandits"] = () => OfWords("env=mt-bandit", "agent=mtppo"),
        ["tables"] = () => OfWords("env=mt-tabular-mdp", "agent=mtppo"),
        ["cart-poles"] = () => OfWords("env=mt-cartpole", "agent=mtppo"),
        ["acrobots"] = () => OfWords("env=mt-acrobot", "agent=mtppo"),
        ["mazes"] = () => OfWords("env=mt-two-goal-maze", "agent=mtppo"),
        ["mixed"] = () => OfWords("env=mixed", "env.tasks=[reach,walker-walk,cartpole-swingup]", "agent=mtppo"),
        ["own models"] = () => new MujocoFamily(Steps, PointTasks.Right, PointTasks.Left),
        ["trials"] = () => WrappedFamily.Trials(new MujocoFamily(Steps, PointTasks.Right), new(episodes: 2, exploration: 1)),
        ["histories"] = () => WrappedFamily.Histories(new MujocoFamily(Steps, PointTasks.Right), new(steps: 3)),
    };

    private static IEnumerable<string> Names() => _families.Keys;

    [TestCaseSource(nameof(Names))]
    public void ASavedVectorGoesOnBitByBitOnAnyNumberOfThreads(string name)
    {
        using var whole = Vector(name, threads: 1);
        whole.Reset();
        var (states, shown) = (new List<(int At, EnvironmentState State)>(), new List<float[]>());
        for (var n = 0; n < 30; n++)
        {
            // After 24 steps episodes are over: trials by a terminal state, others by their horizon.
            if (n is 0 or 19 or 24)
                states.Add((n, whole.Save()));
            shown.Add(Shown(whole, n));
        }

        Assert.That(shown.Select(row => string.Join(' ', row)).Distinct().Count(), Is.GreaterThan(2));
        using var resumed = Vector(name, threads: 3);
        foreach (var (at, state) in states)
        {
            resumed.Restore(state);
            for (var n = at; n < shown.Count; n++)
                Assert.That(Shown(resumed, n), Is.EqualTo(shown[n]), $"saved at {at}, step {n}");
            Assert.That(resumed.Episodes.ToArray(), Is.EqualTo(whole.Episodes.ToArray()));
            Assert.That(resumed.Returns.ToArray(), Is.EqualTo(whole.Returns.ToArray()));
            Assert.That(resumed.Succeeded.ToArray(), Is.EqualTo(whole.Succeeded.ToArray()));
        }
    }

    [TestCaseSource(nameof(Names))]
    public void EightThreadsPlayAsOne(string name)
    {
        float[] alone;
        using (var family = _families[name]())
            alone = Played(family);
        using var shared = _families[name]();
        foreach (var (thread, played) in Concurrent.Run(_ => Played(shared)).Index())
            Assert.That(played, Is.EqualTo(alone), $"thread {thread}");
    }

    /// <summary>Also where the environment has played another one before.</summary>
    [TestCaseSource(nameof(Names))]
    public void AnEpisodeDependsOnItsInstanceAndKeyOnly(string name)
    {
        using var family = _families[name]();
        var isAnother = false;
        for (var task = 0; task < family.Tasks.Count; task++)
        {
            using var environment = family.Create(task);
            float[] Episode(int number) => Played(family, task, environment, number);
            var (first, other, again) = (Episode(3), Episode(4), Episode(3));
            Assert.That(again, Is.EqualTo(first), family.Tasks[task].Name);
            isAnother |= !other.SequenceEqual(first);
        }

        Assert.That(isAnother);
    }

    [TestCaseSource(nameof(Names))]
    public void AnEpisodeBeginsWithAResetAndEndsAtItsHorizonAtTheLatest(string name)
    {
        using var family = _families[name]();
        var spec = family.Tasks[0].Spec ?? family.Spec;
        var action = new float[VectorEnvironment.SizesOf(spec).ActionSize];
        action[^1] = 1;
        using var environment = family.Create(0);
        Assert.That(() => environment.Step(action), Throws.InvalidOperationException);
        environment.Reset(0, KeyModule.OfSeed(1));
        while (environment.Status == EpisodeStatus.Running)
        {
            Assert.That(environment.Steps, Is.LessThan(spec.Horizon));
            environment.Step(action);
        }

        if (!spec.Terminates)
            Assert.That((environment.Status, environment.Steps), Is.EqualTo((EpisodeStatus.Truncated, spec.Horizon)));
        Assert.That(() => environment.Step(action), Throws.InvalidOperationException);
        environment.Reset(0, KeyModule.OfSeed(1));
        Assert.That((environment.Steps, environment.Status), Is.EqualTo((0, EpisodeStatus.Running)));
    }

    /// <summary>The observation before it stays. One of another length is refused.</summary>
    [TestCase("Meta-World")]
    [TestCase("DeepMind Control")]
    [TestCase("variants")]
    [TestCase("mixed")]
    [TestCase("own models")]
    public void AnActionThatIsNoNumberEndsTheEpisodeAsUnstable(string name)
    {
        using var family = _families[name]();
        for (var task = 0; task < family.Tasks.Count; task++)
        {
            var sizes = VectorEnvironment.SizesOf(family.Tasks[task].Spec ?? family.Spec);
            var (before, after, action) = (new float[sizes.ObservationSize], new float[sizes.ObservationSize], new float[sizes.ActionSize]);
            using var environment = family.Create(task);
            environment.Reset(0, KeyModule.OfSeed(1));
            environment.Step(action);
            Assert.That(() => environment.Step([.. action, 0]), Throws.ArgumentException);
            environment.Observe(before);
            action[0] = float.NaN;
            Assert.That(environment.Step(action), Is.EqualTo(EpisodeStatus.Unstable), family.Tasks[task].Name);
            Assert.That(environment.Reward, Is.Zero);
            environment.Observe(after);
            Assert.That(after, Is.EqualTo(before), family.Tasks[task].Name);
            environment.Reset(0, KeyModule.OfSeed(1));
            Assert.That(environment.Status, Is.EqualTo(EpisodeStatus.Running));
        }
    }

    /// <summary>Functions of Meta-World and of a program make arrays.</summary>
    [TestCase("DeepMind Control")]
    [TestCase("sticky observations")]
    [TestCase("own cart-poles")]
    [TestCase("bandits")]
    [TestCase("tables")]
    [TestCase("cart-poles")]
    [TestCase("acrobots")]
    [TestCase("mazes")]
    public void AStepAllocatesNothing(string name)
    {
        using var family = _families[name]();
        for (var task = 0; task < family.Tasks.Count; task++)
        {
            var sizes = VectorEnvironment.SizesOf(family.Tasks[task].Spec ?? family.Spec);
            var (observation, action) = (new float[sizes.ObservationSize], new float[sizes.ActionSize]);
            using var environment = family.Create(task);
            action[^1] = 1;
            var allocated = Enumerable.Range(0, 60).Select(n =>
            {
                if (environment.Status != EpisodeStatus.Running)
                    environment.Reset(0, KeyModule.OfSeed(n));
                var before = GC.GetAllocatedBytesForCurrentThread();
                environment.Step(action);
                environment.Observe(observation);
                return GC.GetAllocatedBytesForCurrentThread() - before;
            });
            Assert.That(allocated.Skip(40), Is.All.Zero, family.Tasks[task].Name);
        }
    }

    [Test]
    public void EightThreadsTakeModelsOfOneLibrary()
    {
        using var scenes = new SceneLibrary();
        using var models = new DmControlModels();
        Concurrent.Equals(() =>
        {
            using Model scene = scenes.Borrow("reach"), model = models.Take("walker"), changed = models.Take("cartpole-cart_mass-3");
            using var copy = scene.Copy();
            return new[] { scene, copy, model, changed }.SelectMany(m => m.Numbers("body_mass")!).ToArray();
        });
    }

    [Test]
    public void ADisposedFamilyRefuses()
    {
        var family = new MujocoFamily(Steps, PointTasks.Right);
        family.Dispose();
        Assert.That(() => family.Create(0), Throws.InstanceOf<ObjectDisposedException>());
    }

    private static IEnvironmentFamily OfWords(params string[] words) => ExperimentEnvironments.OfLibrary(
        ExperimentBuilder.Resolve(["setup.seed=1", "setup.threads=1", $"env.horizon={Steps}", .. words]), evaluate: false);

    /// <summary>At least three environments: several of one task where there are few tasks.</summary>
    private static VectorEnvironment Vector(string name, int threads)
    {
        var family = _families[name]();
        var slots = Enumerable.Range(0, Math.Max(3, family.Tasks.Count)).Select(i => new EnvironmentSlot(i % family.Tasks.Count));
        return new VectorEnvironment(family, new VectorEnvironmentOptions { Slots = [.. slots], Threads = threads, Seed = 7 });
    }

    /// <summary>Everything that the starts of episodes and a step show.</summary>
    private static float[] Shown(VectorEnvironment environments, int n)
    {
        environments.ResetFinished();
        float[] begun = [.. environments.Observations, .. environments.Instances.ToArray().Select(instance => (float)instance)];
        var actions = new float[environments.Count * environments.ActionSize];
        for (var i = 0; i < environments.Count; i++)
            Act(actions.AsSpan(i * environments.ActionSize, environments.ActionSize), environments.Spec, n + (3 * i));
        environments.Step(actions);
        return [.. begun, .. environments.NextObservations, .. environments.Rewards];
    }

    /// <summary>What all tasks show in two episodes each.</summary>
    private static float[] Played(IEnvironmentFamily family)
    {
        var seen = new List<float>();
        for (var task = 0; task < family.Tasks.Count; task++)
        {
            using var environment = family.Create(task);
            seen.AddRange(Played(family, task, environment, 0));
            seen.AddRange(Played(family, task, environment, 1));
        }

        return [.. seen];
    }

    private static float[] Played(IEnvironmentFamily family, int task, IEnvironment environment, int episode)
    {
        var spec = family.Tasks[task].Spec ?? family.Spec;
        var sizes = VectorEnvironment.SizesOf(spec);
        var (observation, action, seen) = (new float[sizes.ObservationSize], new float[sizes.ActionSize], new List<float>());
        environment.Reset(episode % family.Tasks[task].Instances, KeyModule.At(episode, KeyModule.OfSeed(task)));
        while (environment.Status == EpisodeStatus.Running && environment.Steps < Steps)
        {
            Act(action, spec, environment.Steps);
            environment.Step(action);
            environment.Observe(observation);
            seen.AddRange(observation);
            seen.Add((float)environment.Reward);
        }

        return [.. seen];
    }

    /// <summary>A choice, or numbers.</summary>
    private static void Act(Span<float> action, EnvironmentSpec spec, int n)
    {
        for (var k = 0; k < action.Length; k++)
            action[k] = spec.Action.IsDiscrete ? (n % action.Length == k ? 1 : 0) : MathF.Sin((1.7f * n) + (2.3f * k));
    }
}
