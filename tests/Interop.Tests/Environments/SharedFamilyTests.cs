using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Physics;
using MtrlFunctional.Randomness;
using MtrlFunctional.Training;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Environments;

/// <summary>One family whose environments several threads create, reset and step at the same time: episodes are those of
/// one thread, bit by bit.</summary>
[TestFixture]
public class SharedFamilyTests
{
    private const int Steps = 12;

    private static readonly Dictionary<string, Func<IEnvironmentFamily>> _families = new()
    {
        ["Meta-World"] = () => OfWords("env=metaworld-mt10", "agent=state_sac"),
        ["DeepMind Control"] = () => OfWords("env=dmc-walker-walk-vary-len", "setup=hipbmdp", "agent=hipbmdp", "agent.encoder.type_to_select=feedforward"),
        ["cart-poles"] = () => OfWords("env=mt-cartpole", "agent=mtppo"),
        ["acrobots"] = () => OfWords("env=mt-acrobot", "agent=mtppo"),
        ["mixed"] = () => OfWords("env=mixed", "env.tasks=[reach,walker-walk,cartpole-swingup]", "agent=mtppo"),
        ["own models"] = () => new MujocoFamily(Steps, PointTasks.Right, PointTasks.Left),
        ["trials"] = () => new TrialFamily(new MujocoFamily(Steps, PointTasks.Right), new(episodes: 2, exploration: 1)),
        ["histories"] = () => new HistoryFamily(new MujocoFamily(Steps, PointTasks.Right), new(steps: 3)),
    };

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

    [Test]
    public void EightThreadsTakeModelsOfOneLibrary()
    {
        using var scenes = new SceneLibrary();
        using var models = new DmControlModels();
        Concurrent.Equals(() =>
        {
            using Model scene = scenes.Take("reach"), model = models.Take("walker"), changed = models.Take("cartpole-cart_mass-3");
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

    private static IEnumerable<string> Names() => _families.Keys;

    private static IEnvironmentFamily OfWords(params string[] words) => ExperimentEnvironments.OfLibrary(
        ExperimentBuilder.Resolve(["setup.seed=1", "setup.threads=1", .. words]), evaluate: false);

    /// <summary>What all tasks show in two episodes each.</summary>
    private static float[] Played(IEnvironmentFamily family)
    {
        var seen = new List<float>();
        for (var task = 0; task < family.Tasks.Count; task++)
        {
            var sizes = Spaces.MixedSpaces.SizesOf(family.Tasks[task].Spec ?? family.Spec);
            var (observation, action) = (new float[sizes.ObservationSize], new float[sizes.ActionSize]);
            using var environment = family.Create(task);
            for (var episode = 0; episode < 2; episode++)
            {
                environment.Reset(episode % family.Tasks[task].Instances, KeyModule.At(episode, KeyModule.OfSeed(task)));
                while (environment.Status == EpisodeStatus.Running && environment.Steps < Steps)
                {
                    Array.Clear(action);
                    action[environment.Steps % action.Length] = 1;
                    environment.Step(action);
                    environment.Observe(observation);
                    seen.AddRange(observation);
                    seen.Add((float)environment.Reward);
                }
            }
        }

        return [.. seen];
    }
}
