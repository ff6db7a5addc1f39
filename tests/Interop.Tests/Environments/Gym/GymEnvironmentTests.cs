using MtrlFunctional.Tasks;

namespace MtrlFunctional.Tests.Environments.Gym;

/// <summary>One environment with Gymnasium's interface and Meta-World's wrappers.</summary>
public sealed class GymEnvironmentTests
{
    private static readonly MetaWorldOptions _options = new() { Seed = 42 };

    [Test]
    public void AStepReturnsGymnasiumsFive()
    {
        using var environment = MetaWorld.Make("reach-v3", _options);
        var (start, info) = environment.Reset(seed: 1);
        Assert.That(start, Has.Length.EqualTo(39));
        Assert.That(info.Task, Is.EqualTo("reach-v3"));
        var (observation, reward, terminated, truncated, step) = environment.Step([0.1f, 0, 0, 1]);
        Assert.That(environment.ObservationSpace.Contains(Array.ConvertAll(observation, x => (float)x)));
        Assert.That(reward, Is.InRange(0, 10).And.EqualTo(step.UnscaledReward));
        Assert.That(terminated || truncated, Is.False);
        Assert.That(step.EpisodeLength, Is.EqualTo(1));
        Assert.That(environment.Step([0.1, 0, 0, 1]).Observation, Is.Not.SameAs(observation));
    }

    [Test]
    public void ASecondThreadGetsAnExceptionAndADisposalWaits()
    {
        var environment = MetaWorld.Make("reach", _options);
        environment.Reset();
        Exception? Steps()
        {
            try
            {
                for (var n = 0; n < 1_000_000; n++)
                {
                    environment.Step([0.1f, 0, 0, 0]);
                    if (environment.Over)
                        environment.Reset();
                }
            }
            catch (Exception e) when (e is InvalidOperationException)
            {
                return e;
            }

            return null;
        }

        var others = Enumerable.Range(0, 2).Select(_ => Task.Run(Steps)).ToArray();
        Assert.That(others[Task.WaitAny(others)].Result?.Message, Does.StartWith("reach-v3 is in use by another thread."));
        environment.Dispose();
        Task.WaitAll(others);
        Assert.That(others.Count(task => task.Result is ObjectDisposedException), Is.EqualTo(1));
        Assert.That(() => environment.Reset(), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void SuccessTerminatesOnlyWhereThatWasAskedFor([Values] bool terminate)
    {
        // The expert's input includes the goal also if the policy's does not.
        using var environment = MetaWorld.Make("reach", _options with { TerminateOnSuccess = terminate, GoalVisible = !terminate });
        var action = new float[4];
        Assert.That(() => environment.ExpertAction(action), Throws.InvalidOperationException);
        environment.Reset();
        var terminated = false;
        var succeeded = false;
        for (var n = 0; n < 120 && !terminated; n++)
        {
            environment.ExpertAction(action);
            var step = environment.Step(action);
            (terminated, succeeded) = (step.Terminated, succeeded || step.Info.Success);
        }

        Assert.That(succeeded);
        Assert.That(terminated, Is.EqualTo(terminate));
        if (terminate)
            Assert.That(() => environment.Step([0f, 0, 0, 0]), Throws.InvalidOperationException);
    }

    [Test]
    public void TheOrderOfGoalsIsThatOfMetaWorldsWrappers()
    {
        using var random = MetaWorld.Make("push", _options);
        Assert.That(
            Enumerable.Range(0, 60).Select(_ => random.Reset().Info.Goal), Is.EqualTo(Wrappers.RandomSelection(42, 50).Take(60)));
        using var pseudo = MetaWorld.Make("push", _options with { TaskSelection = TaskSelection.PseudoRandom });
        var (first, again) = (pseudo.Reset().Info.Goal, pseudo.Reset().Info.Goal);
        Assert.That(again, Is.EqualTo(first));
        int[] sampled = [first, .. Enumerable.Range(0, 59).Select(_ => pseudo.SampleTasks().Info.Goal)];
        Assert.That(sampled, Is.EqualTo(Wrappers.PseudoRandomSelection(42, 50).Take(60)));
    }

    [Test]
    public void RewardsAreNormalisedAsByTheWrappers([Values] RewardNormalizationMethod kind)
    {
        using var environment = MetaWorld.Make("push", _options with { RewardNormalization = kind });
        var (returns, rewards) = (RewardNormalizationModule.NoReturns, RewardNormalizationModule.NoRewards);
        environment.Reset();
        for (var n = 0; n < 20; n++)
        {
            var step = environment.Step(TestTasks.Action(n));
            var expected = step.Info.UnscaledReward;
            if (kind == RewardNormalizationMethod.Gymnasium)
                (returns, expected) = RewardNormalizationModule.ByReturn(0.99, returns, false, expected);
            if (kind == RewardNormalizationMethod.Exponential)
                (rewards, expected) = RewardNormalizationModule.ByExponential(0.001, rewards, expected);
            Assert.That(step.Reward, Is.EqualTo(expected));
        }
    }

    [Test]
    public void RecurrentInformationIsAppendedAsByTheWrapper()
    {
        using var environment = MetaWorld.Make("push", _options with { RecurrentInfo = true, OneHot = true, MaxEpisodeSteps = 3 });
        Assert.That(environment.ObservationSpace.Size, Is.EqualTo(39 + 1 + 6));
        Assert.That(environment.Reset().Observation[40..], Has.All.Zero);
        for (var n = 0; n < 3; n++)
        {
            var action = TestTasks.Action(n);
            var step = environment.Step(action);
            var expected = Wrappers.WithHistory(
                step.Observation[..40], Array.ConvertAll(action, x => (double)x), step.Info.UnscaledReward, n == 2);
            Assert.That(step.Observation, Is.EqualTo(expected));
            Assert.That(environment.ObservationSpace.Contains([.. step.Observation.Select(x => (float)x)]), "a space holds actions as they are given");
        }

        Assert.That(environment.Reset().Observation[40..], Has.All.Zero);
    }

    [Test]
    public void TheTestPartOfOneTaskHasOtherGoals()
    {
        using var train = MetaWorld.Make("ML1-reach-train", _options);
        using var test = MetaWorld.Make("ML1-reach-test", _options with { Seed = 42 });
        using var next = MetaWorld.Make("ML1-reach-train", _options with { Seed = 43 });
        Assert.That(Goals(test), Is.EquivalentTo(Goals(next)));
        Assert.That(Goals(test).Intersect(Goals(train)), Is.Empty);

        static HashSet<double> Goals(GymEnvironment environment) =>
        [
            .. Enumerable.Range(0, 50).Select(_ =>
            {
                environment.SampleTasks();
                return environment.Unwrapped.Randomisation[3];
            }),
        ];
    }

    [Test]
    public void ASpaceSamplesWithinItsBoundsAndRepeatably()
    {
        using var environment = MetaWorld.Make("door-open", _options);
        var space = environment.ObservationSpace;
        for (var n = 0; n < 200; n++)
        {
            var sample = space.Sample(seed: 7, number: n);
            Assert.That(space.Contains(sample));
            Assert.That(space.Sample(seed: 7, number: n), Is.EqualTo(sample));
            Assert.That(environment.ActionSpace.Sample(7, n), Is.Not.EqualTo(environment.ActionSpace.Sample(8, n)));
        }

        var mean = Enumerable.Range(0, 2000).Average(n => environment.ActionSpace.Sample(1, n)[2]);
        Assert.That(mean, Is.EqualTo(0).Within(0.05));
        Assert.That(space.Contains(new float[3]), Is.False);
        Assert.That(environment.ActionSpace.Contains([0, 0, float.NaN, 0]), Is.False);
        Assert.That(() => space.Sample(KeyModule.OfSeed(1), new float[2]), Throws.ArgumentException);
    }

    [Test]
    public void APictureAfterAResetShowsNothingOfTheEpisodeBefore()
    {
        var options = _options with { RenderWidth = 64, RenderHeight = 48 };
        using var used = MetaWorld.Make("drawer-open", options);
        using var fresh = MetaWorld.Make("drawer-open", options);
        used.Reset(seed: 3);
        for (var n = 0; n < 80; n++)
        {
            var action = new float[4];
            used.ExpertAction(action);
            used.Step(action);
        }

        var before = used.Render().Pixels;
        fresh.Reset(seed: 8);
        var expected = fresh.Render().Pixels;
        // Once prepared anew, once from the cache.
        for (var round = 0; round < 2; round++)
        {
            used.Reset(seed: 8);
            Assert.That(used.Render().Pixels, Is.EqualTo(expected).And.Not.EqualTo(before));
        }
    }
}
