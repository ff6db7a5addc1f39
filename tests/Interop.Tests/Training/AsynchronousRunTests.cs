using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Training;

/// <summary>Runs whose iterations are played without waiting for updates.</summary>
public class AsynchronousRunTests
{
    /// <summary>Stopped twice. The iterations are played again, each by the policy that its logged lag names.</summary>
    [TestCase("impala", 3)]
    [TestCase("impala", 1, Category = LongForm.Only)]
    [TestCase("mtppo", 2, "agent.on_policy.steps_after_success=0", "env.horizon=40")]
    [TestCase("mttrpo", 2, "agent.multitask.model=separate", Category = LongForm.Only)]
    [TestCase("rl2", 2, "agent.rl2.units=4", "agent.rl2.episodes_per_trial=3", Category = LongForm.Only)]
    public void ARunIsTheUpdatesThatItsLagsName(string agent, int most, params string[] words)
    {
        using var folder = new TemporaryFolder();
        var experiment = Small(folder["runs"], agent, most, words);
        var run = Stopped(experiment, 30, 60);
        var lines = Lags(run);

        using var scope = torch.NewDisposeScope();
        using var sampler = new EpisodeSampler(experiment, 2, Extensions.None);
        using var learner = (OnPolicyLearner)Learner.Create(experiment, sampler.Spec, 2, Extensions.None);
        var (step, total) = (0L, experiment.Schedule.NumTrainSteps);
        foreach (var (end, lag) in lines)
        {
            var player = learner.BehaviourPolicies[most - lag];
            var sampled = sampler.Sample(learner.Updates, player, learner.NoiseSize, _ => { }, CancellationToken.None);
            learner.Update(step, sampled.Episodes, step / (double)total, lag);
            step += SamplingPlanModule.StepsOfTask(experiment) - (sampled.StepsLeftOut / 3);
            Assert.That(end, Is.EqualTo(step), "counted once, also where the run was stopped");
        }

        using var saved = run.Checkpoints.Latest()!.OpenTensors(RunState.AgentFile);
        Assert.That(lines.Select(line => line.Lag), Is.All.InRange(0, most));
        Assert.That(step, Is.EqualTo(run.Checkpoints.Latest()!.Info.Step));
        Assert.That(step, Is.GreaterThanOrEqualTo(total));
        foreach (var (name, tensor) in learner.Named())
            Assert.That(TensorFiles.Read(saved, name).ToDoubles(), Is.EqualTo(tensor.ToDoubles()), name);
    }

    [Test]
    public void ABundleOfAnUpdateHasItsLag()
    {
        using var folder = new TemporaryFolder();
        var experiment = Small(folder["runs"], "impala", 2);
        using var scope = torch.NewDisposeScope();
        using var sampler = new EpisodeSampler(experiment, 2, Extensions.None);
        using var learner = (OnPolicyLearner)Learner.Create(experiment, sampler.Spec, 2, Extensions.None);
        SampledEpisodes Sample() =>
            sampler.Sample(learner.Updates, learner.BehaviourPolicies[1], learner.NoiseSize, _ => { }, CancellationToken.None);
        for (var i = 0; i < 3; i++)
            learner.Update(15 * i, Sample().Episodes, progress: 0, lag: 1);

        var sampled = Sample();
        var state = learner.Named().ToDictionary(named => named.Item1, named => named.Item2.clone());
        (state.First(named => named.Key.StartsWith("optimizer/policy/first", StringComparison.Ordinal)).Value).Span<float>()[0] = float.NaN;
        Assert.That(learner.Restore(state.GetValueOrDefault, learner.Updates), Is.Empty);
        learner.Crashes = new CrashReports(folder["crash"], ExperimentModule.Render(experiment), 2, sampler.TaskNames.ToArray());
        Assert.That(() => learner.Update(45, sampled.Episodes, progress: 0, lag: 1), Throws.InstanceOf<MtrlException>());

        var bundle = Path.Combine(folder["crash"], "update-3");
        using var sample = SafetensorsFile.Open(new CrashBundle(bundle).SampleFile);
        Assert.That(sample.ReadLongs("lag"), Is.EqualTo(new long[] { 1 }));
        Assert.That(UpdateReproduction.Of(bundle).Different, Is.Empty);
    }

    /// <summary>A run that is stopped after some steps of each task, and resumed each time.</summary>
    private static RunFolder Stopped(Experiment experiment, params long[] cuts)
    {
        var folder = RunFolder.OfSeed(experiment.Setup.SaveDir, 1);
        foreach (var cut in cuts)
        {
            using var run = Directory.Exists(folder.Path) ? TrainingRun.Resume(folder.Path) : TrainingRun.Start(experiment);
            run.RunUntil(() => run.Step >= cut);
        }

        using var last = TrainingRun.Resume(folder.Path);
        Assert.That(last.Run(), Is.EqualTo(TrainingEnd.Finished));
        return folder;
    }

    private static (long Step, int Lag)[] Lags(RunFolder run) =>
    [
        .. from record in MetricsLog.Read(run.MetricsFile)
           where record.Mode == "train"
           select (record.Step, (int)record.Values["lag"]),
    ];

    private static Experiment Small(string basePath, string agent, int lag, params string[] words) => ExperimentBuilder.Resolve(
    [
        "env=metaworld-mt10", $"agent={agent}", $"setup.base_path={basePath}", "setup.name=small", "setup.seed=1",
        "setup.threads=2", "setup.device=cpu", "env.tasks=[reach-v3,push-v3,drawer-close-v3]", "env.horizon=15",
        "experiment.num_train_steps=90", "experiment.eval_freq=30", "experiment.save_freq=30",
        "experiment.num_eval_episodes=1", "agent.actor.hidden_dim=16", "agent.on_policy.batch_size=45",
        "agent.on_policy.minibatch_size=15", "agent.on_policy.value_epochs=2", "agent.on_policy.normalize_observations=True",
        "agent.on_policy.asynchronous=True", $"agent.on_policy.lag={lag}", .. words,
    ]);
}
