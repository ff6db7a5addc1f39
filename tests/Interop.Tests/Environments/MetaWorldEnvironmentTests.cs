using MtrlFunctional.Tasks;

namespace MtrlFunctional.Tests.Environments;

public sealed class MetaWorldEnvironmentTests
{
    private static readonly string[] _names = [.. TestTasks.All.Select(slot => slot.Task.Name)];

    private SceneLibrary _scenes = null!;

    [SetUp]
    public void Open() => _scenes = new SceneLibrary();

    [TearDown]
    public void Close() => _scenes.Dispose();

    [TestCaseSource(nameof(_names))]
    public void TheScriptedExpertSucceeds(string name)
    {
        var slot = TestTasks.Slot(name);
        using var environment = new MetaWorldEnvironment(slot.Task, _scenes);
        // Recorded success of the experts on this engine: 0.90 (push) to 1.
        var successes = slot.Goals.Take(LongForm.IsAsked ? 5 : 2).Count(goal =>
        {
            environment.Reset(goal);
            while (environment.Status == EpisodeStatus.Running && !environment.Outcome.Success)
                environment.Step(slot.Task.Expert.Invoke(environment.Observation).AsSpan());
            return environment.Outcome.Success;
        });
        Assert.That(successes, Is.GreaterThanOrEqualTo(LongForm.IsAsked ? 4 : 1));
    }

    [Test]
    public void AGoalOfAnotherLengthIsRefused()
    {
        using var environment = new MetaWorldEnvironment(TestTasks.Slot("reach-v3").Task, _scenes);
        Assert.That(() => environment.Reset([0, 0, 0]), Throws.ArgumentException.With.Message.Contains("6 numbers, got 3"));
    }

    [Test]
    public void AHiddenGoalIsZeroAndNothingElseChanges()
    {
        var slot = TestTasks.Slot("drawer-open-v3");
        using var seeing = new MetaWorldEnvironment(slot.Task, _scenes);
        using var blind = new MetaWorldEnvironment(slot.Task, _scenes, goalVisible: false);
        seeing.Reset(slot.Goals[1]);
        blind.Reset(slot.Goals[1]);
        for (var n = 0; n < 5; n++)
        {
            Assert.That(blind.Observation[..36], Is.EqualTo(seeing.Observation[..36]));
            Assert.That(blind.Observation[36..], Is.EqualTo(new double[3]));
            Assert.That(seeing.Observation[36..], Is.Not.EqualTo(new double[3]));
            seeing.Step(TestTasks.Action(n).AsSpan());
            blind.Step(TestTasks.Action(n).AsSpan());
        }
    }

    [Test]
    public void RewardVersionsDiffer()
    {
        var slot = TestTasks.Slot("reach-v3");
        using var environment = new MetaWorldEnvironment(slot.Task, _scenes, reward: RewardVersion.V1);
        environment.Reset(slot.Goals[0]);
        environment.Step(TestTasks.Action(0).AsSpan());
        Assert.That(environment.Outcome.Reward, Is.EqualTo(environment.Evaluate(RewardVersion.V1).Reward));
        Assert.That(environment.Outcome.Reward, Is.Not.EqualTo(environment.Evaluate(RewardVersion.V2).Reward));
    }
}
