using MtrlFunctional.Cadm;

namespace MtrlFunctional.Tests.Processes;

/// <summary>Runs whose episodes several processes play: the bits of one process, whatever their number.</summary>
public class CrewTests
{
    private static readonly string[] _tasks = ["env=metaworld-mt10", "env.tasks=[reach-v3,drawer-close-v3]"];
    private static readonly string[] _hidden = ["env=metaworld-ml1", "env.benchmark.env_name=reach"];
    private static readonly string[] _batches = ["agent.on_policy.batch_size=120", "agent.on_policy.minibatch_size=30"];

    private static readonly Dictionary<string, string[]> _agents = new()
    {
        ["mtppo"] =
        [
            .. _tasks, .. _batches, "agent=mtppo", "agent.on_policy.min_episodes=1",
            "agent.on_policy.steps_after_success=2", "agent.on_policy.remembered_successes=2", "agent.on_policy.slow_noise_correlation=0.9",
        ],
        ["tasks in turn"] =
        [
            .. _tasks, .. _batches, "agent=mtppo", "behaviour.equal_episodes_per_task=False", "agent.on_policy.workers=2",
            "agent.on_policy.std_per_task=False",
        ],
        ["lag"] = [.. _tasks, .. _batches, "agent=impala", "agent.on_policy.lag=1"],
        ["mttrpo"] = [.. _tasks, .. _batches, "agent=mttrpo"],
        ["surgery"] = [.. _tasks, .. _batches, "agent=mtppo", "agent.surgery.method=pcgrad"],
        ["an agent each"] = [.. _tasks, .. _batches, "agent=mtppo", "agent.multitask.model=separate"],
        ["rl2"] = [.. _hidden, .. _batches, "agent=rl2", "agent.rl2.episodes_per_trial=2", "agent.rl2.exploration_episodes=1", "agent.rl2.units=8", "agent.ppo.epochs=2"],
        ["shared updates"] =
        [
            .. _tasks, .. _batches, "agent=mtppo", "setup.parts=4", "agent.multitask.should_use_task_encoder=True",
            "agent.multitask.task_encoder_cfg.model_cfg.embedding_dim=4", "agent.encoder.type_to_select=moe",
            "agent.encoder.moe.num_experts=2", "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention", "agent.on_policy.max_grad_norm=0.5",
        ],
        ["an extension"] =
        [
            .. _tasks, .. _batches, "agent=cadm_mtppo", "agent.cadm.units=6", "agent.cadm.history=3", "agent.cadm.future=1",
        ],
        ["maml"] = [.. _hidden, "agent=maml", "agent.maml.meta_batch_size=3", "agent.maml.episodes_per_step=4"],
    };

    private static IEnumerable<TestCaseData> Cases() =>
        from agent in _agents.Keys
        from size in agent switch { "mtppo" => new[] { 1, 4 }, "shared updates" => [2, 3, 4], _ => [3] }
        // The other tests are of these, and every run without a crew is one of a single process.
        select agent is "lag" or "mttrpo" or "surgery" || size == 1 ? new TestCaseData(agent, size).SetCategory(LongForm.Only) : new TestCaseData(agent, size);

    [TestCaseSource(nameof(Cases))]
    public void AnyNumberOfProcessesTrainsWhatOneTrains(string agent, int size)
    {
        using var folder = new TemporaryFolder();
        var (alone, together) = (Small(folder["alone"], _agents[agent]), Small(folder["together"], _agents[agent]));
        using (var run = TrainingRun.Start(alone, CadmExtension.extensions))
            run.Run();
        ThreadCommunicator.Run(
            size,
            crew =>
            {
                using var run = TrainingRun.Start(together, CadmExtension.extensions, crew: crew);
                return run.Run();
            },
            extensions: CadmExtension.extensions);
        Assert.That(State(folder["together"]), Is.EqualTo(State(folder["alone"])));
    }

    [Test]
    public void AStopOfAnyProcessSavesAndAnyNumberOfThemGoesOn()
    {
        using var folder = new TemporaryFolder();
        var (alone, together) = (Small(folder["alone"], _agents["lag"]), Small(folder["together"], _agents["lag"]));
        using (var run = TrainingRun.Start(alone))
            run.Run();
        TrainingEnd Train(int size, bool stops) => ThreadCommunicator.Run(
            size,
            crew =>
            {
                using var run = TrainingRun.Start(together, crew: crew);
                return run.Run();
            },
            new CancellationToken(stops));
        Assert.That(Train(2, stops: true), Is.EqualTo(TrainingEnd.Stopped));
        Assert.That(State(folder["together"]).Step, Is.LessThan(State(folder["alone"]).Step));
        Assert.That(Train(3, stops: false), Is.EqualTo(TrainingEnd.Finished));
        Assert.That(State(folder["together"]), Is.EqualTo(State(folder["alone"])));
    }

    [Test]
    public void OneCrewTrainsOneRunAfterTheOther()
    {
        using var folder = new TemporaryFolder();
        var state = ThreadCommunicator.Run(2, crew =>
        {
            foreach (var name in new[] { "first", "second" })
            {
                using var run = TrainingRun.Start(Small(folder[name], _agents["mttrpo"]), crew: crew);
                run.Run();
            }

            return State(folder["second"]);
        });
        Assert.That(state, Is.EqualTo(State(folder["first"])));
    }

    [TestCase("agent=state_sac setup.parts=2", "off-policy")]
    [TestCase("agent=state_sac setup.parts=4", "power of two")]
    [TestCase("agent.on_policy.asynchronous=True agent.on_policy.lag=1", "asynchronous")]
    [TestCase("agent.on_policy.batch_size=20 agent.on_policy.minibatch_size=20", "has 2 episodes")]
    public void WhatSeveralProcessesCannotShareIsRefused(string words, string why)
    {
        using var folder = new TemporaryFolder();
        var experiment = Small(folder["run"], [.. _tasks, "agent=mtppo", .. words.Split(' ')]);
        var refused = ThreadCommunicator.Run(3, crew => Assert.Throws<MtrlException>(() => TrainingRun.Start(experiment, crew: crew).Dispose()));
        Assert.That(refused!.Message, Does.Contain(why).And.Contain("3"));
        Assert.That(Directory.Exists(folder["run"]), Is.False);
    }

    [Test]
    public void TheFailureOfAProcessNamesItAndTheOthersGoOn([Values] bool everywhere)
    {
        var processes = ThreadCommunicator.Create(3);
        string[] Of(int rank)
        {
            using var crew = new Crew(processes[rank]);
            var read = new List<string>();
            void Exchange(Exception? failure) => crew.Together(() =>
            {
                if (failure is not null)
                    throw failure;
                crew.Exchange(writer => writer.Write($"rows of {rank}"), reader => read.Add(reader.ReadString()), everywhere);
            });
            try
            {
                Exchange(rank == 1 ? new MtrlException("no arm", ExitCode.WrongInput) : null);
            }
            catch (MtrlException e) when (rank == 0)
            {
                read.Add($"{e.ExitCode}: {e.Message}");
            }

            Exchange(null);

            // Rank 0 ends the others.
            if (rank > 0)
                crew.Serve();
            return [.. read];
        }

        var others = new[] { 1, 2 }.Select(rank => Task.Run(() => Of(rank))).ToArray();
        string[] Rows(int but) => everywhere ? [.. new[] { 0, 1, 2 }.Where(rank => rank != but).Select(rank => $"rows of {rank}")] : [];
        Assert.That(Of(0), Is.EqualTo(new[] { $"2: rank 1 on {Environment.MachineName}: no arm", "rows of 1", "rows of 2" }));
        Assert.That(others[0].Result, Is.EqualTo(Rows(1)));
        Assert.That(others[1].Result, Is.EqualTo(Rows(2)));
    }

    [Test]
    public void AFailureBeforeTheRowsIsToldInTheirPlace()
    {
        // No process was prepared, so that the others fail.
        var (own, other) = ThreadCommunicator.Run(3, crew => (
            Assert.Throws<MtrlException>(() => crew.Together<bool>("first", _ => { }, () => throw new MtrlException("no memory"))),
            Assert.Throws<MtrlException>(() => crew.Together("second", _ => { }, () =>
            {
                crew.Exchange(_ => { }, _ => { }, everywhere: false);
                return true;
            }))));
        Assert.That(own!.Message, Is.EqualTo("no memory"));
        Assert.That(other!.Message, Does.Contain("rank 1").And.Contain("rank 2"));
    }

    /// <summary>What training has come to.</summary>
    private static (long Step, string Agent, string Tasks, string Evaluations) State(string basePath)
    {
        var folder = RunFolder.OfSeed(Path.Combine(basePath, "small"), 1);
        var checkpoint = folder.Checkpoints.Latest()!;
        string Hash(string name) => checkpoint.Files.FirstOrDefault(file => file.Name == name)?.Sha256 ?? "";
        return (checkpoint.Info.Step, Hash(RunState.AgentFile), Hash("task_episodes.safetensors"), ThreadCommunicator.Evaluations(folder));
    }

    private static Experiment Small(string basePath, string[] words) => ExperimentBuilder.Resolve(
        CadmExtension.extensions,
        [
            $"setup.base_path={basePath}", "setup.name=small", "setup.seed=1", "setup.threads=2", "setup.device=cpu", "env.horizon=10",
            "experiment.num_train_steps=150", "experiment.eval_freq=50", "experiment.num_eval_episodes=1", "agent.actor.hidden_dim=8", .. words,
        ]);
}
