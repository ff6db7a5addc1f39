namespace MtrlFunctional.Tests.Policies;

/// <summary>One policy that several threads use: actions are those of one thread, bit by bit.</summary>
public class SharedPolicyTests
{
    private const int Rounds = 50;

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
            TaskModel.Shared("outside", sizes => Chain.Layer(
            [
                Tuple.Create("trunk", SpecModule.Mlp(sizes.Layers, sizes.Units, sizes.Outputs)),
                Tuple.Create("outside", _squashedSquare),
            ])),
        ],
    };

    [TestCase("heads", Rounds)]
    [TestCase("spaces that differ", Rounds)]
    [TestCase("images", 3)]
    [TestCase("libtorch", 3)]
    public void APolicyActsOnEightThreadsAsOnOne(string network, int rounds)
    {
        using var agent = new UntrainedAgent(["agent.actor.hidden_dim=24", "agent.critic.hidden_dim=24", .. _words[network]], _outside);
        using var policy = agent.ToPolicy(network);
        Assert.That(policy.IsExportable, Is.EqualTo(network != "libtorch"));
        Concurrent.Equals(() => Actions(policy, rounds));
    }

    /// <summary>Whoever acts then gets an exception, and no freed memory is used.</summary>
    [Test]
    public void APolicyIsDisposedWhileOthersAct()
    {
        for (var round = 0; round < 5; round++)
        {
            var policy = Policy.Load("policy:mt10");
            var actions = 0;
            var acting = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                var action = new float[policy.ActionSize];
                while (true)
                {
                    policy.Act(new float[policy.ObservationSize], 0, action);
                    Interlocked.Increment(ref actions);
                }
            })).ToArray();
            Waiting.Until("at work", () => Volatile.Read(ref actions) > 100);
            policy.Dispose();
            foreach (var task in acting)
                Assert.That(async () => await task, Throws.InstanceOf<ObjectDisposedException>());
        }
    }

    [Test]
    public void AnEnvironmentInUseIsNotPlayed()
    {
        using var policy = Policy.Load("policy:mt10");
        using var environment = MetaWorld.Make("door-open", new() { MaxEpisodeSteps = 3 });
        using (environment.Keep())
            Assert.That(() => policy.Play(environment), Throws.InvalidOperationException.With.Message.Contains("in use"));
        Assert.That(policy.Play(environment).Steps, Is.EqualTo(3));
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
