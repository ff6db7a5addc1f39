using Microsoft.FSharp.Core;
using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Networks;
using MtrlFunctional.Policies;
using MtrlFunctional.Tensors;
using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Training;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Policies;

/// <summary>One policy that several threads use: actions are those of one thread, bit by bit.</summary>
[TestFixture]
public class SharedPolicyTests
{
    private const int Rounds = 200;

    private static readonly Dictionary<string, string[]> _words = new()
    {
        ["heads"] = ["setup=metaworld", "env=metaworld-mt10", "agent=state_sac", "agent.multitask.should_use_multi_head_policy=True"],
        ["spaces that differ"] =
        [
            "env=mixed", "env.tasks=[reach,walker-walk,cartpole-swingup]", "agent=mtppo", "agent.on_policy.normalize_observations=True",
            "agent.on_policy.observations_per_task=True",
        ],
        ["images"] =
        [
            "env=dmc-cartpole-balance", "env.builder.make_kwargs.from_pixels=True", "agent=sac_ae", "agent.encoder.pixel.num_filters=4",
            "agent.encoder_feature_dim=8", "replay_buffer.batch_size=4", "replay_buffer.capacity=100",
        ],
        ["libtorch"] = ["setup=metaworld", "env=metaworld-mt10", "agent=state_sac", "agent.multitask.model=own/outside"],
    };

    /// <summary>tanh of a square, which no layer of the library is.</summary>
    private static readonly Spec _squashedSquare = Spec.Of("SquashedSquare", [], (_, _, sizes) => new Module(
        [], [], sizes.Features,
        FuncConvert.FromFunc<IReadOnlyDictionary<string, TorchSharp.torch.Tensor>, NetworkInput, TorchSharp.torch.Tensor>(
            (_, input) => input.Rows.square().tanh())));

    private static readonly Extensions _outside = new()
    {
        Networks =
        [
            OwnNetwork.Shared("outside", sizes => Chain.Layer(
            [
                Tuple.Create("trunk", SpecModule.Mlp(sizes.Layers, sizes.Units, sizes.Outputs)),
                Tuple.Create("outside", _squashedSquare),
            ])),
        ],
    };

    [Test]
    public void AShippedPolicyActsOnEightThreadsAsOnOne()
    {
        using var policy = Policy.Load("policy:mt10");
        Concurrent.Equals(() => Actions(policy, Rounds));
    }

    [TestCase("heads", Rounds)]
    [TestCase("spaces that differ", Rounds)]
    [TestCase("images", 3)]
    [TestCase("libtorch", 3)]
    public void APolicyActsOnEightThreadsAsOnOne(string network, int rounds)
    {
        var experiment = ExperimentBuilder.Resolve(
            _outside, ["setup.seed=1", "setup.threads=1", "agent.actor.hidden_dim=24", "agent.critic.hidden_dim=24", .. _words[network]]);
        using var environments = ExperimentEnvironments.Create(experiment, ExperimentEnvironments.Evaluate, 1);
        using var learner = Learner.Create(experiment, environments.Spec, 1, setting => _outside.Agent(setting, experiment));
        using var policy = Policy.Of(network, learner, new BorrowedPolicy(learner), environments, environments.TaskNames, experiment, step: 0);
        Assert.That(policy.IsExportable, Is.EqualTo(network != "libtorch"));
        Concurrent.Equals(() => Actions(policy, rounds));
    }

    [Test]
    public void ADisposedPolicyRefuses()
    {
        var policy = Policy.Load("policy:mt10");
        var action = Actions(policy, rounds: 1);
        policy.Dispose();
        Assert.That(action, Has.Some.Not.Zero);
        Assert.That(() => Actions(policy, rounds: 1), Throws.InstanceOf<ObjectDisposedException>());
    }

    /// <summary>Calls without a session would follow each other, whatever their task.</summary>
    [Test]
    public void ACallbackPlaysAPolicyWithAMemoryBySessions()
    {
        using var folder = new TemporaryFolder();
        var asked = 0;
        var callbacks = new Callbacks
        {
            OnCheckpoint = moment =>
            {
                var action = new float[moment.Policy.ActionSize];
                moment.Policy.Start(task: 0).Act(new float[moment.Policy.ObservationSize], action);
                Assert.That(action, Has.Some.Not.Zero);
                Assert.That(
                    () => moment.Policy.Act(new float[moment.Policy.ObservationSize], task: 0, action),
                    Throws.InvalidOperationException.With.Message.Contains("policy.Start(task)"));
                asked++;
                return RunDecision.Stop;
            },
        };
        var extensions = new Extensions { Callbacks = callbacks };
        var experiment = ExperimentBuilder.Resolve(
            extensions,
            [
                "env=metaworld-mt1", "env.horizon=10", "agent=rl2", "agent.rl2.units=8", "agent.rl2.episodes_per_trial=3", "setup.name=shared",
                "setup.seed=1", "setup.threads=1", $"setup.base_path={folder.Path}", "experiment.num_train_steps=60", "experiment.save_freq=30",
                "experiment.eval_freq=30", "experiment.num_eval_episodes=1", "agent.on_policy.batch_size=60", "agent.on_policy.minibatch_size=30",
            ]);
        using var run = TrainingRun.Start(experiment, extensions);
        run.Run();
        Assert.That(asked, Is.Positive);
    }

    /// <summary>Actions of all tasks in turn, by single calls and by batches.</summary>
    private static float[] Actions(Policy policy, int rounds)
    {
        var tasks = policy.Tasks.Count;
        var (observations, actions) = (new float[tasks * policy.ObservationSize], new float[2 * tasks * policy.ActionSize]);
        var all = new List<float>();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < observations.Length; i++)
                observations[i] = MathF.Sin(i + round);
            for (var task = 0; task < tasks; task++)
                policy.Act(
                    observations.AsSpan(task * policy.ObservationSize, policy.ObservationSize), task,
                    actions.AsSpan(task * policy.ActionSize, policy.ActionSize));
            policy.ActBatch(observations, [.. Enumerable.Range(0, tasks)], actions.AsSpan(tasks * policy.ActionSize));
            all.AddRange(actions);
        }

        return [.. all];
    }
}
