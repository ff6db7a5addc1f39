using System.Runtime.InteropServices;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Microsoft.FSharp.Reflection;
using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Experiments;
using MtrlFunctional.Networks;
using MtrlFunctional.Replay;
using MtrlFunctional.Spaces;
using MtrlFunctional.Storage;
using MtrlFunctional.Tensors;
using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Training;
using NUnit.Framework;
using TorchSharp;

namespace MtrlFunctional.Tests.Training;

/// <summary>Training from pictures: soft actor-critic with a few convolutions on two tasks of DeepMind Control.</summary>
[TestFixture]
public class PictureTrainingTests
{
    private const int Horizon = 5;

    /// <summary>Only pictures are shifted, so the word is applied to them.</summary>
    private const string Shift = "replay_buffer.random_shift=4";

    /// <summary>Stopped among random actions, inside an episode, at its start.</summary>
    [TestCase(3, "memory")]
    [TestCase(9, "file")]
    [TestCase(10, "memory")]
    public void AStoppedAndResumedRunEqualsTheUninterruptedOne(int cut, string backing)
    {
        const int steps = 13;
        var experiment = Experiment($"replay_buffer.backing={backing}");
        using var folder = new TemporaryFolder();
        using var straight = new Run(experiment, null, folder.Path);
        straight.Advance(steps);

        using var stopped = new Run(experiment, null, folder.Path);
        stopped.Advance(cut);
        using var resumed = new Run(experiment, stopped.Save(folder, null), folder.Path);
        stopped.CopyLearner(resumed);
        resumed.Advance(steps - cut);

        Assert.That(resumed.Numbers(), Is.EqualTo(straight.Numbers()));
        Assert.That(resumed.Numbers(), Is.Not.EqualTo(stopped.Numbers()));
        Assert.That(resumed.Trainer.Learner.Updates, Is.EqualTo(straight.Trainer.Learner.Updates).And.GreaterThan(5));
        Assert.That(resumed.Frames(), Is.EqualTo(straight.Frames()));
    }

    [Test]
    public void ReplayHoldsTheFramesThatWereDrawn()
    {
        using var run = new Run(Experiment(), null, null);
        using var reference = ExperimentEnvironments.Create(Experiment(), "train", threads: 1);
        run.Advance(Horizon + 3);
        var environments = run.Trainer.Environments;
        Assert.That(environments.Observations.IsEmpty);
        Assert.That(environments.Rows.IsBytes);

        var replay = run.Trainer.Replay;
        reference.Reset();
        for (var task = 0; task < 2; task++)
        {
            var stored = replay.Transitions(task).ToList();
            Assert.That(stored, Has.Count.EqualTo(Horizon + 3));
            Assert.That(Bytes(stored[0].Obs), Is.EqualTo(reference.Rows.Row(task, reference.ObservationSize).Memory.ToArray()));
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
    }

    [Test]
    public void EvaluationPlaysPicturesAndLeavesTheTrainingAsItWas([Values(true, false)] bool separate)
    {
        using var run = new Run(Experiment($"behaviour.separate_evaluation={separate}"), null, null);
        run.Advance(2 * Horizon);
        var frames = run.Frames();
        var result = separate
            ? Evaluator.Run(run.Trainer.Learner, run.Trainer.EvaluationEnvironments!, 1, 0)
            : run.Trainer.EvaluateInTraining(0, default);
        Assert.That(result.Tasks.Select(task => task.Return), Is.All.InRange(0.0, (double)Horizon));
        Assert.That(run.Frames(), Is.EqualTo(frames));
        run.Advance(1);
        Assert.That(run.Frames(), Is.Not.EqualTo(frames));
    }

    [Test]
    public void RandomShiftsChangeUpdatesAndNothingElse()
    {
        using var plain = new Run(Experiment(), null, null);
        using var shifted = new Run(Experiment(Shift), null, null);
        plain.Advance(8);
        shifted.Advance(8);
        Assert.That(shifted.Numbers(), Is.Not.EqualTo(plain.Numbers()));
        Assert.That(
            shifted.Trainer.Replay.Transitions(0).First().Obs,
            Is.EqualTo(plain.Trainer.Replay.Transitions(0).First().Obs));
    }

    [Test]
    public void ResultsDoNotDependOnTheThreadsThatDraw()
    {
        using var one = ExperimentEnvironments.Create(Experiment(), "train", threads: 1);
        using var two = ExperimentEnvironments.Create(Experiment(), "train", threads: 2);
        var actions = new float[one.Count * one.ActionSize];
        one.Reset();
        two.Reset();
        for (var step = 0; step < Horizon + 2; step++)
        {
            Array.Fill(actions, step % 2 == 0 ? 1f : -0.5f);
            one.Step(actions);
            two.Step(actions);
            Assert.That(two.NextRows.Memory.SequenceEqual(one.NextRows.Memory), $"step {step}");
            one.ResetFinished();
            two.ResetFinished();
            Assert.That(two.Rows.Memory.SequenceEqual(one.Rows.Memory), $"step {step}");
        }
    }

    [Test]
    public void ASavedStateWithoutFramesIsRefused()
    {
        using var environments = ExperimentEnvironments.Create(Experiment(), "train", threads: 1);
        environments.Reset();
        var state = environments.Save();
        Assert.That(
            Assert.Throws<MtrlException>(() => environments.Restore(state with { Frames = null }))!.Message,
            Does.Contain("'frames' is missing"));
    }

    private static Experiment Experiment(params string[] words)
    {
        string[] all =
        [
            "env=dmc-19", "env.tasks=[pendulum-swingup,cartpole-balance]", "agent=state_sac", "setup.seed=1", "setup.device=cpu",
            "setup.threads=2", $"env.horizon={Horizon}", "experiment.init_steps=6", "replay_buffer.batch_size=4",
            "replay_buffer.capacity=16", "agent.actor.hidden_dim=8", "behaviour.one_hot_tasks=False",
            "behaviour.separate_evaluation=False",
            .. words.Where(word => !word.StartsWith(Shift, StringComparison.Ordinal)),
        ];
        var states = ExperimentModule.Resolve(ListModule.OfSeq(all)).ResultValue.Item1;
        var shift = words.Any(word => word.StartsWith(Shift, StringComparison.Ordinal)) ? 4 : 0;
        var control = With(states.Environment.DmControl, ("FromPixels", true));
        return With(
            states,
            ("Environment", With(states.Environment, ("DmControl", control))),
            ("ReplayBuffer", With(states.ReplayBuffer, ("RandomShift", shift))));
    }

    /// <summary>A copy of a record with other values of some fields.</summary>
    private static T With<T>(T record, params (string Name, object Value)[] changed)
        where T : notnull
    {
        var fields = FSharpType.GetRecordFields(typeof(T), null);
        var values = fields.Select(field => changed.FirstOrDefault(c => c.Name == field.Name).Value ?? field.GetValue(record)!);
        return (T)FSharpValue.MakeRecord(typeof(T), [.. values], null);
    }

    /// <summary>Two convolutions and a linear layer before actor and critics.</summary>
    private static AnyAgent Agent(Catalogue.AgentSetting setting, Experiment experiment)
    {
        var config = SacSetup.OfExperiment(
            setting.Precision, null, EnvironmentSpecModule.ObservationSize(setting.Environment), setting.Environment.Action, experiment);
        var encoder = Chain.Layer(ListModule.OfSeq(new[]
        {
            Tuple.Create("conv", Convolutions.Layer(new ConvolutionLayers(layers: 2, filters: 2))),
            Tuple.Create("linear", Mlp.Layer(new Layers(ListModule.Empty<int>(), 8, Activation.Relu))),
            Tuple.Create("tanh", Activate.Layer(Activation.Tanh)),
        }));
        return SacAlgorithm.Create(setting.Shards, RowDraw.Balanced, With(config, ("Networks", With(config.Networks, ("Encoder", encoder)))));
    }

    private static byte[] Bytes(float[] numbers) => Array.ConvertAll(numbers, number => (byte)number);

    private sealed class Run : IDisposable
    {
        private readonly LoopProgress _progress = new(2);

        internal Run(Experiment experiment, Checkpoint? checkpoint, string? folder)
        {
            Trainer = new OffPolicyTrainer(experiment, checkpoint, _progress, new Throughput(), agents: Agent, folder: folder);
            if (checkpoint is null)
                Trainer.Begin();
            else
                Trainer.Load(checkpoint);
        }

        internal OffPolicyTrainer Trainer { get; }

        internal void Advance(int steps)
        {
            for (var step = 0; step < steps; step++)
                Trainer.Advance(() => { }, default);
        }

        internal Checkpoint Save(TemporaryFolder folder, Checkpoint? earlier)
        {
            var home = new Checkpoints(folder["checkpoints"]);
            var info = new CheckpointInfo { Step = _progress.Step, Configuration = "", ProcessorModel = "", Threads = 2, Precision = "fp32" };
            using var writer = home.Begin(info, Trainer.BytesToSave(earlier));
            Trainer.Save(writer, earlier);
            return writer.Commit();
        }

        internal void CopyLearner(Run other)
        {
            using var scope = torch.NewDisposeScope();
            var saved = Trainer.Learner.Named().ToDictionary(named => named.Item1, named => named.Item2.clone());
            var faults = other.Trainer.Learner.Restore(
                FuncConvert.FromFunc<string, FSharpOption<torch.Tensor>?>(
                    name => saved.TryGetValue(name, out var tensor) ? FSharpOption<torch.Tensor>.Some(tensor) : null),
                Trainer.Learner.Updates);
            Assert.That(faults, Is.Empty);
            other._progress.Counters = _progress.Counters;
            _progress.Rewards.CopyTo(other._progress.Rewards, 0);
        }

        internal byte[] Numbers() =>
            [.. Trainer.Learner.Named().SelectMany(named => MemoryMarshal.AsBytes(named.Item2.ToFloats().AsSpan()).ToArray())];

        internal byte[] Frames() => Trainer.Environments.Rows.Memory.ToArray();

        public void Dispose() => Trainer.Dispose();
    }
}
