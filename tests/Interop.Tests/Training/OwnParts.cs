using TorchSharp.Modules;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace MtrlFunctional.Tests.Training;

/// <summary>Parts of a program, and words of runs with them.</summary>
internal static class OwnParts
{
    /// <summary>Of few steps in these environments.</summary>
    internal static readonly string[] Words =
    [
        "env=own/point", "setup.name=own", "setup.seed=1", "setup.threads=1", "setup.device=cpu", "experiment.num_train_steps=60",
        "experiment.eval_freq=30", "experiment.save_freq=30", "experiment.num_eval_episodes=1", "agent.actor.hidden_dim=16",
    ];

    internal static readonly string[] OffPolicy =
        ["agent=state_sac", "experiment.init_steps=15", "replay_buffer.batch_size=12", "replay_buffer.capacity=150"];

    internal static readonly string[] OnPolicy = ["agent=mtppo", "agent.on_policy.batch_size=60", "agent.on_policy.minibatch_size=30"];

    /// <summary>Two tasks, right and left.</summary>
    internal static readonly Extensions Points = new()
    {
        Environments = [OwnEnvironments.OfTasks("point", 15, PointTasks.Right, PointTasks.Left)],
    };

    /// <summary>These, and a network with a module of TorchSharp: own/module.</summary>
    internal static readonly Extensions Module = Points with
    {
        Networks =
        [
            TaskModel.OfTasks("module", sizes => Chain.Layer(
            [
                Tuple.Create("trunk", ModuleLayer.Of(inputs => new Trunk(inputs, sizes.Units))),
                Tuple.Create("head", PerTask.Layer(SpecModule.Layers(0, 0, sizes.Outputs))),
            ])),
        ],
    };

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
