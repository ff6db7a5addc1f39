using MtrlFunctional.Cadm;
using MtrlFunctional.Td3;

namespace MtrlFunctional.Tests.Training;

/// <summary>
/// A real run, small: stopped anywhere and resumed it ends as the one that was never stopped, bit by
/// bit: parameters, optimisers, environments, counters, replay, logs.
/// </summary>
public class ResumeTests
{
    private static readonly string[] _metaWorld = ["env=metaworld-mt10", "env.tasks=[reach-v3,push-v3,drawer-close-v3]", "env.horizon=15"];

    /// <summary>Enough to stop inside an episode with updates, and to go on over a boundary.</summary>
    private static readonly string[] _offPolicy =
    [
        .. _metaWorld, "agent=state_sac", "experiment.init_steps=15", "experiment.num_train_steps=45", "experiment.eval_freq=30",
        "experiment.save_freq=30", "experiment.conflicts_freq=7", "replay_buffer.batch_size=12", "replay_buffer.capacity=150",
        "agent.actor.hidden_dim=16",
    ];

    private static readonly string[] _iterations =
        [.. _metaWorld, "experiment.num_train_steps=90", "experiment.eval_freq=30", "experiment.save_freq=30", "experiment.conflicts_freq=2", "agent.actor.hidden_dim=16"];

    private static readonly string[] _onPolicy =
    [
        .. _iterations, "agent=mtppo", "agent.on_policy.batch_size=90", "agent.on_policy.minibatch_size=30", "agent.on_policy.value_epochs=2",
        "agent.on_policy.std_per_task=False", "agent.on_policy.normalize_observations=True",
    ];

    private static readonly string[] _encoder = ["agent.multitask.should_use_task_encoder=True"];

    private static readonly string[] _care =
    [
        .. _encoder, "agent.encoder.type_to_select=moe", "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention",
        "agent.encoder.moe.num_experts=4", "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True",
    ];

    private static readonly string[] _projected =
        ["agent.multitask.should_use_pal=True", "agent.multitask.pal_cfg.residual_mode=project", "agent.multitask.pal_cfg.pal_dim=5"];

    private static readonly string[] _heads = ["agent.multitask.should_use_multi_head_policy=True"];

    private static readonly string[] _gru =
        ["agent.context.method=gru", .. _encoder, "agent.context.units=4", "agent.context.episodes_per_trial=3", "agent.ppo.epochs=2"];

    private static readonly string[] _rl2 = ["agent=rl2", "agent.rl2.units=4", "agent.rl2.episodes_per_trial=3", "agent.ppo.epochs=2"];

    private static readonly string[] _images =
    [
        "env=dmc-cartpole-balance", "env.builder.make_kwargs.from_pixels=True", "agent=sac", "agent.num_filters=2", "agent.encoder_feature_dim=4",
        "agent.actor.hidden_dim=8", "env.horizon=5", "experiment.init_steps=4", "experiment.num_train_steps=13", "experiment.eval_freq=6",
        "experiment.save_freq=6", "replay_buffer.batch_size=8", "replay_buffer.capacity=16", "replay_buffer.random_shift=4",
    ];

    private static readonly Extensions _td3 = new() { Algorithms = [Td3Entry.entry] };

    /// <summary>A run, and the steps after which it is stopped; of on-policy agents, within the iteration after each.</summary>
    private sealed record Case(string[] Words, params long[] Cuts)
    {
        internal Extensions Extensions { get; init; } = Extensions.None;

        internal bool IsLong { get; init; }

        /// <summary>What is asserted of the whole run.</summary>
        internal Action<RunFolder> Check { get; init; } = _ => { };

        internal Experiment In(string folder) => ExperimentBuilder.Resolve(
            Extensions,
            ["setup.seed=1", "setup.threads=2", "setup.device=cpu", "experiment.num_eval_episodes=1", .. Words, "setup.name=small", $"setup.base_path={folder}"]);
    }

    private static readonly Dictionary<string, Case> _cases = new()
    {
        ["SAC"] = new([.. _offPolicy, "experiment.num_train_steps=75"], 20, 60),
        ["SAC, among random actions"] = new(_offPolicy, 7) { IsLong = true },
        ["SAC, after random actions"] = new(_offPolicy, 16) { IsLong = true },
        ["SAC, boundaries inside episodes"] = new(
            [.. _offPolicy, "experiment.log_freq=10", "experiment.eval_freq=20", "experiment.save_freq=8", "env.reward_normalization=running"], 33, 41),
        ["SAC as coded"] = new([.. _offPolicy, "fidelity=original"], 33) { IsLong = true },
        ["SAC, experts and projected layers"] = new([.. _offPolicy, .. _care, .. _projected], 20) { IsLong = true },
        ["SAC, an agent each"] = new([.. _offPolicy, "agent.multitask.model=separate"], 20) { IsLong = true },
        ["SAC, tasks inferred"] = new(
            [.. _offPolicy, "agent.context.method=set", .. _encoder, "agent.context.window=25", "agent.context.transitions=6", "agent.context.explore_every=4"], 33),
        ["Distral"] = new([.. _offPolicy, "agent=state_distral", "agent.encoder.type_to_select=feedforward"], 20),
        ["PCGrad as coded"] = new([.. _offPolicy, .. _heads, "agent=pcgrad_state_sac", "fidelity=original"], 20) { IsLong = true },
        ["GradNorm as coded"] = new([.. _offPolicy, .. _care, "agent=gradnorm_state_sac", "fidelity=original"], 20) { IsLong = true },
        ["SAC from images"] = new(_images, 3, 9) { IsLong = true },
        ["SAC from images, replay on a disk"] = new([.. _images, "replay_buffer.backing=file"], 9, 10),
        ["SAC, sticky variants"] = new(
            [
                .. _offPolicy[3..], "env=dmc-walker-walk-vary-len", .. _heads, "env.horizon=15", "experiment.conflicts_freq=0",
                "env.train=[4,9]", "env.eval.base=[4]", "env.eval.interpolation=[]", "env.eval.extrapolation=[]",
                "env.builder.make_kwargs.sticky_observation_cfg.should_use=True", "env.builder.make_kwargs.sticky_observation_cfg.last_k=2",
            ],
            33),
        ["SAC, choices"] = new(["env=mt-acrobot", "env.horizon=15", .. _offPolicy[3..]], 20) { IsLong = true },
        ["SAC, mixed spaces and choices"] = new(["env=mixed", "env.tasks=[reach,walker-walk,mt-cartpole]", "env.horizon=16", .. _offPolicy[3..]], 20),
        ["HiP-BMDP"] = new([.. _offPolicy, "agent=hipbmdp", "agent.encoder.type_to_select=feedforward"], 20),
        ["TD3"] = new([.. _offPolicy, "agent=td3"], 20) { Extensions = _td3, Check = IsEvaluated },
        ["CaDM"] = new(
            [
                .. _offPolicy[4..^1], "env=mt-cartpole", "env.horizon=15", "agent=cadm", "agent.cadm.units=8", "agent.cadm.candidates=20",
                "agent.cadm.horizon=5", "agent.cadm.history=4", "agent.cadm.future=3",
            ],
            20)
        { Extensions = CadmExtension.extensions, IsLong = true },
        ["SAC, own environments and module"] = new([.. OwnParts.Words, .. OwnParts.OffPolicy, "agent.multitask.model=own/module"], 33) { Extensions = OwnParts.Module, Check = HasModule },
        ["PPO"] = new(_onPolicy, 0, 30, 60) { IsLong = true },
        ["PPO as coded"] = new([.. _onPolicy, "fidelity=original"], 0, 30, 60) { IsLong = true },
        ["PPO, entropies tuned, correlated noise of an earlier policy"] = new(
            [
                .. _onPolicy, "agent.on_policy.entropy_method=tuned", "agent.on_policy.entropy_coefficient=1e-3", "agent.on_policy.std_per_task=True",
                "agent.on_policy.lag=1", "agent.on_policy.noise_correlation=0.8",
            ],
            0, 60),
        ["PPO, an agent each"] = new([.. _onPolicy, "agent.multitask.model=separate"], 30),
        ["PPO, successes remembered"] = new(
            [
                .. _onPolicy, "env.tasks=[reach-v3,drawer-close-v3]", "env.horizon=60", "agent.on_policy.batch_size=720",
                "agent.on_policy.minibatch_size=240", "agent.on_policy.remembered_successes=2", "agent.on_policy.slow_noise_correlation=0.9",
                "experiment.num_train_steps=720", "experiment.eval_freq=720", "experiment.save_freq=360",
            ],
            360)
        { Check = RemembersSuccesses },
        ["PPO, observations of each task"] = new([.. _onPolicy, "agent.on_policy.lag=1", "agent.on_policy.observations_per_task=True"], 30) { IsLong = true },
        ["PPO, episodes by progress"] = new(
            [
                .. _onPolicy, "env.tasks=[reach-v3,handle-press-v3,drawer-close-v3]", "env.horizon=120", "agent.on_policy.batch_size=1440",
                "agent.on_policy.minibatch_size=480", "agent.on_policy.min_episodes=1", "agent.on_policy.episodes_by=progress",
                "experiment.num_train_steps=960", "experiment.eval_freq=960", "experiment.save_freq=480",
            ],
            480)
        {
            IsLong = true,
            Check = run => Assert.That(
                File.ReadLines(run.MetricsFile).Any(line => Regex.IsMatch(line, "\"episodes_env_index_[12]\":[5-9][,}]")), "a task has more than the mean of four"),
        },
        ["PPO, linear values, episodes of an earlier policy that end at success"] = new(
            [
                .. _onPolicy, "agent.on_policy.value_function=linear", "agent.on_policy.lag=1", "agent.on_policy.steps_after_success=0",
                "env.horizon=40",
            ],
            30),
        ["PPO, mixed spaces"] = new(
            [
                "env=mixed", "env.tasks=[reach,walker-walk,cartpole-swingup]", "env.horizon=16", .. _onPolicy[3..], "agent.multitask.adapter=per_embodiment",
                "agent.on_policy.observations_per_task=True",
            ],
            30)
        { IsLong = true },
        ["PPO, GradNorm"] = new([.. _onPolicy, "agent.surgery.method=gradnorm"], 30) { IsLong = true },
        ["PPO, memory"] = new([.. _onPolicy, .. _gru], 30) { IsLong = true },
        ["PPO, memory, hypernetwork and PCGrad"] = new(
            [.. _onPolicy, .. _gru, "agent.context.losses=[policy]", "agent.multitask.model=hypernetwork", "agent.on_policy.lag=1", "agent.surgery.method=pcgrad"], 30)
        { IsLong = true },
        ["PPO, dynamics"] = new([.. _onPolicy, "agent=cadm_mtppo", "agent.cadm.units=6", "agent.cadm.history=3", "agent.cadm.future=1", "agent.surgery.method=pcgrad"], 30)
        { Extensions = CadmExtension.extensions },
        ["PPO, own environments and module"] = new([.. OwnParts.Words, .. OwnParts.OnPolicy, "agent.multitask.model=own/module"], 30) { Extensions = OwnParts.Module, Check = HasModule },
        ["TRPO, FAMO"] = new([.. _onPolicy, "agent=mttrpo", "agent.surgery.method=famo"], 30),
        ["TRPO, an agent each, of an earlier policy"] = new([.. _onPolicy, "agent=mttrpo", "agent.on_policy.lag=2", "agent.multitask.model=separate"], 30) { IsLong = true },
        ["TRPO, own environments and module"] = new(
            [.. OwnParts.Words, .. OwnParts.OnPolicy, "agent=mttrpo", "agent.multitask.model=own/module"], 30)
        { Extensions = OwnParts.Module, Check = HasModule, IsLong = true },
        ["IMPALA"] = new([.. _onPolicy, "agent=impala", "agent.impala.lag=3"], 30),
        ["RL²"] = new([.. _onPolicy, .. _rl2], 30),
        ["RL², of an earlier policy"] = new([.. _onPolicy, .. _rl2, "agent.on_policy.value_function=squared", "agent.on_policy.lag=1"], 30) { IsLong = true },
        ["MAML"] = new([.. _iterations, "agent=maml", "agent.maml.meta_batch_size=3", "agent.maml.episodes_per_step=1", "agent.maml.inner_steps=2"], 0, 30),
    };

    private readonly TemporaryFolder _uninterrupted = new();
    private readonly Dictionary<string, RunFolder> _uninterruptedRuns = [];

    [OneTimeTearDown]
    public void Remove() => _uninterrupted.Dispose();

    private static IEnumerable<TestCaseData> Cases() =>
        from one in _cases
        select one.Value.IsLong ? new TestCaseData(one.Key).SetCategory(LongForm.Only) : new TestCaseData(one.Key);

    [TestCaseSource(nameof(Cases))]
    public void AStoppedAndResumedRunEqualsTheUninterruptedOne(string name) => Compare(name, _cases[name]);

    /// <summary>Each method of surgery, on networks in turn. In the short form one that remembers.</summary>
    private static IEnumerable<TestCaseData> Methods()
    {
        string[][] networks = [[], _care, _projected, _heads];
        foreach (var (method, i) in MtrlFunctional.Surgery.Methods.Described.Select((word, i) => (word.Item1, i)))
            if (method == "famo")
                yield return new TestCaseData(method, _heads);
            else if (method != "none")
                yield return new TestCaseData(method, networks[i % networks.Length]).SetCategory(LongForm.Only);
    }

    [TestCaseSource(nameof(Methods))]
    public void ARunWithSurgeryGoesOnAsIfNothingHadHappened(string method, string[] network) =>
        Compare(method, new([.. _offPolicy, .. network, $"agent.surgery.method={method}"], 20));

    [TestCase("SAC", 30)]
    [TestCase("PPO, an agent each", 90)]
    public void ARunStoppedInAnEvaluationGoesOnAsIfNothingHadHappened(string name, long at)
    {
        using var folder = new TemporaryFolder();
        var experiment = _cases[name].In(folder["cut"]);
        using (var stopped = TrainingRun.Start(experiment))
        {
            using var stop = new CancellationTokenSource();
            void StopInEvaluation(TrainingProgress progress)
            {
                if (progress.Phase == TrainingPhase.Evaluating && progress.Step == at)
                    stop.Cancel();
            }

            Assert.That(stopped.Run(StopInEvaluation, stop.Token), Is.EqualTo(TrainingEnd.Stopped));
            Assert.That(stopped.Step, Is.EqualTo(at));
        }

        FinishAndCompare(RunFolder.OfSeed(experiment.Setup.SaveDir, 1), name, _cases[name]);
    }

    private void Compare(string name, Case one)
    {
        using var folder = new TemporaryFolder();
        var experiment = one.In(folder["cut"]);
        var run = RunFolder.OfSeed(experiment.Setup.SaveDir, 1);
        foreach (var cut in one.Cuts)
        {
            using var part = Directory.Exists(run.Path) ? TrainingRun.Resume(run.Path, one.Extensions) : TrainingRun.Start(experiment, one.Extensions);
            part.RunUntil(() => part.Step + part.StepsUnderway > cut);
        }

        FinishAndCompare(run, name, one);
    }

    private void FinishAndCompare(RunFolder run, string name, Case one)
    {
        using (var last = TrainingRun.Resume(run.Path, one.Extensions))
            Assert.That(last.Run(), Is.EqualTo(TrainingEnd.Finished));
        if (!_uninterruptedRuns.TryGetValue(name, out var wanted))
        {
            using var whole = TrainingRun.Start(one.In(_uninterrupted[$"{_uninterruptedRuns.Count}"]), one.Extensions);
            Assert.That(whole.Run(), Is.EqualTo(TrainingEnd.Finished));
            _uninterruptedRuns[name] = wanted = whole.Folder;
        }

        Assert.That(run.Checkpoints.Latest()!.Info.Step, Is.EqualTo(wanted.Checkpoints.Latest()!.Info.Step));
        Assert.That(RunResult.Of(run.Path), Is.EqualTo(RunResult.Of(wanted.Path)));
        Assert.That(Conflicts(run), Is.EqualTo(Conflicts(wanted)));
        if (one.Words.Contains("replay_buffer.capacity=150") && one.Words.Contains(_metaWorld[0]))
            Assert.That(Replay(run), Is.EqualTo(Replay(wanted)));
        one.Check(wanted);
    }

    private static void HasModule(RunFolder run)
    {
        using var file = run.Checkpoints.Latest()!.OpenTensors("agent.safetensors");
        Assert.That(file.Tensors.Select(tensor => tensor.Name), Has.Some.Contains("trunk/hidden/weight").And.Some.Contains("trunk/gain"));
        using var policy = Policy.Load(run.Path, extensions: OwnParts.Module);
        Assert.That(policy.Act([.. Enumerable.Repeat(0.3f, policy.ObservationSize)], 0), Has.Some.Not.Zero);
    }

    private static void IsEvaluated(RunFolder run) =>
        Assert.That(RunEvaluation.Evaluate(run.Path, new() { Extensions = _td3 }).Step, Is.EqualTo(45));

    private static void RemembersSuccesses(RunFolder run)
    {
        using var file = run.Checkpoints.Latest()!.OpenTensors("remembered_episodes.safetensors");
        Assert.That(file.Names, Has.Some.EqualTo("1/0/reward"), "drawer-close has an episode with success");
    }

    /// <returns>Nothing of a run whose tasks share no parameters.</returns>
    private static string? Conflicts(RunFolder run) => File.Exists(run.ConflictsFile) ? File.ReadAllText(run.ConflictsFile) : null;

    /// <summary>Contents of the replay.</summary>
    private static List<float> Replay(RunFolder run)
    {
        var shape = new ReplayShape
        {
            Tasks = 3,
            Spec = MtrlFunctional.Tasks.MetaWorld.MetaWorldSpaces.Spec(15),
            CapacityPerTask = 50,
        };
        var replay = ReplayStore.Load(shape, run.Checkpoints.Latest()!);
        Assert.That(replay.Count, Is.EqualTo(Math.Min(150, 3 * run.Checkpoints.Latest()!.Info.Step)));
        return [.. Enumerable.Range(0, 3).SelectMany(t => replay.Transitions(t, linkEpisodes: true))
            .SelectMany(t => t.Obs.Concat(t.Action).Append(t.Reward).Concat(t.NextObs))];
    }
}
