namespace MtrlFunctional.Tests.Environments.Gym;

/// <summary>The vector with Gymnasium's interface: the recorded one, then its rules.</summary>
public sealed class GymVectorTests
{
    private static readonly MetaWorldVectorOptions _short = new() { Seed = 3, MaxEpisodeSteps = 4, Threads = 1 };

    private static float[] Actions(int n, int count) =>
        [.. Enumerable.Range(0, count).SelectMany(i => TestTasks.Action(n + (17 * i)))];

    [Test]
    public void TheRecordedVectorOfMetaWorldIsReproducedFromItsSeedAlone()
    {
        using var golden = SafetensorsFile.Open(Golden.File("metaworld/vector_mt10_seed42.safetensors"));
        using var environments = MetaWorld.MakeVector(
            "MT10", new() { Seed = 42, OneHot = true, MaxEpisodeSteps = 12, Threads = 2 });
        var first = environments.Reset();
        Assert.That(Wide(first.Observations.Span), Is.EqualTo(golden.ReadDoubles("obs0")));
        var actions = golden.ReadFloats("action", rows: 40);
        var seen = new Recording();
        for (var step = 0; step < 30; step++)
            seen.Add(environments.Step(actions[step]), environments);
        seen.Compare(golden);
    }

    [Test]
    public void ASeedBeginsAnewAndNoSeedGoesOn()
    {
        using var environments = MetaWorld.MakeVector("MT10", _short);
        var first = environments.Reset(seed: 5).Info.Goals.ToArray();
        var second = environments.Reset().Info.Goals.ToArray();
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(environments.Reset(seed: 5).Info.Goals.ToArray(), Is.EqualTo(first));
        Assert.That(environments.Reset().Info.Goals.ToArray(), Is.EqualTo(second));
        // Environment i has seed + i, as in Gymnasium.
        Assert.That(environments.Reset(seed: 6).Info.Goals[..9].ToArray(), Is.EqualTo(first[1..]));
    }

    [Test]
    public void SameStepGivesTheLastObservationBesideTheNewFirst()
    {
        using var environments = MetaWorld.MakeVector("MT10", _short);
        environments.Reset();
        for (var n = 0; n < 3; n++)
            Assert.That(environments.Step(Actions(n, 10)).Truncated.ToArray(), Has.All.False);
        var (observations, rewards, terminated, truncated, info) = environments.Step(Actions(3, 10));
        Assert.That(truncated.ToArray(), Has.All.True);
        Assert.That(terminated.ToArray(), Has.All.False);
        Assert.That(rewards.ToArray(), Has.All.GreaterThan(0));
        Assert.That(info.Steps.Span[0].EpisodeLength, Is.EqualTo(4));
        // A first observation has the frame of now in the place of the frame before.
        Assert.That(observations.Span[..18].SequenceEqual(observations.Span[18..36]));
        Assert.That(info.FinalObservations.Span[..18].SequenceEqual(info.FinalObservations.Span[18..36]), Is.False);
        Assert.That(environments.Step(Actions(4, 10)).Info.Steps.Span[0].EpisodeLength, Is.EqualTo(1));
    }

    [Test]
    public void NextStepSpendsAStepOnTheReset()
    {
        using var environments = MetaWorld.MakeVector("MT10", _short with { Autoreset = AutoresetMode.NextStep });
        environments.Reset();
        for (var n = 0; n < 4; n++)
            environments.Step(Actions(n, 10));
        var (observations, rewards, _, truncated, _) = environments.Step(Actions(4, 10));
        Assert.That(truncated.ToArray(), Has.All.False);
        Assert.That(rewards.ToArray(), Has.All.Zero);
        Assert.That(observations.Span[..18].SequenceEqual(observations.Span[18..36]));
        Assert.That(environments.Step(Actions(5, 10)).Info.Steps.Span[3].EpisodeLength, Is.EqualTo(1));
    }

    [Test]
    public void DisabledWaitsForAResetOfThoseThatEnded()
    {
        using var environments = MetaWorld.MakeVector("MT10", _short with { Autoreset = AutoresetMode.Disabled });
        environments.Reset();
        for (var n = 0; n < 3; n++)
            environments.Step(Actions(n, 10));
        environments.Reset([true, .. new bool[9]]);
        environments.Step(Actions(3, 10));
        Assert.That(() => environments.Step(Actions(4, 10)), Throws.InvalidOperationException.With.Message.Contains("push-v3"));
        Assert.That(environments.Environments[0].Unwrapped.Steps, Is.EqualTo(1), "a refused step moves no environment");
        environments.Reset([false, .. Enumerable.Repeat(true, 9)]);
        var lengths = environments.Step(Actions(4, 10)).Info.Steps.ToArray().Select(info => info.EpisodeLength);
        Assert.That(lengths.Skip(1), Has.All.EqualTo(1));
    }

    [Test]
    public void AResetOfSomeLeavesTheOthersUntouched()
    {
        using var whole = MetaWorld.MakeVector("MT10", _short with { MaxEpisodeSteps = 50 });
        using var partly = MetaWorld.MakeVector("MT10", _short with { MaxEpisodeSteps = 50 });
        whole.Reset();
        partly.Reset();
        for (var n = 0; n < 10; n++)
        {
            if (n % 3 == 2)
                partly.Reset([true, .. new bool[9]]);
            var expected = whole.Step(Actions(n, 10));
            var found = partly.Step(Actions(n, 10));
            Assert.That(found.Observations.Span[39..].SequenceEqual(expected.Observations.Span[39..]));
            Assert.That(found.Rewards.Span[1..].SequenceEqual(expected.Rewards.Span[1..]));
        }
    }

    [Test]
    public void MetaLearningSharesTheGoalsOutAndHidesThem()
    {
        using var train = MetaWorld.MakeVector("ML10-train", _short);
        using var test = MetaWorld.MakeVector("Meta-World/ML10-test", _short);
        Assert.That((train.Count, test.Count), Is.EqualTo((20, 20)));
        Assert.That(train.Environments.Take(4).Select(e => e.Name), Is.EqualTo(new[] { "reach-v3", "reach-v3", "push-v3", "push-v3" }));
        Assert.That(test.Environments.Select(e => e.Name).Distinct().Count(), Is.EqualTo(5));
        var first = train.Reset();
        var goals = first.Info.Goals.ToArray();
        Assert.That(first.Observations[36..39].ToArray(), Has.All.Zero);
        Assert.That(goals, Has.All.LessThan(25));
        Assert.That(train.Reset().Info.Goals.ToArray(), Is.EqualTo(goals), "a reset keeps the goal");
        Assert.That(train.SampleTasks().Info.Goals.ToArray(), Is.Not.EqualTo(goals));
        var vectors = train.Environments.Take(2).Select(e => e.Unwrapped.Randomisation.ToArray()).ToArray();
        Assert.That(vectors[0], Is.Not.EqualTo(vectors[1]));
    }

    [Test]
    public void TheFacadeItselfAllocatesNothing()
    {
        using var environments = MetaWorld.MakeVector("MT10", _short with { MaxEpisodeSteps = 500 });
        var actions = Actions(0, 10);
        environments.Reset(seed: 1);
        var bare = environments.Environments.Select(e => e.Unwrapped).ToArray();
        var facade = Allocated.By(() => environments.Step(actions));
        var below = Allocated.By(() =>
        {
            for (var i = 0; i < bare.Length; i++)
                bare[i].Step(actions.AsSpan(4 * i, 4));
        });
        TestContext.Out.WriteLine($"{facade / 10} bytes an environment step, {below / 10} of them below the facade");
        Assert.That(facade, Is.EqualTo(below));
    }

    [Test]
    public void WrongLengthsAreRefusedBeforeAnythingMoves()
    {
        using var environments = MetaWorld.MakeVector("MT10", _short);
        Assert.That(() => environments.Step(Actions(0, 10)), Throws.InvalidOperationException.With.Message.Contains("reset before"));
        environments.Reset();
        Assert.That(() => environments.Step(new float[39]), Throws.ArgumentException.With.Message.Contains("40 numbers, got 39"));
        Assert.That(() => environments.Reset(new bool[3]), Throws.ArgumentException.With.Message.Contains("10 numbers, got 3"));
    }

    [TestCase("MT5O", "Nearest: MT50.")]
    [TestCase("ML10", "ML10-train and ML10-test")]
    [TestCase("ML1-train", "of which task? For example ML1-reach-train.")]
    [TestCase("ML1-reech-test", "Nearest: reach-v3.")]
    [TestCase("MT1", "For example MT1-reach.")]
    public void AWrongNameIsAnsweredWithTheRightOne(string name, string answer) =>
        Refused(() => MetaWorld.MakeVector(name), answer);

    [Test]
    public void OptionsThatMakeNoSenseAreRefused()
    {
        Assert.That(() => MetaWorld.MakeVector("ML45-train", new() { MetaBatchSize = 20 }), Throws.ArgumentException.With.Message.Contains("a multiple of 45"));
        Assert.That(() => MetaWorld.MakeVector("MT10", new() { Threads = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => MetaWorld.MakeVector("MT10", new() { Goals = 51 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => MetaWorld.MakeVector([], null), Throws.ArgumentException);
        Refused(() => MetaWorld.Make("MT10"), "MakeVector");
    }

    private static double[] Wide(ReadOnlySpan<float> numbers) => Array.ConvertAll(numbers.ToArray(), x => (double)x);

    /// <summary>Recorded results of the vector, step by step.</summary>
    private sealed class Recording
    {
        private readonly Dictionary<string, List<double>> _columns = [];

        internal void Add(VectorStep step, GymVectorEnvironment environments)
        {
            Put("obs", Wide(step.Observations.Span));
            Put("reward", step.Rewards.ToArray());
            for (var i = 0; i < environments.Count; i++)
            {
                var over = step.Truncated.Span[i];
                Put("truncated", over ? 1 : 0);
                Put("terminated", step.Terminated.Span[i] ? 1 : 0);
                Put("success", step.Info.Steps.Span[i].Success ? 1 : 0);
                Put("final_return", over ? step.Info.Steps.Span[i].EpisodeReturn : double.NaN);
                foreach (var x in step.Info.FinalObservations.Span.Slice(49 * i, 49))
                    Put("final_obs", over ? x : double.NaN);
                var random = environments.Environments[i].Unwrapped.Randomisation.ToArray();
                Put("rand_vec", [.. random, .. Enumerable.Repeat(double.NaN, 6 - random.Length)]);
            }
        }

        internal void Compare(SafetensorsFile golden) => Assert.Multiple(() =>
        {
            foreach (var name in new[] { "obs", "truncated", "terminated", "success", "final_obs", "rand_vec" })
                Assert.That(_columns[name], Is.EqualTo(golden.ReadDoubles(name)), name);
            Assert.That(_columns["reward"], Is.EqualTo(golden.ReadDoubles("reward")).Within(1e-12));
            // The recorder rounds sums to six decimals.
            Assert.That(_columns["final_return"], Is.EqualTo(golden.ReadDoubles("final_return")).Within(1e-6));
        });

        private void Put(string name, params double[] numbers)
        {
            if (!_columns.TryGetValue(name, out var column))
                _columns[name] = column = [];
            column.AddRange(numbers);
        }
    }
}
