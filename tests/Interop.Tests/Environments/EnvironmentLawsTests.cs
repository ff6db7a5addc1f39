namespace MtrlFunctional.Tests.Environments;

/// <summary>Properties of all fifty tasks, with the real physics.</summary>
public sealed class EnvironmentLawsTests
{
    private static readonly string[] _names = [.. TestTasks.All.Select(slot => slot.Task.Name)];

    /// <summary>Tasks whose original reward is maximal at every success.</summary>
    private static readonly string[] _highestOnSuccess =
    [
        "assembly-v3", "disassemble-v3", "door-open-v3", "drawer-close-v3", "faucet-close-v3", "faucet-open-v3",
        "handle-press-side-v3", "handle-press-v3", "peg-insert-side-v3", "reach-v3", "reach-wall-v3",
        "basketball-v3", "bin-picking-v3", "hand-insert-v3", "handle-pull-v3", "push-v3", "sweep-v3", "sweep-into-v3",
    ];

    /// <summary>
    /// Tasks whose original reward is maximal also without success: for a door that is wide open, beyond where
    /// its handle belongs; for a thermos in place while only one pad touches the stick.
    /// </summary>
    private static readonly string[] _highestElsewhereToo = ["door-open-v3", "stick-push-v3"];

    [TestCaseSource(nameof(_names))]
    public void RewardsStayInRangeAndAgreeWithSuccess(string name)
    {
        using var environment = MetaWorld.Make(name, new() { Seed = 7, MaxEpisodeSteps = 150 });
        var action = new float[4];
        for (var episode = 0; episode < (LongForm.IsAsked ? 4 : 2); episode++)
        {
            environment.Reset();
            for (var n = 0; n < 150; n++)
            {
                // Experts with occasional random actions visit more states than experts or random policies alone.
                environment.ExpertAction(action);
                if (episode > 0 && n % (3 * episode) == 0)
                    environment.ActionSpace.Sample(seed: episode, number: n).CopyTo(action, 0);
                var (observation, reward, _, _, info) = environment.Step(action);
                Assert.That(reward, Is.InRange(0, 10 + 1e-9), $"episode {episode}, step {n}");
                Assert.That(observation, Has.All.Matches<double>(double.IsFinite));
                if (info.Success && _highestOnSuccess.Contains(name))
                    Assert.That(reward, Is.EqualTo(10).Within(1e-9), $"episode {episode}, step {n}");
                if (reward == 10 && !_highestElsewhereToo.Contains(name))
                    Assert.That(info.Success, $"the highest reward without success: episode {episode}, step {n}");
            }
        }
    }

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

    [Test]
    public void TrajectoriesDependNeitherOnThreadsNorOnOrderNorOnNeighbours()
    {
        var single = Play(Some, threads: 1);
        Assert.That(Play(Some, threads: 5), Is.EqualTo(single), "threads");
        Assert.That(Play([.. Some.Reverse()], threads: 3), Is.EqualTo(single), "order");
        var few = Play([.. Some.Where((_, i) => i % 7 == 0)], threads: 1);
        Assert.That(few, Is.SubsetOf(single), "neighbours");
    }

    [Test]
    public void ABadControlIsCountedTruncatesAndLeavesNoTrace()
    {
        using var struck = Vector(Some, threads: 2, horizon: 20);
        using var fresh = Vector(Some, threads: 2, horizon: 20);
        float[] controls = [float.NaN, float.PositiveInfinity, 1e30f];
        for (var k = 0; k < controls.Length; k++)
        {
            struck.ResetTo(k);
            for (var n = 0; n < 3; n++)
                struck.Step(Actions(struck, n));
            var actions = Actions(struck, 3);
            for (var i = 0; i < struck.Count; i++)
                actions[(4 * i) + 3] = controls[k];
            struck.Step(actions);
            Assert.That(struck.Unstable.ToArray(), Has.All.True, $"{controls[k]}");
            Assert.That(struck.UnstableSteps.ToArray(), Has.All.EqualTo(k + 1), $"{controls[k]}");
            Assert.That(struck.Truncated.ToArray(), Has.All.True, $"{controls[k]}");
            Assert.That(struck.Rewards.ToArray(), Has.All.Zero, $"{controls[k]}");
            Assert.That(struck.NextObservations.ToArray(), Has.All.Matches<float>(float.IsFinite), $"{controls[k]}");
            PlayOnAsNew(struck, fresh, episode: k + 1);
        }
    }

    /// <summary>The engine becomes unstable in the middle of an episode.</summary>
    [Test]
    public void AnEngineThatGaveUpLeavesNoTrace()
    {
        using var struck = Vector(Some, threads: 2, horizon: 20);
        using var fresh = Vector(Some, threads: 2, horizon: 20);
        double[] velocities = [double.NaN, 1e20];
        for (var k = 0; k < velocities.Length; k++)
        {
            struck.ResetTo(k);
            struck.Step(Actions(struck, 0));
            foreach (var environment in Of(struck))
                environment.World.Velocities[^1] = velocities[k];
            struck.Step(Actions(struck, 1));
            Assert.That(struck.UnstableSteps.ToArray(), Has.All.EqualTo(k + 1), $"{velocities[k]}");
            Assert.That(struck.NextObservations.ToArray(), Has.All.Matches<float>(float.IsFinite), $"{velocities[k]}");
            PlayOnAsNew(struck, fresh, episode: k + 1);
        }
    }

    private static void PlayOnAsNew(VectorEnvironment struck, VectorEnvironment fresh, int episode)
    {
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
        Assert.That(one.Step(TestTasks.Action(0).AsSpan()), Is.EqualTo(StepOutcome.Ok));
        Assert.That(copy.Bodies, Is.EqualTo(one.World.Model.Bodies));
    }

    private static readonly int GoalsToCompare = LongForm.IsAsked ? 6 : 2;

    /// <summary>All; in the short form each third.</summary>
    private static TaskGoals[] Some => [.. TestTasks.All.Where((_, i) => LongForm.IsAsked || i % 3 == 0)];

    private static VectorEnvironment Vector(TaskGoals[] tasks, int threads, int horizon) =>
        TestTasks.Vector(tasks, threads, horizon, goal: 11);

    private static MetaWorldEnvironment[] Of(VectorEnvironment environments) =>
        [.. environments.Environments.Cast<MetaWorldEnvironment>()];

    /// <summary>Actions determined by the task, independent of its slot.</summary>
    private static float[] Actions(VectorEnvironment environments, int n) =>
        [.. environments.TaskNames.SelectMany(name => TestTasks.Action(n + Array.IndexOf(_names, name)))];

    /// <summary>Observations of each task over one and a half episodes, by name.</summary>
    private static Dictionary<string, string> Play(TaskGoals[] slots, int threads)
    {
        using var environments = Vector(slots, threads, horizon: 6);
        environments.Reset();
        var seen = slots.ToDictionary(slot => slot.Task.Name, _ => new HashCode128());
        for (var n = 0; n < 9; n++)
        {
            environments.Step(Actions(environments, n));
            for (var i = 0; i < slots.Length; i++)
                seen[slots[i].Task.Name].Add([.. Of(environments)[i].Observation, environments.Rewards[i]]);
            environments.ResetFinished();
        }

        return seen.ToDictionary(entry => entry.Key, entry => entry.Value.ToString());
    }

    /// <summary>The bits of many numbers in few letters, so that a failure is readable.</summary>
    private sealed class HashCode128
    {
        private readonly System.Security.Cryptography.IncrementalHash _hash =
            System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.MD5);

        internal void Add(double[] numbers) =>
            _hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(numbers.AsSpan()));

        public override string ToString() => Convert.ToHexString(_hash.GetCurrentHash());
    }
}
