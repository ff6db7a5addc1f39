using MtrlFunctional.Td3;

namespace MtrlFunctional.Tests.Training;

/// <summary>An algorithm that is not in the core, TD3, learns through the learner of all off-policy agents.</summary>
public class AddedAlgorithmTests
{
    private static EnvironmentSpec Spec => MtrlFunctional.Tasks.MetaWorld.MetaWorldSpaces.Spec(500);

    [Test]
    public void LearnsFromReplayAndResumesBitByBit()
    {
        var replay = Replay();
        using var straight = Create();
        using var stopped = Create();
        for (var step = 0; step < 6; step++)
            straight.Update(replay, step);
        for (var step = 0; step < 3; step++)
            stopped.Update(replay, step);

        using var scope = torch.NewDisposeScope();
        var saved = stopped.Named().ToDictionary(named => named.Item1, named => named.Item2.clone());
        using var resumed = Create();
        Assert.That(resumed.Restore(saved.GetValueOrDefault, stopped.Updates), Is.Empty);
        for (var step = 3; step < 6; step++)
            resumed.Update(replay, step);

        Assert.That(resumed.Updates, Is.EqualTo(6));
        Assert.That(Numbers(resumed), Is.EqualTo(Numbers(straight)));
        Assert.That(Numbers(resumed), Is.Not.EqualTo(Numbers(stopped)));
    }

    /// <summary>Also past the checks of memory and disk, which describe the agent before it is made.</summary>
    [Test]
    public void TrainsInARunAndIsEvaluated()
    {
        using var folder = new TemporaryFolder();
        var extensions = new Extensions { Algorithms = [Td3Entry.entry] };
        var experiment = ExperimentModule.ResolveWith(extensions.Additions, ListModule.OfSeq(new[]
        {
            "env=metaworld-mt1", "env.benchmark.env_name=reach-v3", "agent=td3", "setup.seed=1", "setup.device=cpu", "setup.threads=1", $"setup.base_path={folder.Path}",
            "agent.actor.hidden_dim=8", "replay_buffer.batch_size=4", "replay_buffer.capacity=100", "env.horizon=10",
            "experiment.init_steps=10", "experiment.num_train_steps=20", "experiment.num_eval_episodes=1",
        })).ResultValue.Item1;
        using (var run = TrainingRun.Start(experiment, extensions))
            run.Run();
        var result = RunEvaluation.Evaluate(
            RunFolder.OfSeed(experiment.Setup.SaveDir, 1).Path, new EvaluationOptions { Extensions = extensions });
        Assert.That(result.Step, Is.EqualTo(20));
    }

    private static OffPolicyLearner Create()
    {
        var added = AdditionsModule.OfAlgorithms(ListModule.OfSeq([Td3Entry.entry]));
        var words = ListModule.OfSeq(new[]
        {
            "env=metaworld-mt10", "agent=td3", "env.tasks=[reach-v3,push-v3,drawer-close-v3]", "setup.seed=1",
            "setup.device=cpu", "agent.actor.hidden_dim=16", "replay_buffer.batch_size=12",
        });
        var experiment = ExperimentModule.ResolveWith(added, words).ResultValue.Item1;
        return (OffPolicyLearner)Learner.Create(
            experiment, Spec, threads: 2, new Extensions { Algorithms = [Td3Entry.entry] });
    }

    private static float[] Numbers(ILearner learner) =>
        [.. learner.Named().SelectMany(named => named.Item2.ToFloats())];

    private static TaskReplay Replay()
    {
        var replay = new TaskReplay(new ReplayShape
        {
            Tasks = 3,
            Observation = ObservationLayout.Of(Spec),
            ActionWidth = 4,
            CapacityPerTask = 50,
            EpisodeLength = 20,
        });
        var random = new Random(1);
        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
        for (var task = 0; task < 3; task++)
        {
            // The second frame of an observation is that of the step before, at first the same again; the goal stays.
            var frame = Draw(18);
            float[] obs = [.. frame, .. frame, .. Draw(3)];
            replay.BeginEpisode(task, obs);
            for (var step = 0; step < 20; step++)
            {
                float[] next = [.. Draw(18), .. obs[..18], .. obs[36..]];
                replay.Add(task, Draw(4), (float)random.NextDouble(), next, terminal: step == 19);
                obs = next;
            }
        }

        return replay;
    }
}
