namespace MtrlFunctional.Tests.Training;

/// <summary>Parts from outside the library: surgery, networks, environments, callbacks.</summary>
public sealed class ExtensionTests
{
    private static readonly string[] _small =
    [
        "setup.name=own", "setup.seed=1", "setup.threads=1", "setup.device=cpu", "experiment.num_train_steps=30", "experiment.eval_freq=15",
        "experiment.save_freq=15", "experiment.num_eval_episodes=1", "agent.actor.hidden_dim=16", "agent.critic.hidden_dim=16",
    ];

    private static readonly string[] _metaWorld = ["env=metaworld-mt10", "env.tasks=[reach-v3,push-v3,drawer-close-v3]", "env.horizon=15"];

    private static readonly Extensions _cagrad = new()
    {
        Surgery = [Method.Create("mine", problem => CaGrad.Solve(CaGrad.Standard, problem, SurgeryStateModule.Empty).Coefficients)],
    };

    private static readonly Extensions _heads = new()
    {
        Networks =
        [
            TaskModel.OfTasks("heads", sizes => Chain.Layer(
            [
                Tuple.Create("trunk", SpecModule.Mlp(sizes.Layers, sizes.Units, sizes.Units)),
                Tuple.Create("head", PerTask.Layer(SpecModule.Layers(0, 0, sizes.Outputs))),
            ])),
        ],
    };

    [Test]
    public void AnOwnMethodOfSurgeryTrainsAsTheSameMethodOfTheLibrary()
    {
        using var folder = new TemporaryFolder();
        var own = Train(folder["own"], _cagrad, "agent.surgery.method=mine");
        var library = Train(folder["library"], Extensions.None, "agent.surgery.method=cagrad");
        Assert.That(Agent(own), Is.EqualTo(Agent(library)));
    }

    [Test]
    public void AConfigurationNamesTheExtensionAndResumingAsksForIt()
    {
        using var folder = new TemporaryFolder();
        var surgery = Train(folder["a"], _cagrad, "agent.surgery.method=mine");
        var network = Train(folder["b"], _heads, "agent.multitask.model=own/heads");
        Assert.That(File.ReadAllText(surgery.ConfigFile), Does.Contain("method: mine"));
        Assert.That(() => TrainingRun.Resume(surgery.Path), Throws<MtrlException>("agent.surgery.method=mine: no extension of this name is given"));
        Assert.That(() => Small(folder["e"], Extensions.None, "agent.surgery.method=mine"), Throws<MtrlException>("agent.surgery.method = mine: must be one of none, pcgrad"));
        Assert.That(() => TrainingRun.Resume(network.Path), Throws<MtrlException>("agent.multitask.model=own/heads: no extension"));
        Assert.That(() => Policy.Load(network.Path), Throws<MtrlException>("agent.multitask.model=own/heads: no extension"));
        Assert.That(() => Small(folder["c"], Extensions.None, "env=own/point"), Throws<MtrlException>("env=own/point: no extension"));
        Assert.That(
            () => Small(folder["d"], OwnParts.Points, "env=own/point", "env.horizon=13"),
            Throws<MtrlException>("env.horizon = 13: must be 15"));

        // Greedy actions need no surgery.
        using var acts = Policy.Load(surgery.Path);
        Assert.That(acts.Tasks, Has.Count.EqualTo(3));
        using var heads = Policy.Load(network.Path, extensions: _heads);
        Assert.That(heads.Tasks, Has.Count.EqualTo(3));
    }

    [Test]
    public void CallbacksGetThePolicyOfTheRun()
    {
        using var folder = new TemporaryFolder();
        var (observation, action) = (new float[39], new float[4]);
        var steps = new List<long>();
        var callbacks = new Callbacks
        {
            OnCheckpoint = moment =>
            {
                moment.Policy.Act(observation, 1, action);
                steps.Add(moment.Step);
                return RunDecision.Continue;
            },
        };
        var run = Train(folder.Path, new Extensions { Callbacks = callbacks });
        using var saved = Policy.Load(run.Path);
        var expected = new float[4];
        saved.Act(observation, 1, expected);
        Assert.That(steps, Is.EqualTo(new long[] { 15, 30 }));
        Assert.That(action, Is.EqualTo(expected));
    }

    [Test]
    public void AWordOfTheLibraryIsNoNameOfAMethod() => Assert.That(
        () => Small("runs", new Extensions { Surgery = [Method.Create("pcgrad", problem => problem.Losses)] }),
        Throws<MtrlException>("Extensions.Surgery: 'pcgrad' is a word of the library; choose another name."));

    [Test]
    public void AWordOfTheLibraryIsNoNameOfAnAlgorithm() => Assert.That(
        () => Small("runs", new Extensions { Algorithms = [Catalogue.Standard[0]] }),
        Throws<MtrlException>("is a word of the library; choose another name."));

    /// <summary>Later its policy would be of another step.</summary>
    [Test]
    public void AMomentIsOverWhenItsCallbackReturns()
    {
        using var folder = new TemporaryFolder();
        var moments = new List<RunMoment>();
        var callbacks = new Callbacks
        {
            OnEvaluation = moment =>
            {
                moments.Add(moment);
                return RunDecision.Continue;
            },
        };
        Train(folder.Path, new Extensions { Callbacks = callbacks });
        Assert.That(() => moments[0].Policy, Throws<ObjectDisposedException>("until its callback returns"));
    }

    [Test]
    public void ARunThatThisProgramHasOpenIsNamedSo()
    {
        using var folder = new TemporaryFolder();
        using var taken = RunLock.Take(folder.Path);
        Assert.That(() => RunLock.Take(folder.Path), Throws<MtrlException>("this program has it open"));
    }

    /// <summary>The run's folder is where it began, though the process goes elsewhere.</summary>
    [Test]
    public void ARunStaysInItsFolderWhenTheCurrentDirectoryChanges()
    {
        using var folder = new TemporaryFolder();
        var before = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = Directory.CreateDirectory(folder["a"]).FullName;
            var callbacks = new Callbacks
            {
                OnEvaluation = _ =>
                {
                    Environment.CurrentDirectory = folder.Path;
                    return RunDecision.Continue;
                },
            };
            Train("runs", new Extensions { Callbacks = callbacks });
            Environment.CurrentDirectory = folder["a"];
            using var again = TrainingRun.Resume("runs/own");
            Assert.That(again.Step, Is.EqualTo(30));
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    private static NUnit.Framework.Constraints.Constraint Throws<T>(string message)
        where T : Exception => NUnit.Framework.Throws.InstanceOf<T>().With.Message.Contains(message);

    private static string[] Of(string agent) => agent == "mtppo"
        ? ["agent=mtppo", "agent.on_policy.batch_size=90", "agent.on_policy.minibatch_size=30"]
        : ["agent=state_sac", "experiment.init_steps=15", "replay_buffer.batch_size=12", "replay_buffer.capacity=150"];

    private static Experiment Small(string basePath, Extensions extensions, params string[] more)
    {
        bool Names(string group) => more.Any(word => word.StartsWith(group, StringComparison.Ordinal));
        return ExperimentBuilder.Resolve(
            extensions,
            [
                .. Names("env=") ? [] : _metaWorld, .. Names("agent=") ? [] : Of("state_sac"), .. _small,
                $"setup.base_path={basePath}", .. more,
            ]);
    }

    private static TrainingRun Start(string basePath, Extensions extensions, params string[] more) =>
        TrainingRun.Start(Small(basePath, extensions, more), extensions);

    private static RunFolder Train(string basePath, Extensions extensions, params string[] more)
    {
        using var run = Start(basePath, extensions, more);
        Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
        return run.Folder;
    }

    private static byte[] Agent(RunFolder run) =>
        File.ReadAllBytes(Path.Combine(run.Checkpoints.Latest()!.Folder, "agent.safetensors"));
}
