using MtrlFunctional.Experiments;
using MtrlFunctional.Networks;
using MtrlFunctional.Storage;
using MtrlFunctional.Tests.Environments;
using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Training;
using NUnit.Framework;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Training;

/// <summary>Runs whose network has a module of TorchSharp.</summary>
[TestFixture]
public sealed class ModuleLayerRunTests
{
    private static readonly string[] _words =
    [
        "env=own/point", "agent.multitask.model=own/module", "setup.name=module", "setup.seed=1", "setup.threads=2", "setup.device=cpu",
        "experiment.num_train_steps=60", "experiment.eval_freq=30", "experiment.save_freq=30", "experiment.num_eval_episodes=1",
        "agent.actor.hidden_dim=16", "agent.critic.hidden_dim=16",
    ];

    private static readonly Dictionary<string, string[]> _agents = new()
    {
        ["state_sac"] = ["agent=state_sac", "experiment.init_steps=15", "replay_buffer.batch_size=12", "replay_buffer.capacity=150"],
        ["mtppo"] = ["agent=mtppo", "agent.on_policy.batch_size=60", "agent.on_policy.minibatch_size=30"],
        ["mttrpo"] = ["agent=mttrpo", "agent.on_policy.batch_size=60", "agent.on_policy.minibatch_size=60"],
    };

    private static readonly Extensions _module = new()
    {
        Environments = [OwnEnvironments.OfTasks("point", 15, PointTasks.Right, PointTasks.Left)],
        Networks =
        [
            OwnNetwork.OfTasks("module", sizes => Chain.Layer(
            [
                Tuple.Create("trunk", ModuleLayer.Of(inputs => new Trunk(inputs, sizes.Units))),
                Tuple.Create("head", PerTask.Layer(SpecModule.Layers(0, 0, sizes.Outputs))),
            ])),
        ],
    };

    private static IEnumerable<string> Agents() => _agents.Keys;

    [TestCaseSource(nameof(Agents))]
    public void AStoppedRunGoesOnAsIfNothingHadHappened(string agent)
    {
        using var folder = new TemporaryFolder();
        RunFolder whole, cut;
        using (var run = Start(folder["whole"], agent, _module))
        {
            Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
            whole = run.Folder;
        }

        var ending = _module with { Callbacks = new Callbacks { OnEvaluation = moment => moment.Step > 0 ? RunDecision.Stop : RunDecision.Continue } };
        using (var run = Start(folder["cut"], agent, ending))
        {
            Assert.That(run.Run(), Is.EqualTo(TrainingEnd.EndedEarly));
            cut = run.Folder;
        }

        var before = Agent(cut);
        using (var rest = TrainingRun.Resume(cut.Path, _module))
            Assert.That(rest.Run(), Is.EqualTo(TrainingEnd.Finished));
        Assert.That(Agent(cut), Is.EqualTo(Agent(whole)).And.Not.EqualTo(before));
        Assert.That(Actions(cut), Is.EqualTo(Actions(whole)).And.Some.Not.Zero);
        using var file = whole.Checkpoints.Latest()!.OpenTensors("agent.safetensors");
        Assert.That(file.Tensors.Select(tensor => tensor.Name), Has.Some.Contains("trunk/hidden/weight").And.Some.Contains("trunk/gain"));
    }

    private static TrainingRun Start(string basePath, string agent, Extensions extensions) => TrainingRun.Start(
        ExperimentBuilder.Resolve(extensions, [.. _words, .. _agents[agent], $"setup.base_path={basePath}"]), extensions);

    private static byte[] Agent(RunFolder run) =>
        File.ReadAllBytes(Path.Combine(run.Checkpoints.Latest()!.Folder, "agent.safetensors"));

    private static float[] Actions(RunFolder run)
    {
        using var policy = Policy.Load(run.Path, extensions: _module);
        var (observation, action) = (new float[policy.ObservationSize], new float[policy.ActionSize]);
        observation.AsSpan().Fill(0.3f);
        policy.Act(observation, 0, action);
        return action;
    }

    private sealed class Trunk : nn.Module<Tensor, Tensor>
    {
        private readonly Linear hidden;
        private readonly Parameter gain;
        private readonly Tensor scale;

        internal Trunk(int inputs, int units)
            : base(nameof(Trunk))
        {
            hidden = nn.Linear(inputs, units);
            gain = new Parameter(rand(units));
            scale = arange(1, inputs + 1) / (float)inputs;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            return (tanh(hidden.forward(x * scale)) * gain).MoveToOuterDisposeScope();
        }
    }
}
