using Keys = MtrlFunctional.Randomness.KeyModule;

namespace MtrlFunctional.Tests.Environments;

/// <summary>Tasks of several families as one: episodes are those of each family, bit by bit.</summary>
public class MixedFamilyTests
{
    private const int Horizon = 40;

    // Meta-World, DeepMind Control with one, two and six numbers of an action, and an own family that terminates.
    private static readonly string[] _order = ["walker-walk", "reach-v3", "short-pole", "push-v3", "reacher-easy"];

    [Test]
    public void RowsAreAsWideAsTheWidestAndTasksKeepTheirSizes()
    {
        using var family = Mixed(_order);
        Assert.That(VectorEnvironment.SizesOf(family.Spec), Is.EqualTo(new TaskSizes(39, 6)));
        Assert.That(family.Spec.Horizon, Is.EqualTo(Horizon));
        Assert.That(family.Spec.Terminates);
        Assert.That(family.Tasks.Select(task => task.Name), Is.EqualTo(_order));
        Assert.That(
            family.Tasks.Select(task => VectorEnvironment.SizesOf(task.Spec ?? family.Spec)),
            Is.EqualTo(new TaskSizes[] { new(24, 6), new(39, 4), new(4, 1), new(39, 4), new(6, 2) }));
    }

    [Test]
    public void AListOfEnvironmentsHasEqualSpaces()
    {
        using var family = Mixed(_order);
        Assert.That(() => new MultiEnvironment(family), Throws.ArgumentException.With.Message.Contains("differ"));
        using var pictures = new PictureFamily(new MujocoFamily(Horizon, PointTasks.Right));
        Assert.That(() => new MultiEnvironment(pictures), Throws.ArgumentException.With.Message.Contains("not pictures"));
        Assert.That(() => new MixedFamily([pictures]), Throws.ArgumentException.With.Message.Contains("pictures"));
    }

    [Test]
    public void EachStepIsThatOfTheOwnFamilyBitByBit()
    {
        using var mixed = new VectorEnvironment(Mixed(_order), new VectorEnvironmentOptions { Threads = 2, Seed = 3 });
        var own = _order.Select(Own).ToArray();
        try
        {
            mixed.Reset();
            Begin(mixed, own);
            var ends = 0;
            for (var n = 0; n < 3 * Horizon; n++)
            {
                var actions = Actions(n, mixed);
                mixed.Step(actions);
                for (var i = 0; i < own.Length; i++)
                {
                    var (observation, action) = (mixed.Sizes[i].ObservationSize, mixed.Sizes[i].ActionSize);
                    var status = own[i].Step(actions.AsSpan(i * mixed.ActionSize, action));
                    var row = mixed.NextObservations.Slice(i * mixed.ObservationSize, mixed.ObservationSize);
                    var expected = new float[observation];
                    own[i].Observe(expected);
                    Assert.That(row[..observation].SequenceEqual(expected), $"{_order[i]}, step {n}");
                    Assert.That(row[observation..].ContainsAnyExcept(0f), Is.False, $"{_order[i]}: padding");
                    Assert.That(mixed.Rewards[i], Is.EqualTo((float)own[i].Reward));
                    Assert.That(mixed.Terminated[i], Is.EqualTo(status == EpisodeStatus.Terminated));
                    Assert.That(mixed.Truncated[i], Is.EqualTo(status is EpisodeStatus.Truncated or EpisodeStatus.Unstable));
                    ends += mixed.Ended(i) ? 1 : 0;
                }

                var ended = Enumerable.Range(0, own.Length).Where(mixed.Ended).ToArray();
                mixed.ResetFinished();
                Begin(mixed, own, ended);
            }

            Assert.That(ends, Is.GreaterThan(3 * own.Length - 1), "all ended three times, the pole more often");
        }
        finally
        {
            foreach (var environment in own)
                environment.Dispose();
        }
    }

    /// <summary>Beside continuous actions, the largest number of a task with choices chooses.</summary>
    [Test]
    public void TheLargestNumberChooses()
    {
        static IEnvironmentFamily Classic(string env) =>
            ExperimentEnvironments.OfLibrary(ExperimentBuilder.Resolve([env, "agent=mtppo", "env.horizon=40"]), evaluate: false);
        using var mixed = new VectorEnvironment(
            new MixedFamily([MetaWorld("reach-v3"), Classic("env=mt-cartpole"), Classic("env=mt-acrobot")], ["cartpole", "reach-v3", "acrobot"]));
        using var poles = new VectorEnvironment(Classic("env=mt-cartpole"));
        Assert.That(mixed.Spec.Action, Is.EqualTo(ActionSpace.NewBox(4)));
        Assert.That(mixed.Sizes.Select(size => size.ActionSize), Is.EqualTo(new[] { 2, 4, 3 }));
        mixed.Reset();
        poles.Reset();
        for (var n = 0; n < 100; n++)
        {
            var actions = Actions(n, mixed);
            if (n % 7 == 0)
                actions[1] = actions[0];
            mixed.Step(actions);
            poles.Step(actions[1] > actions[0] ? [0, 1] : [1, 0]);
            Assert.That(
                mixed.NextObservations[..poles.ObservationSize].SequenceEqual(poles.NextObservations), $"step {n}");
            Assert.That(mixed.Rewards[0], Is.EqualTo(poles.Rewards[0]));
            mixed.ResetFinished();
            poles.ResetFinished();
        }

        Assert.That(poles.Episodes[0], Is.GreaterThan(1), "poles fall");
    }

    [Test]
    public void TasksThatCannotStandBesideEachOtherAreRefused()
    {
        Assert.That(
            () => new MixedFamily([MetaWorld("reach-v3")], ["reach-v2"]),
            Throws.ArgumentException.With.Message.Contains("reach-v2: no family has this task. Nearest: reach-v3"));
        Assert.That(
            () => new MixedFamily([MetaWorld("reach-v3"), MetaWorld("reach-v3")]),
            Throws.ArgumentException.With.Message.Contains("one name"));
        Assert.That(() => new MixedFamily([]), Throws.ArgumentException.With.Message.Contains("no task"));
        Assert.That(
            () => WrappedFamily.Trials(Mixed(_order), new Trial(2, 0)),
            Throws.ArgumentException.With.Message.Contains("Trials are of tasks whose spaces and horizons are equal"));
    }

    /// <summary>The sizes that an experiment knows without making environments.</summary>
    [Test]
    public void AnExperimentKnowsTheSizesOfItsEnvironments()
    {
        var experiment = ExperimentBuilder.Resolve(["env=mixed-mt10-dmc5", "agent=mtppo"]);
        using var environments = ExperimentEnvironments.Create(experiment, evaluate: true, 1, Extensions.None);
        Assert.That(environments.Sizes.Select(size => Tuple.Create(size.ObservationSize, size.ActionSize)).SequenceEqual(Observed.TaskSizes(experiment)));
        Assert.That(environments.TaskNames, Is.EqualTo(experiment.Environment.Tasks));
        Assert.That(environments.Spec, Is.EqualTo(OptionModule.ToObj(Observed.Environment(experiment))));
    }

    private static MixedFamily Mixed(string[] order) => new(
        [MetaWorld("reach-v3", "push-v3"), Control("walker-walk"), new CartPoleFamily(Horizon), Control("reacher-easy")], order);

    private static MetaWorldFamily MetaWorld(params string[] names) => new(new MetaWorldFamilyOptions
    {
        Tasks = [.. names.Select(TestTasks.Slot)],
        Horizon = Horizon,
    });

    private static DmControlFamily Control(string name) => new(new DmControlFamilyOptions
    {
        Tasks = [DmControlTasks.Find(name).ResultValue],
        Horizon = 2 * Horizon,
        ActionRepeat = 2,
    });

    /// <summary>The environment of a task as its own family makes it; the families may go before it.</summary>
    private static IEnvironment Own(string name)
    {
        using IEnvironmentFamily family = name switch
        {
            "short-pole" => new CartPoleFamily(Horizon),
            _ when name.EndsWith("-v3", StringComparison.Ordinal) => MetaWorld(name),
            _ => Control(name),
        };
        return family.Create(0);
    }

    /// <summary>Starts the episodes of the vector in the own environments.</summary>
    private static void Begin(VectorEnvironment mixed, IEnvironment[] own, IEnumerable<int>? which = null)
    {
        var episodes = Keys.ForPurpose("episode/train", Keys.OfSeed(3));
        foreach (var i in which ?? Enumerable.Range(0, own.Length))
        {
            own[i].Reset(mixed.Instances[i], Keys.At(mixed.Episodes[i], Keys.At(i, episodes)));
            var expected = new float[mixed.Sizes[i].ObservationSize];
            own[i].Observe(expected);
            Assert.That(
                mixed.Observations.Slice(i * mixed.ObservationSize, expected.Length).SequenceEqual(expected), $"{_order[i]}, reset");
        }
    }

    private static float[] Actions(int n, VectorEnvironment environments)
    {
        var key = Keys.At(n, Keys.OfSeed(11));
        return [.. Enumerable.Range(0, environments.Count * environments.ActionSize).Select(
            k => (float)((2 * Keys.Uniform(Keys.At(k, key))) - 1))];
    }
}
