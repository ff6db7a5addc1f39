namespace MtrlFunctional.Tests.Training;

/// <summary>Training from pictures: soft actor-critic with two convolutions.</summary>
public class PictureTrainingTests
{
    private const int Horizon = 5;

    [Test]
    public void ReplayHoldsTheFramesThatWereDrawn()
    {
        using var trainer = Trainer();
        using var reference = ExperimentEnvironments.Create(Experiment(), evaluate: false, threads: 1, Extensions.None);
        Advance(trainer, Horizon + 3);
        var environments = trainer.Environments;
        Assert.That(environments.Observations.IsEmpty);
        Assert.That(environments.Rows.IsBytes);

        reference.Reset();
        var stored = trainer.Replay.Transitions(0).ToList();
        Assert.That(stored, Has.Count.EqualTo(Horizon + 3));
        Assert.That(
            Array.ConvertAll(stored[0].Obs, number => (byte)number), Is.EqualTo(reference.Rows.Row(0, reference.ObservationSize).Memory.ToArray()));
        for (var t = 0; t < stored.Count; t++)
        {
            var isLast = t % Horizon == Horizon - 1;
            var frame = stored[t].Obs.Length / 3;
            Assert.That(stored[t].NextObs[..(2 * frame)], Is.EqualTo(stored[t].Obs[frame..]), $"step {t}");
            if (!isLast && t + 1 < stored.Count)
                Assert.That(stored[t + 1].Obs, Is.EqualTo(stored[t].NextObs), $"step {t}");
            if (t % Horizon == 0)
                Assert.That(stored[t].Obs[frame..(2 * frame)], Is.EqualTo(stored[t].Obs[..frame]), $"step {t}");
            Assert.That(stored[t].NextObs[(2 * frame)..], Is.Not.EqualTo(stored[t].Obs[(2 * frame)..]), $"step {t}");
        }
    }

    [Test]
    public void EvaluationPlaysPicturesAndLeavesTheTrainingAsItWas([Values] bool separate)
    {
        using var trainer = Trainer($"behaviour.separate_evaluation={separate}");
        Advance(trainer, 2 * Horizon);
        byte[] Frames() => trainer.Environments.Rows.Memory.ToArray();
        var frames = Frames();
        var result = separate ? Evaluator.Run(trainer.Learner, trainer.EvaluationEnvironments!, 1, 0) : trainer.EvaluateInTraining(default);
        Assert.That(result.Tasks.Select(task => task.Return), Is.All.InRange(0.0, 2.0 * Horizon));
        Assert.That(Frames(), Is.EqualTo(frames));
        Advance(trainer, 1);
        Assert.That(Frames(), Is.Not.EqualTo(frames));
    }

    [Test]
    public void RandomShiftsChangeUpdatesAndNothingElse()
    {
        using var plain = Trainer("replay_buffer.random_shift=0");
        using var shifted = Trainer("replay_buffer.random_shift=4");
        Advance(plain, 8);
        Advance(shifted, 8);
        static float[] Numbers(OffPolicyTrainer trainer) => [.. trainer.Learner.Named().SelectMany(named => named.Item2.ToFloats())];
        Assert.That(Numbers(shifted), Is.Not.EqualTo(Numbers(plain)));
        Assert.That(shifted.Replay.Transitions(0).First().Obs, Is.EqualTo(plain.Replay.Transitions(0).First().Obs));
    }

    [Test]
    public void ASavedStateWithoutFramesIsRefused()
    {
        using var environments = ExperimentEnvironments.Create(Experiment(), evaluate: false, threads: 1, Extensions.None);
        environments.Reset();
        var state = environments.Save();
        Refused(() => environments.Restore(state with { Frames = null }), "'frames' is missing");
    }

    private static Experiment Experiment(params string[] words) => ExperimentBuilder.Resolve(
    [
        "env=dmc-cartpole-balance", "env.builder.make_kwargs.from_pixels=True", "agent=sac", "agent.num_filters=2", "agent.num_layers=2", "agent.encoder_feature_dim=4", "setup.seed=1",
        "setup.device=cpu", "setup.threads=2", $"env.horizon={Horizon}", "experiment.init_steps=6", "replay_buffer.batch_size=4",
        "replay_buffer.capacity=16", "agent.actor.hidden_dim=8", "behaviour.separate_evaluation=False", .. words,
    ]);

    private static OffPolicyTrainer Trainer(params string[] words)
    {
        var trainer = new OffPolicyTrainer(Experiment(words), null, Extensions.None);
        trainer.Begin();
        return trainer;
    }

    private static void Advance(OffPolicyTrainer trainer, int steps)
    {
        for (var last = trainer.State.Step + steps; trainer.State.Step < last;)
            trainer.Advance(() => { }, default);
    }
}
