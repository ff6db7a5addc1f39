namespace MtrlFunctional.Tests.Processes;

/// <summary>Off-policy runs that several processes train: the bits of one process, whatever their number.</summary>
public class SharedUpdateTests
{
    private static readonly string[] _tasks =
        ["env=metaworld-mt10", "env.tasks=[reach-v3,drawer-close-v3,push-v3]", "env.horizon=10", "agent.actor.hidden_dim=8"];

    private static readonly string[] _encoder =
    [
        "agent.multitask.should_use_task_encoder=True", "agent.multitask.task_encoder_cfg.model_cfg.embedding_dim=4",
        "agent.encoder.type_to_select=moe", "agent.encoder.moe.num_experts=2", "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention",
    ];

    private static readonly Dictionary<string, string[]> _agents = new()
    {
        ["mtsac"] = [.. _tasks, "agent=state_sac"],
        ["care"] = [.. _tasks, "agent=state_sac", .. _encoder],
        ["evaluated in training, rewards normalised"] =
            [.. _tasks, "agent=state_sac", "fidelity=original", "experiment.eval_freq=25"],
        ["surgery"] = [.. _tasks, "agent=state_sac", "agent.surgery.method=pcgrad"],
        ["weighted losses"] = [.. _tasks, "agent=state_sac", "agent.surgery.method=famo"],
        ["an agent each"] = [.. _tasks, "agent=state_distral"],
        ["doubles"] = [.. _tasks, "agent=state_sac", "setup.precision=fp64"],
        ["images, replay on a disk"] =
        [
            "env=dmc-cartpole-balance", "env.builder.make_kwargs.from_pixels=True", "agent=sac", "agent.num_filters=2",
            "agent.encoder_feature_dim=4", "replay_buffer.random_shift=4", "replay_buffer.backing=file", "env.horizon=10",
        ],
    };

    private static IEnumerable<TestCaseData> Cases() =>
        from agent in _agents.Keys
        from size in agent == "mtsac" ? new[] { 1, 4 } : [2]
        // What distinguishes these is tested in one process.
        select agent is "care" or "doubles" or "weighted losses" || size == 1
            ? new TestCaseData(agent, size).SetCategory(LongForm.Only)
            : new TestCaseData(agent, size);

    [TestCaseSource(nameof(Cases))]
    public void AnyNumberOfProcessesTrainsWhatOneTrains(string agent, int size)
    {
        using var folder = new TemporaryFolder();
        using (var run = TrainingRun.Start(Small(folder["alone"], _agents[agent])))
            run.Run();
        Train(size, Small(folder["together"], [.. _agents[agent], "setup.threads=1"]));
        Assert.That(State(folder["together"]), Is.EqualTo(State(folder["alone"])));
    }

    [Test]
    public void AnyNumberOfProcessesGoesOnFromACheckpoint([Values] bool hasReplay)
    {
        using var folder = new TemporaryFolder();
        string[] words = [.. _agents["mtsac"], "experiment.num_train_steps=35", $"experiment.save.buffer.should_save={hasReplay}"];
        string Resumed(string name, int size)
        {
            Train(2, Small(folder[name], words));
            ThreadCommunicator.Run(size, crew =>
            {
                using var run = TrainingRun.Resume(RunFolder.OfSeed(Path.Combine(folder[name], "small"), 1).Path, steps: 55, crew: crew);
                return run.Run();
            });
            return State(folder[name]);
        }

        Assert.That(Resumed("four", 4), Is.EqualTo(Resumed("one", 1)));
    }

    [Test]
    public void AStartFromAPolicyIsThatOfOneProcess()
    {
        using var folder = new TemporaryFolder();
        var policy = RunFolder.OfSeed(Path.Combine(folder["policy"], "small"), 1).Path;
        Train(2, Small(folder["policy"], _agents["mtsac"]));
        string Started(string name, int size)
        {
            Train(size, Small(folder[name], [.. _agents["mtsac"], $"agent.start={policy}"]));
            return State(folder[name]);
        }

        Assert.That(Started("two", 2), Is.EqualTo(Started("one", 1)).And.Not.EqualTo(State(folder["policy"])));
    }

    // In the evaluation before the first step, of 15 steps, and behind it.
    [TestCase(5)]
    [TestCase(25)]
    public void AFailureInTheTaskOfAnotherProcessNamesIt(int last)
    {
        using var folder = new TemporaryFolder();
        var steps = 0;
        var left = PointTasks.Left with
        {
            Reward = (_, _) => Interlocked.Increment(ref steps) > last ? throw new IOException("no arm") : 0,
        };
        var extensions = new Extensions { Environments = [OwnEnvironments.OfTasks("point", 15, PointTasks.Right, left)] };
        var experiment = ExperimentBuilder.Resolve(
            extensions, ["env=own/point", "agent=state_sac", "agent.actor.hidden_dim=8", .. Words(folder.Path)]);
        var failure = ThreadCommunicator.Run(
            2,
            crew =>
            {
                using var run = TrainingRun.Start(experiment, extensions, crew: crew);
                return Assert.Throws<MtrlException>(() => run.Run());
            },
            extensions: extensions);
        Assert.That(failure!.Message, Does.StartWith($"rank 1 on {Environment.MachineName}: left").And.Contain("no arm"));
    }

    private static TrainingEnd Train(int size, Experiment experiment) => ThreadCommunicator.Run(size, crew =>
    {
        using var run = TrainingRun.Start(experiment, crew: crew);
        return run.Run();
    });

    /// <summary>The agent that training has come to, and its evaluations.</summary>
    private static string State(string basePath)
    {
        var checkpoint = RunFolder.OfSeed(Path.Combine(basePath, "small"), 1).Checkpoints.Latest()!;
        var evaluations = ThreadCommunicator.Evaluations(RunFolder.OfSeed(Path.Combine(basePath, "small"), 1));
        return $"{checkpoint.Info.Step} {checkpoint.Files.Single(file => file.Name == RunState.AgentFile).Sha256} {evaluations}";
    }

    private static Experiment Small(string basePath, string[] words) => ExperimentBuilder.Resolve([.. Words(basePath), .. words]);

    private static string[] Words(string basePath) =>
    [
        $"setup.base_path={basePath}", "setup.name=small", "setup.seed=1", "setup.threads=2", "setup.parts=4", "setup.device=cpu",
        "experiment.num_train_steps=45", "experiment.init_steps=20", "experiment.eval_freq=100000", "experiment.num_eval_episodes=1",
        "experiment.save_freq=100000", "replay_buffer.batch_size=36", "replay_buffer.capacity=1000",
    ];
}
