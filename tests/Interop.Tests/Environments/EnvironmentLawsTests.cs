namespace MtrlFunctional.Tests.Environments;

/// <summary>Properties of all fifty tasks, with the real physics.</summary>
public sealed class EnvironmentLawsTests
{
    private static readonly string[] _names = [.. TestTasks.All.Select(slot => slot.Task.Name)];

    [TestCaseSource(nameof(_names))]
    public void TheShortWayToAnEpisodeGivesTheBitsOfTheLong(string name)
    {
        var task = TestTasks.Slot(name).Task;
        using var scenes = new SceneLibrary();
        using var environment = new MetaWorldEnvironment(task, scenes);
        foreach (var goal in MtrlFunctional.Tasks.Goals.OfTask(2026, task).Take(GoalsToCompare))
        {
            var quick = environment.Preparation.Prepare(goal);
            var bodies = environment.World.Model.Doubles("body_pos").ToArray();
            var thorough = environment.Preparation.PrepareThoroughly(goal);
            Assert.That(quick.State, Is.EqualTo(thorough.State));
            Assert.That(quick.Scene, Is.EqualTo(thorough.Scene));
            Assert.That(quick.Frame, Is.EqualTo(thorough.Frame));
            Assert.That(quick.ModelEdits, Is.EqualTo(thorough.ModelEdits));
            Assert.That(bodies, Is.EqualTo(environment.World.Model.Doubles("body_pos").ToArray()));
            Assert.That(quick.Episode.TcpInit, Is.EqualTo(thorough.Episode.TcpInit));
            Assert.That(quick.Episode.ObjectInit, Is.EqualTo(thorough.Episode.ObjectInit));
        }
    }

    /// <summary>A control that the engine refuses, or an engine that becomes unstable in the middle of an episode.</summary>
    [TestCase(float.NaN, 0), TestCase(float.PositiveInfinity, 0), TestCase(1e30f, 0), TestCase(0, double.NaN), TestCase(0, 1e20)]
    public void AFailureIsCountedTruncatesAndLeavesNoTrace(float control, double velocity)
    {
        using var struck = TestTasks.Vector(Some, threads: 2, horizon: 20, goal: 11);
        using var fresh = TestTasks.Vector(Some, threads: 2, horizon: 20, goal: 11);
        for (var episode = 1; episode < 3; episode++)
        {
            struck.ResetTo(episode - 1);
            for (var n = 0; n < 3; n++)
                struck.Step(Actions(struck, n));
            var actions = Actions(struck, 3);
            for (var i = 0; i < struck.Count; i++)
                if (velocity != 0)
                    ((MetaWorldEnvironment)struck.Environments[i]).World.Velocities[^1] = velocity;
                else
                    actions[(4 * i) + 3] = control;
            struck.Step(actions);
            Assert.That(struck.Unstable.ToArray(), Has.All.True);
            Assert.That(struck.UnstableSteps.ToArray(), Has.All.EqualTo(episode));
            Assert.That(struck.Truncated.ToArray(), Has.All.True);
            Assert.That(struck.Rewards.ToArray(), Has.All.Zero);
            Assert.That(struck.NextObservations.ToArray(), Has.All.Matches<float>(float.IsFinite));

            struck.ResetFinished();
            fresh.ResetTo(episode);
            for (var n = 0; n < 5; n++)
            {
                struck.Step(Actions(struck, n));
                fresh.Step(Actions(fresh, n));
                Assert.That(struck.Observations.SequenceEqual(fresh.Observations));
                Assert.That(struck.Rewards.SequenceEqual(fresh.Rewards));
                Assert.That(struck.Unstable.ToArray(), Has.All.False);
            }
        }
    }

    [Test]
    public void EnvironmentsOfALibraryOutliveItAndShareAllButPositions()
    {
        var slot = TestTasks.Slot("door-open-v3");
        var scenes = new SceneLibrary();
        using var one = new MetaWorldEnvironment(slot.Task, scenes);
        using var other = new MetaWorldEnvironment(slot.Task, scenes);
        scenes.Dispose();
        one.Reset(slot.Goals[0]);
        var door = one.World.Model.Id(ElementKind.Body, "door");
        var before = one.World.Model.BodyPosition(door).ToArray();
        other.Reset(slot.Goals[1]);
        Assert.That(one.World.Model.BodyPosition(door).ToArray(), Is.EqualTo(before));
        Assert.That(other.World.Model.BodyPosition(door).ToArray(), Is.Not.EqualTo(before));
        using var copy = other.World.Model.Copy();
        Assert.That(copy.BodyPosition(door).ToArray(), Is.EqualTo(other.World.Model.BodyPosition(door).ToArray()));
        other.Dispose();
        Assert.That(one.Step(TestTasks.Action(0).AsSpan()), Is.EqualTo(EpisodeStatus.Running));
        Assert.That(copy.Bodies, Is.EqualTo(one.World.Model.Bodies));
    }

    private static readonly int GoalsToCompare = LongForm.IsAsked ? 6 : 2;

    /// <summary>All; in the short form each tenth.</summary>
    private static readonly TaskGoals[] Some = [.. TestTasks.All.Where((_, i) => LongForm.IsAsked || i % 10 == 0)];

    /// <summary>Different for each task.</summary>
    private static float[] Actions(VectorEnvironment environments, int n) =>
        [.. environments.TaskNames.SelectMany(name => TestTasks.Action(n + Array.IndexOf(_names, name)))];
}
