namespace MtrlFunctional.Tests.Environments;

/// <summary>The guide to MTEnv's environments shows code that runs.</summary>
public class MTEnvGuideTests
{
    [Test]
    public void TheGuideHasEachEnvironment()
    {
        var guide = File.ReadAllText(Repository.PathOf("docs", "guides", "mtenv.md"));
        Assert.That(MTEnv.Ids.Where(id => !guide.Contains($"`{id}`", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void AnEpisodeOfASampledTask()
    {
        using var environment = MTEnv.Make("MT-CartPole-v0");
        environment.Seed(5);
        environment.SeedTask(15);
        environment.ResetTaskState();

        var observation = environment.Reset();
        for (var done = false; !done;)
        {
            // Pushes the cart to the side to which the pole leans.
            var step = environment.Step(observation.EnvObs[2] > 0 ? 1 : 0);
            (observation, done) = (step.Observation, step.Done);
        }

        Assert.That(observation.TaskObs, Is.EqualTo(environment.TaskState));
    }

    [Test]
    public void ATaskInAnotherInstance()
    {
        using var training = new NTasks(MTEnv.Make("MT-CartPole-v0"), count: 10, identified: true);
        training.SeedTask(15);
        var task = training.SampleTaskState();

        using var evaluation = new NTasks(MTEnv.Make("MT-CartPole-v0"), count: 10, identified: true);
        evaluation.Seed(1);
        evaluation.SeedTask(15);
        evaluation.SetTaskState(task);
        Assert.That(evaluation.Reset().TaskObs, Is.EqualTo(task));
    }
}
