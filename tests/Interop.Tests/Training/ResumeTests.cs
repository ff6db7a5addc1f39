using System.Text.RegularExpressions;
using Microsoft.FSharp.Collections;
using MtrlFunctional.Experiments;
using MtrlFunctional.Storage;
using MtrlFunctional.Tests.Child;
using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Training;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Training;

/// <summary>
/// A real run, small: stopped anywhere and resumed it ends as the one that was never stopped, bit by
/// bit: parameters, optimisers, environments, counters, replay, logs.
/// </summary>
[TestFixture]
public partial class ResumeTests
{
    /// <summary>Networks with parameters of their own kinds: pretrained task embeddings, task branches,
    /// heads.</summary>
    private static readonly Dictionary<string, string[]> Networks = new()
    {
        ["plain"] = [],
        ["care"] = Care,
        ["ptsl"] = [.. Care, "agent.multitask.should_use_pal=True", "agent.multitask.pal_cfg.residual_mode=project", "agent.multitask.pal_cfg.pal_dim=5"],
        ["heads"] = ["agent.multitask.should_use_multi_head_policy=True"],
        ["separate"] = ["agent.multitask.model=separate"],
        ["context"] =
        [
            "agent.context.method=set", "agent.multitask.should_use_task_encoder=True", "agent.context.window=25",
            "agent.context.transitions=6", "agent.context.explore_every=4",
        ],
        ["distral"] = ["agent=state_distral", "agent.encoder.type_to_select=feedforward"],
    };

    private static string[] Care =>
    [
        "agent.encoder.type_to_select=moe", "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention",
        "agent.encoder.moe.num_experts=4", "agent.multitask.should_use_task_encoder=True",
        "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True",
    ];

    /// <summary>Enough to stop inside an episode with updates, and to go on over a boundary.</summary>
    private static string[] Short => ["experiment.num_train_steps=45"];

    /// <summary>Inside an episode, at a boundary; inside the random actions, right after them.</summary>
    private static readonly long[][] Cuts = LongForm.Cases<long[]>([[33, 41], [20, 40, 60]], [7], [16]);

    private static readonly string[] OtherNetworks = LongForm.Cases(["ptsl", "heads", "distral"], "care", "separate");

    private static readonly string[] OnPolicyAgents = LongForm.Cases(["mtppo"], "mttrpo");

    private static readonly string[] Fidelities = LongForm.Cases(["corrected"], "original");

    private readonly TemporaryFolder _uninterrupted = new();
    private readonly Dictionary<string, RunFolder> _uninterruptedRuns = [];

    [OneTimeTearDown]
    public void Remove() => _uninterrupted.Dispose();

    [Test]
    public void AStoppedAndResumedRunEqualsTheUninterruptedOne(
        [ValueSource(nameof(Fidelities))] string fidelity, [ValueSource(nameof(Cuts))] long[] cuts) =>
        Compare(fidelity, "plain", cuts);

    [Test]
    public void BoundariesInsideEpisodesAreNoSeams([ValueSource(nameof(Cuts))] long[] cuts) =>
        Compare(
            "corrected", "plain", cuts, "experiment.log_freq=10", "experiment.eval_freq=20", "experiment.save_freq=8",
            "env.reward_normalization=running");

    [Test]
    public void ARunOfAnyNetworkGoesOnAsIfNothingHadHappened(
        [ValueSource(nameof(Fidelities))] string fidelity, [ValueSource(nameof(OtherNetworks))] string network) =>
        Compare(fidelity, network, [20], Short);

    [Test]
    public void ARunThatInfersItsTasksGoesOnAsIfNothingHadHappened([ValueSource(nameof(Cuts))] long[] cuts) =>
        Compare("corrected", "context", cuts);

    /// <summary>Each method of surgery, on networks in turn; those of mtrl's agents also as coded. In the short form one that draws
    /// and two that remember.</summary>
    private static IEnumerable<TestCaseData> Methods()
    {
        string[] networks = ["plain", "care", "ptsl", "heads"];
        foreach (var (method, i) in MtrlFunctional.Surgery.Methods.Described.Select((word, i) => (word.Item1, i)))
            if (method != "none" && (LongForm.IsAsked || method is "famo" or "gradnorm"))
                yield return new TestCaseData("corrected", networks[i % networks.Length], $"agent.surgery.method={method}");
        yield return new TestCaseData("original", "heads", "agent=pcgrad_state_sac");
        if (LongForm.IsAsked)
            yield return new TestCaseData("original", "care", "agent=gradnorm_state_sac");
    }

    [TestCaseSource(nameof(Methods))]
    public void ARunWithSurgeryGoesOnAsIfNothingHadHappened(string fidelity, string network, string word) =>
        Compare(fidelity, network, [20], [word, .. Short]);

    [Test]
    public void AnOnPolicyRunThatWasStoppedInAnyIterationGoesOnAsIfNothingHadHappened(
        [Values("mtppo", "mttrpo")] string agent, [ValueSource(nameof(Fidelities))] string fidelity) =>
        CompareOnPolicy(agent, fidelity);

    [TestCase("rl2", "agent.rl2.units=4", "agent.rl2.episodes_per_trial=3", Category = LongForm.Only)]
    [TestCase("rl2", "agent.rl2.units=4", "agent.rl2.episodes_per_trial=3", "agent.on_policy.value_function=squared", "agent.on_policy.lag=1")]
    [TestCase(
        "mtppo", "agent.context.method=gru", "agent.multitask.should_use_task_encoder=True", "agent.context.units=4", "agent.context.episodes_per_trial=3",
        Category = LongForm.Only)]
    [TestCase(
        "mtppo", "agent.context.method=gru", "agent.multitask.should_use_task_encoder=True", "agent.context.units=4", "agent.context.episodes_per_trial=3",
        "agent.context.losses=[policy]", "agent.multitask.model=hypernetwork", "agent.on_policy.lag=1", "agent.surgery.method=pcgrad")]
    [TestCase("mtppo", "agent.context.method=cadm", "agent.cadm.units=6", "agent.cadm.minibatch_size=16", "agent.on_policy.normalize_observations=True", Category = LongForm.Only)]
    [TestCase("mtppo", "agent.context.method=cadm", "agent.cadm.units=6", "agent.cadm.history=3", "agent.cadm.future=1", "agent.surgery.method=pcgrad")]
    public void ARunWithAMemoryGoesOnAsIfNothingHadHappened(string agent, params string[] words) =>
        CompareOnPolicy(agent, "corrected", words);

    [TestCase("agent.on_policy.normalize_observations=True", Category = LongForm.Only)]
    [TestCase("agent.maml.inner_steps=2")]
    public void ARunOfAdaptedPoliciesGoesOnAsIfNothingHadHappened(params string[] words) =>
        CompareOnPolicy("maml", "corrected", ["agent.maml.meta_batch_size=3", "agent.maml.episodes_per_step=1", .. words]);

    [TestCase("impala", "agent.impala.lag=1", Category = LongForm.Only)]
    [TestCase("impala", "agent.impala.lag=3")]
    [TestCase("mtppo", "agent.on_policy.lag=1", Category = LongForm.Only)]
    [TestCase("mtppo", "agent.on_policy.lag=1", "agent.on_policy.noise_correlation=0.8")]
    [TestCase("mtppo", "agent.on_policy.lag=1", "agent.on_policy.observations_per_task=True", Category = LongForm.Only)]
    [TestCase("mtppo", "agent.on_policy.lag=1", "agent.on_policy.steps_after_success=0", "env.horizon=40")]
    [TestCase("mttrpo", "agent.on_policy.lag=2", "agent.multitask.model=separate")]
    public void AnIterationThatAnEarlierPolicyPlaysGoesOnAsIfNothingHadHappened(string agent, params string[] words) =>
        CompareOnPolicy(agent, "corrected", words);

    [TestCase("mtppo", "progress", "null")]
    [TestCase("mtppo", "failure", "9", Category = LongForm.Only)]
    [TestCase("mttrpo", "progress", "6", Category = LongForm.Only)]
    public void AnOnPolicyRunWhoseEpisodesGoBySuccessGoesOnAsIfNothingHadHappened(string agent, string priority, string most)
    {
        var run = CompareOnPolicy(
            agent, "corrected", "env.tasks=[reach-v3,handle-press-v3,drawer-close-v3]", "env.horizon=120",
            "agent.on_policy.batch_size=1440", "agent.on_policy.minibatch_size=480", "agent.on_policy.min_episodes=1",
            $"agent.on_policy.episodes_by={priority}", $"agent.on_policy.max_episodes={most}", "experiment.num_train_steps=2400", "experiment.eval_freq=2400", "experiment.save_freq=480");
        // Failures of the first few iterations are too alike to divide twelve episodes unequally; their averages are in the
        // checkpoints that were compared.
        if (priority == "progress")
            Assert.That(
                File.ReadLines(run.MetricsFile).Any(line => Regex.IsMatch(line, "\"episodes_env_index_[12]\":[5-9][,}]")),
                "a task has more than the mean of four");
    }

    [TestCase("mtppo", "agent.on_policy.lag=1")]
    [TestCase("mttrpo", Category = LongForm.Only)]
    [TestCase("mtppo", "agent.multitask.model=separate", Category = LongForm.Only)]
    public void AnOnPolicyRunThatHoldsDeviationsUpGoesOnAsIfNothingHadHappened(string agent, params string[] words)
    {
        var run = CompareOnPolicy(agent, "corrected", ["agent.on_policy.std_per_task=True", "agent.on_policy.unsolved_std=1.5", .. words]);
        using var file = run.Checkpoints.Latest()!.OpenTensors("agent.safetensors");
        var stored = file.Tensors.Select(tensor => tensor.Name).Where(name => name.EndsWith("policy/std", StringComparison.Ordinal));
        Assert.That(
            stored.SelectMany(file.ReadDoubles).Select(Math.Exp), Has.Some.EqualTo(1.5).Within(1e-5),
            "a task without success has σ above that of the start, 1");
    }

    [TestCase("mtppo", "gradnorm")]
    [TestCase("mtppo", "rlw", Category = LongForm.Only)]
    [TestCase("mttrpo", "famo")]
    [TestCase("mttrpo", "gradvac", Category = LongForm.Only)]
    public void AnOnPolicyRunWithSurgeryGoesOnAsIfNothingHadHappened(string agent, string method) =>
        CompareOnPolicy(agent, "corrected", $"agent.surgery.method={method}");

    [Test]
    public void OnPolicyAgentsThatShareNothingGoOnAsIfNothingHadHappened([ValueSource(nameof(OnPolicyAgents))] string agent) =>
        CompareOnPolicy(agent, "corrected", "agent.multitask.model=separate");

    [Test]
    public void AnOnPolicyRunThatTunesEntropiesGoesOnAsIfNothingHadHappened(
        [ValueSource(nameof(OnPolicyAgents))] string agent, [Values("by_flags", "separate")] string model) =>
        CompareOnPolicy(
            agent, "corrected", $"agent.multitask.model={model}", "agent.on_policy.entropy_method=tuned",
            "agent.on_policy.entropy_coefficient=1e-3", "agent.on_policy.std_per_task=True");

    [Test]
    public void ARunStoppedInAnEvaluationGoesOnAsIfNothingHadHappened(
        [Values("state_sac", "mtppo")] string agent, [Values(30, -1)] long at)
    {
        Experiment Run(string basePath) =>
            agent == "state_sac" ? Small(basePath, "corrected", "plain", []) : OnPolicy(basePath, agent, "corrected", []);
        using var folder = new TemporaryFolder();
        var wanted = Uninterrupted($"{agent} corrected {(agent == "state_sac" ? "plain" : "")}", Run);
        at = at < 0 ? wanted.Checkpoints.Latest()!.Info.Step : at;

        var path = RunFolder.OfSeed(Path.Combine(folder["cut"], "small"), 1).Path;
        using (var stopped = TrainingRun.Start(Run(folder["cut"])))
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

        using (var last = TrainingRun.Resume(path))
            Assert.That(last.Run(), Is.EqualTo(TrainingEnd.Finished));
        CompareFolders(new RunFolder(path), wanted);
    }

    /// <summary>A run that was never stopped; one for all tests of the same words.</summary>
    private RunFolder Uninterrupted(string words, Func<string, Experiment> experiment)
    {
        if (!_uninterruptedRuns.TryGetValue(words, out var folder))
        {
            var basePath = _uninterrupted[$"{_uninterruptedRuns.Count}"];
            using var run = TrainingRun.Start(experiment(basePath));
            Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
            _uninterruptedRuns[words] = folder = run.Folder;
        }

        return folder;
    }

    private static void CompareFolders(RunFolder run, RunFolder wanted) => Assert.Multiple(() =>
    {
        Assert.That(Saved(run), Is.EqualTo(Saved(wanted)));
        Assert.That(Timeless(run.TrainLogFile), Is.EqualTo(Timeless(wanted.TrainLogFile)));
        Assert.That(Timeless(run.MetricsFile), Is.EqualTo(Timeless(wanted.MetricsFile)));
        Assert.That(Conflicts(run), Is.EqualTo(Conflicts(wanted)));
    });

    /// <returns>Nothing of a run whose tasks share no parameters.</returns>
    private static string? Conflicts(RunFolder run) => File.Exists(run.ConflictsFile) ? File.ReadAllText(run.ConflictsFile) : null;

    /// <returns>The run that was never stopped.</returns>
    private RunFolder CompareOnPolicy(string agent, string fidelity, params string[] more)
    {
        using var folder = new TemporaryFolder();
        var wanted = Uninterrupted($"{agent} {fidelity} {string.Join(' ', more)}", basePath => OnPolicy(basePath, agent, fidelity, more));
        var path = RunFolder.OfSeed(Path.Combine(folder["cut"], "small"), 1).Path;
        var experiment = OnPolicy(folder["cut"], agent, fidelity, more);
        foreach (var third in new[] { 0, 1, 2 })
        {
            var cut = third * experiment.Schedule.NumTrainSteps / 3;
            using var run = Directory.Exists(path) ? TrainingRun.Resume(path) : TrainingRun.Start(experiment);
            using var stop = new CancellationTokenSource();
            var watcher = new Thread(() =>
            {
                Waiting.Until($"in the iteration after step {cut}", () => run.Step + run.StepsUnderway > cut);
                stop.Cancel();
            });
            watcher.Start();
            run.Run(stop: stop.Token);
            watcher.Join();
        }

        using (var last = TrainingRun.Resume(path))
            Assert.That(last.Run(), Is.EqualTo(TrainingEnd.Finished));
        CompareFolders(new RunFolder(path), wanted);
        return wanted;
    }

    private static Experiment OnPolicy(string basePath, string agent, string fidelity, string[] more) => ExperimentBuilder.Resolve(
    [
        "env=metaworld-mt10", $"agent={agent}", $"fidelity={fidelity}", $"setup.base_path={basePath}", "setup.name=small",
        "setup.seed=1", "setup.threads=2", "setup.device=cpu", "env.tasks=[reach-v3,push-v3,drawer-close-v3]",
        "env.horizon=15", "experiment.num_train_steps=90", "experiment.eval_freq=30", "experiment.save_freq=30",
        "experiment.num_eval_episodes=1", "experiment.conflicts_freq=2", "agent.actor.hidden_dim=16",
        .. agent == "maml"
            ? (string[])[]
            : [
                "agent.on_policy.batch_size=90", "agent.on_policy.minibatch_size=30", "agent.on_policy.value_epochs=2",
                "agent.on_policy.std_per_task=False", "agent.on_policy.normalize_observations=True",
            ],
        .. more,
    ]);

    private void Compare(string fidelity, string network, long[] cuts, params string[] more)
    {
        using var folder = new TemporaryFolder();
        var wanted = Uninterrupted(
            $"state_sac {fidelity} {string.Join(' ', [network, .. more])}", basePath => Small(basePath, fidelity, network, more));
        var path = RunFolder.OfSeed(Path.Combine(folder["cut"], "small"), 1).Path;
        var end = TrainingEnd.Stopped;
        foreach (var cut in cuts)
        {
            using var run = Directory.Exists(path) ? TrainingRun.Resume(path) : TrainingRun.Start(Small(folder["cut"], fidelity, network, more));
            using var stop = new CancellationTokenSource();
            var watcher = new Thread(() =>
            {
                Waiting.Until($"at step {cut}", () => run.Step >= cut);
                stop.Cancel();
            });
            watcher.Start();
            end = run.Run(stop: stop.Token);
            watcher.Join();
            Assert.That(end == TrainingEnd.Finished || run.Step >= cut);
        }

        if (end != TrainingEnd.Finished)
            using (var last = TrainingRun.Resume(path))
                Assert.That(last.Run(), Is.EqualTo(TrainingEnd.Finished));

        Assert.That(Replay(new RunFolder(path)), Is.EqualTo(Replay(wanted)));
        CompareFolders(new RunFolder(path), wanted);
    }

    private static Experiment Small(string basePath, string fidelity, string network, string[] more)
    {
        string[] words =
        [
            "setup=metaworld", "env=metaworld-mt10", "agent=state_sac", $"fidelity={fidelity}", $"setup.base_path={basePath}",
            "setup.name=small", "setup.seed_ref=1", "setup.num_seeds=1", "setup.threads=2", "setup.device=cpu",
            "env.tasks=[reach-v3,push-v3,drawer-close-v3]", "env.num_envs=3", "agent.multitask.num_envs=3", "env.horizon=15",
            "experiment.init_steps=15", "experiment.num_train_steps=75", "experiment.eval_freq=30", "experiment.save_freq=30",
            "experiment.num_eval_episodes=1", "experiment.conflicts_freq=7", "replay_buffer.batch_size=12", "replay_buffer.capacity=150",
            "agent.actor.hidden_dim=16", "agent.critic.hidden_dim=16", .. Networks[network], .. more,
        ];
        var resolved = ExperimentModule.Resolve(ListModule.OfSeq(words));
        Assert.That(resolved.IsOk, () => string.Join("\n", resolved.ErrorValue));
        return resolved.ResultValue.Item1;
    }

    /// <summary>Step, and hashes of all files, of the newest checkpoint whose bytes do not depend on when it was saved.</summary>
    private static List<CheckpointFile> Saved(RunFolder run)
    {
        var newest = run.Checkpoints.Latest()!;
        return
        [
            new CheckpointFile("step", newest.Info.Step, ""),
            .. newest.Files.Where(f => !f.Name.StartsWith("replay/", StringComparison.Ordinal)).OrderBy(f => f.Name),
        ];
    }

    /// <summary>Contents of the replay, independent of its segments.</summary>
    private static List<float> Replay(RunFolder run)
    {
        var shape = new MtrlFunctional.Replay.ReplayShape
        {
            Tasks = 3,
            Observation = MtrlFunctional.Replay.ObservationLayout.Of(MtrlFunctional.Tasks.MetaWorld.MetaWorldSpaces.Spec(15)),
            ActionWidth = 4,
            CapacityPerTask = 50,
            EpisodeLength = 15,
        };
        var replay = MtrlFunctional.Replay.ReplayStore.Load(shape, run.Checkpoints.Latest()!);
        Assert.That(replay.Count, Is.EqualTo(Math.Min(150, 3 * run.Checkpoints.Latest()!.Info.Step)));
        return [.. Enumerable.Range(0, 3).SelectMany(t => replay.Transitions(t, linkEpisodes: true))
            .SelectMany(t => t.Obs.Concat(t.Action).Append(t.Reward).Concat(t.NextObs))];
    }

    /// <summary>A log without the durations of its episodes.</summary>
    private static string Timeless(string path) => Duration().Replace(File.ReadAllText(path), "");

    [GeneratedRegex("""\| D: [0-9.]+ s|"(duration|physics_share|[a-z]+_seconds)":[^,]+,""")]
    private static partial Regex Duration();
}
