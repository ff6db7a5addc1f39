using System.Diagnostics.Metrics;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Training;

/// <summary>Parts from outside the library that break their contract: refused by name and place, with their own exception inside.</summary>
public sealed class OwnPartTests
{
    private static readonly Dictionary<string, (Func<Problem, double[]> Solve, string Message)> _methods = new()
    {
        ["short"] = (_ => [1], "(step 15): method mine: Solve returned 1 coefficients for 2 tasks."),
        ["null"] = (_ => null!, "method mine: Solve returned null in the place of coefficients."),
        ["NaN"] = (_ => [1, double.NaN], "method mine: Solve returned NaN as the coefficient of task number 1; coefficients are finite."),
        ["throws"] = (_ => throw new KeyNotFoundException("broken"), "method mine: Solve failed: broken."),
        // Of a client of its own: nothing here was stopped.
        ["cancels"] = (_ => throw new TaskCanceledException("timeout"), "method mine: Solve failed: timeout."),
    };

    private static IEnumerable<string> Methods() => _methods.Keys;

    [TestCaseSource(nameof(Methods))]
    public void AMethodOfSurgeryIsRefusedInItsUpdate(string fault)
    {
        var (solve, message) = _methods[fault];
        var extensions = OwnParts.Points with { Surgery = [Method.Create("mine", solve)] };
        var failure = Fails(extensions, "agent.surgery.method=mine");
        Assert.That(failure.Message, Does.StartWith("update 0").And.Contain(message));
        Assert.That(failure.ExitCode, Is.EqualTo(ExitCode.Stopped));
        Assert.That(failure.InnerException is not null, Is.EqualTo(fault is "throws" or "cancels"));
    }

    [Test]
    public void ANetworkIsRefusedByName()
    {
        Extensions Of(Func<NetworkSizes, Spec> create) => OwnParts.Points with { Networks = [TaskModel.Shared("mine", create)] };

        Assert.That(Fails(Of(_ => null!), "agent.multitask.model=own/mine").Message, Does.StartWith("own/mine: Create returned null."));
        var failure = Fails(Of(_ => throw new KeyNotFoundException("broken")), "agent.multitask.model=own/mine");
        Assert.That(failure.Message, Does.StartWith("own/mine: Create failed: broken."));
        Assert.That(failure.InnerException, Is.InstanceOf<KeyNotFoundException>());
    }

    private static readonly Dictionary<string, (Func<NetworkSizes, Spec> Create, string Message)> _networks = new()
    {
        ["another width"] = (sizes => SpecModule.Mlp(1, 8, sizes.Outputs + 1), "own/mine gives 5 numbers; NetworkSizes.Outputs asks for 4."),
        ["no units"] = (sizes => SpecModule.Mlp(1, 0, sizes.Outputs), "own/mine has no number in 'mine/0/weight': each layer needs at least one unit."),
        ["two layers of one name"] = (
            sizes => Chain.Layer([Tuple.Create("t", SpecModule.Mlp(0, 0, 8)), Tuple.Create("t", SpecModule.Mlp(0, 0, sizes.Outputs))]),
            "own/mine has two parameters 'mine/t/0/weight': the layers of a Chain need different names."),
        ["no module"] = (_ => ModuleLayer.Of(_ => null!), "Build failed: its function returned null for 6 features; it returns a module."),
    };

    private static IEnumerable<string> Networks() => _networks.Keys;

    [TestCaseSource(nameof(Networks))]
    public void ANetworkThatDoesNotFitIsRefused(string fault)
    {
        var (create, message) = _networks[fault];
        var network = TaskModel.Shared("mine", create);
        Assert.That(Fails(OwnParts.Points with { Networks = [network] }, "agent.multitask.model=own/mine").Message, Does.Contain(message));
    }

    [Test]
    public void ANetworkThatDoesNotFitIsRefusedForEachTaskToo()
    {
        var network = TaskModel.OfTasks("mine", sizes => PerTask.Layer(SpecModule.Layers(0, 0, sizes.Outputs + 1)));
        var extensions = OwnParts.Points with { Networks = [network] };
        Assert.That(
            () => ExperimentBuilder.Resolve(extensions, [.. OwnParts.Words, .. OwnParts.OnPolicy, "agent.multitask.model=own/mine"]),
            Throws.InstanceOf<MtrlException>().With.Message.Contain("own/mine gives"));
    }

    [Test]
    public void TasksThatAreOthersTheNextTimeAreRefused()
    {
        var made = 0;
        var own = new OwnEnvironments("point", () => new MujocoFamily(15, ++made > 2 ? [PointTasks.Left] : [PointTasks.Right, PointTasks.Left]));
        Assert.That(
            Fails(new Extensions { Environments = [own] }).Message,
            Does.StartWith("env=own/point: its Create gave the tasks [left]; the experiment has [right, left]."));
    }

    private static readonly Dictionary<string, (Layer Layer, string Message)> _layers = new()
    {
        ["double"] = (new Layer(rows => rows.@double()), "(Layer): Run returned Float64 for rows of Float32."),
        ["wide"] = (new Layer(rows => torch.cat([rows, rows], 2)), "(Layer): Run returned ["),
        ["null"] = (new Layer(_ => null!), "(Layer): Run returned null."),
        ["throws"] = (new Layer(_ => throw new KeyNotFoundException("broken")), "(Layer): Run failed: broken."),
        ["no module"] = (new Layer(rows => rows) { Builds = _ => null! }, "(Layer): Build returned null."),
        ["no width"] = (new Layer(rows => rows) { Builds = module => Resized(module, 0) }, "(Layer): Build returned a module of Width 0; it is at least 1."),
        ["build throws"] = (new Layer(rows => rows) { Builds = _ => throw new KeyNotFoundException("broken") }, "(Layer): Build failed: broken."),
    };

    private static IEnumerable<string> Layers() => _layers.Keys;

    [TestCaseSource(nameof(Layers))]
    public void ALayerIsRefusedByItsPath(string fault)
    {
        var (layer, message) = _layers[fault];
        var network = TaskModel.Shared("mine", sizes => Chain.Layer(
        [
            Tuple.Create("layer", layer.Spec),
            Tuple.Create("last", SpecModule.Mlp(0, 0, sizes.Outputs)),
        ]));
        var failure = Fails(OwnParts.Points with { Networks = [network] }, "agent.multitask.model=own/mine");
        Assert.That(failure.Message, Does.Contain(message).And.Contain("layer"));
        Assert.That(failure.InnerException is KeyNotFoundException, Is.EqualTo(fault.EndsWith("throws", StringComparison.Ordinal)));
    }

    [Test]
    public void ACallbackIsNamedWithItsRunAndStep()
    {
        var failure = Fails(OwnParts.Points with { Callbacks = new Callbacks { OnEvaluation = _ => throw new KeyNotFoundException("broken") } });
        Assert.That(failure.Message, Does.Contain("seed-1, step 0: Callbacks.OnEvaluation failed: broken. The newest checkpoint stays."));
        Assert.That(failure.InnerException, Is.InstanceOf<KeyNotFoundException>());
        failure = Fails(OwnParts.Points with { Callbacks = new Callbacks { OnCheckpoint = _ => (RunDecision)7 } });
        Assert.That(failure.Message, Does.Contain("step 15: Callbacks.OnCheckpoint returned 7; valid are Continue, Stop."));

        // Of a client of its own: nothing here was stopped.
        failure = Fails(OwnParts.Points with { Callbacks = new Callbacks { OnEvaluation = _ => throw new TaskCanceledException("timeout") } });
        Assert.That(failure.Message, Does.Contain("Callbacks.OnEvaluation failed: timeout"));
    }

    [Test]
    public void ACallbackThatEndsByTheStopOfItsRunFailsNothing()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        RunDecision Upload()
        {
            stop.Token.ThrowIfCancellationRequested();
            return RunDecision.Continue;
        }

        var extensions = OwnParts.Points with { Callbacks = new Callbacks { OnCheckpoint = _ => Upload() } };
        using var run = TrainingRun.Start(Small(folder.Path, extensions), extensions);
        stop.Cancel();
        Assert.That(run.Run(stop: stop.Token), Is.EqualTo(TrainingEnd.Stopped));
    }

    [Test]
    public void ARunThatTrainsIsNotDisposed()
    {
        using var folder = new TemporaryFolder();
        TrainingRun? run = null;
        Exception? refusal = null;
        var extensions = OwnParts.Points with
        {
            Callbacks = new Callbacks
            {
                OnEvaluation = _ =>
                {
                    refusal ??= Assert.Throws<InvalidOperationException>(() => run!.Dispose());
                    return RunDecision.Continue;
                },
            },
        };
        using (run = TrainingRun.Start(Small(folder.Path, extensions), extensions))
            Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
        Assert.That(refusal!.Message, Does.Contain("trains. Request a stop by the token of Run"));
    }

    [Test]
    public void AListenerThatFailsEndsNoRun()
    {
        using var folder = new TemporaryFolder();
        var heard = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == TrainingMeter.Name)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) =>
        {
            heard++;
            throw new KeyNotFoundException("broken");
        });
        listener.Start();
        var notices = new List<string>();
        using (var run = TrainingRun.Start(Small(folder.Path, OwnParts.Points), OwnParts.Points, notices.Add))
            Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
        Assert.That(heard, Is.EqualTo(1));
        Assert.That(notices, Has.One.StartsWith("A listener of the meter 'MtrlFunctional' failed: broken"));
    }

    [Test]
    public void PartsWithoutNameOrFunctionAreRefused()
    {
        void Refused(Extensions extensions, string message) => Assert.That(
            () => Small("runs", extensions), Throws.InstanceOf<MtrlException>().With.Message.StartsWith(message));

        Refused(OwnParts.Points with { Surgery = [null!] }, "Extensions.Surgery: part 0 has no name.");
        Refused(OwnParts.Points with { Environments = [new OwnEnvironments("point", null!)] }, "Extensions.Environments: part 0 ('point') has no function.");
        Refused(new Extensions { Environments = [new OwnEnvironments("point", () => null!)] }, "env=own/point: its Create returned null");
        Refused(
            new Extensions { Environments = [new OwnEnvironments("point", () => throw new KeyNotFoundException("broken"))] },
            "env=own/point: its Create failed: broken");
    }

    /// <summary>A loss of large rewards ends a run; its update can be performed again with the parts of the run.</summary>
    [Test]
    public void AnUpdateWithTooLargeALossIsReproduced()
    {
        using var folder = new TemporaryFolder();
        var extensions = new Extensions
        {
            Environments =
            [
                OwnEnvironments.OfTasks(
                    "point", 15, [.. new[] { PointTasks.Right, PointTasks.Left }.Select(task => task with { Reward = (_, _) => -1e6 })]),
            ],
        };
        var failure = Fails(folder, extensions);
        Assert.That(
            failure.Message,
            Does.Contain("above 1E+08, the most that training goes on with (large rewards need env.reward_normalization)"));
        var crash = Directory.GetDirectories(folder.Path, "update-*", SearchOption.AllDirectories).Single();
        Assert.That(UpdateReproduction.Of(crash, extensions).Different, Is.Empty);
    }

    private static MtrlException Fails(Extensions extensions, params string[] words)
    {
        using var folder = new TemporaryFolder();
        return Fails(folder, extensions, words);
    }

    private static MtrlException Fails(TemporaryFolder folder, Extensions extensions, params string[] words)
    {
        return Assert.Throws<MtrlException>(() =>
        {
            using var run = TrainingRun.Start(Small(folder.Path, extensions, words), extensions);
            run.Run();
        })!;
    }

    private static Experiment Small(string basePath, Extensions extensions, params string[] words) =>
        ExperimentBuilder.Resolve(extensions, [.. OwnParts.Words, .. OwnParts.OffPolicy, "experiment.num_train_steps=30", "experiment.eval_freq=15", "experiment.save_freq=15", $"setup.base_path={basePath}", .. words]);

    private static Module Resized(Module module, int width) => new(module.Parameters, module.Fixed, width, module.Run);

    private sealed record Layer(Func<Tensor, Tensor> Run)
    {
        internal Func<Module, Module> Builds { get; init; } = module => module;

        internal Spec Spec => Spec.Of("Layer", [this], (_, _, sizes) => Builds(new Module(
            [], [], sizes.Features,
            FuncConvert.FromFunc<IReadOnlyDictionary<string, Tensor>, NetworkInput, Tensor>((_, input) => Run(input.Rows)))));
    }
}
