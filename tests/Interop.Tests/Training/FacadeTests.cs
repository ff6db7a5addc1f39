using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace MtrlFunctional.Tests.Training;

/// <summary>The facade as C# programs use it.</summary>
public sealed class FacadeTests
{
    private static readonly ExperimentBuilder _small = ExperimentBuilder.Mt1("reach").Agent("mtppo")
        .Seeds(1).Threads(1).In("runs", "small").Steps(180).Evaluations(every: 60, episodes: 1).Hidden(width: 16, layers: 2)
        .Set("env.horizon", 15).Set("agent.on_policy.batch_size", 60).Set("agent.on_policy.minibatch_size", 30);

    [Test]
    public void ABuilderAddsWordsToAPresetAndReturnsWarnings()
    {
        var built = ExperimentBuilder.Preset("fast/mt10").With("setup.seed=3").Set("agent.builder.discount", 0.5).Set("agent.actor.hidden_dim", 8).Build();
        Assert.That(built.Experiment.Setup.SeedRef, Is.EqualTo(3));
        Assert.That(built.Experiment.Agent.Discount, Is.EqualTo(0.5));
        Assert.That(built.Experiment.Agent.Actor.HiddenDim, Is.EqualTo(8));
        Assert.That(built.Warnings, Is.Empty);
        Assert.That(
            ExperimentBuilder.Of("env=metaworld-mt10", "agent=state_sac", "setup.seed=1", "agent.optimizers.encoder.lr=0.001").Build().Warnings,
            Is.EqualTo(new[] { "agent.optimizers.encoder.lr: has no effect with agent=state_sac." }));
        Refused(() => ExperimentBuilder.Preset("fast/mt11").Build(), "fast/mt10");
    }

    [Test]
    public void ABuilderOfNamedChoicesMakesTheExperimentOfTheWords()
    {
        var named = ExperimentBuilder.On("metaworld-mt10").Agent("mtppo").Network("paco").Surgery("pcgrad").Tasks("reach", "push").Hidden(64, 3)
            .In("there", "these").Seeds(3, count: 2).Steps(100_000).Evaluations(20_000, 5).Threads(2);
        string[] words =
        [
            "env=metaworld-mt10", "agent=mtppo", "agent.multitask.model=paco", "agent.surgery.method=pcgrad", "env.tasks=[reach,push]",
            "agent.actor.hidden_dim=64", "agent.actor.num_layers=3", "setup.base_path=there", "setup.name=these", "setup.seed_ref=3",
            "setup.num_seeds=2", "experiment.num_train_steps=100000", "experiment.eval_freq=20000", "experiment.num_eval_episodes=5",
            "setup.threads=2",
        ];
        Assert.That(ExperimentModule.Render(named.Build().Experiment), Is.EqualTo(ExperimentModule.Render(ExperimentBuilder.Resolve(words))));
    }

    [Test]
    public void ASweepHasARunForEachCombinationAndSeed()
    {
        var sweep = _small.Set("agent.builder.discount", "0.9,0.99").Seeds(1, count: 2).BuildSweep();
        Assert.That(sweep.Runs.Select(run => (run.Experiment.Agent.Discount, run.Experiment.Setup.SeedRef)), Is.EqualTo(
            new[] { (0.9, 1L), (0.9, 2L), (0.99, 1L), (0.99, 2L) }));
        Assert.That(sweep.Runs.Select(run => run.Experiment.Setup.SaveDir).Distinct().Count(), Is.EqualTo(2));
        Assert.That(_small.BuildSweep().Runs, Has.Count.EqualTo(1));
    }

    [Test]
    public void ARunThatRunsIsNotRunAgainMeanwhile()
    {
        using var folder = new TemporaryFolder();
        using var run = TrainingRun.Start(_small.Set("setup.base_path", folder.Path).Build().Experiment);
        string? message = null;
        void Again(TrainingProgress progress) =>
            message ??= Assert.Throws<InvalidOperationException>(() => run.Run())!.Message;
        Assert.That(run.Run(Again), Is.EqualTo(TrainingEnd.Finished));
        Assert.That(message, Does.Contain("seed-1 is in use by another thread"));
    }

    [Test]
    public async Task ARunOnAThreadOfItsOwnEqualsOneOnThisThread()
    {
        using var folder = new TemporaryFolder();
        using var here = TrainingRun.Start(_small.Set("setup.base_path", folder["here"]).Build().Experiment);
        using var there = TrainingRun.Start(_small.Set("setup.base_path", folder["there"]).Build().Experiment);
        Assert.That(here.Run(), Is.EqualTo(TrainingEnd.Finished));
        var last = new LastProgress();
        Assert.That(await there.RunAsync(last), Is.EqualTo(TrainingEnd.Finished));
        Assert.That(last.Phase, Is.EqualTo(TrainingPhase.Finished));
        Assert.That(there.LastEvaluation!.Return, Is.EqualTo(here.LastEvaluation!.Return));

        using var stopped = TrainingRun.Start(_small.Set("setup.base_path", folder["stopped"]).Build().Experiment);
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        Assert.That(await stopped.RunAsync(stop: stop.Token), Is.EqualTo(TrainingEnd.Stopped));
    }

    /// <summary>A program with implicit usings names these types without a prefix.</summary>
    [Test]
    public void NoTypeHasTheNameOfOneOfTheImplicitUsings()
    {
        string[] usings =
        [
            "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks",
        ];
        var runtime = new[] { typeof(object), typeof(Enumerable), typeof(HttpClient), typeof(Console), typeof(Stack<int>), typeof(File), typeof(Uri) }
            .SelectMany(type => type.Assembly.GetExportedTypes())
            .Where(type => usings.Contains(type.Namespace) && !type.IsNested && !type.IsGenericType)
            .Select(type => type.Name)
            .ToHashSet();
        Assembly[] own = [typeof(TrainingRun).Assembly, typeof(MtrlFunctional.Experiments.Experiment).Assembly];
        var colliding = own.SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => !type.IsNested && runtime.Contains(type.Name))
            .Select(type => type.FullName);
        Assert.That(runtime, Does.Contain("Task").And.Contain("Environment").And.Contain("File"));
        Assert.That(colliding, Is.Empty);
    }

    /// <summary>A program opens namespaces of both.</summary>
    [Test]
    public void NoTypeOfTheFacadeHasTheNameOfOneOfTheCore()
    {
        static IEnumerable<string> Names(Type type) => type.Assembly.GetExportedTypes().Where(own => !own.IsNested).Select(own => own.Name);
        Assert.That(Names(typeof(TrainingRun)).Intersect(Names(typeof(MtrlFunctional.Experiments.Experiment))), Is.Empty);
    }

    [Test]
    public void WhatIsTooSmallIsRefusedByItsName()
    {
        (string Name, Action Call)[] calls =
        [
            ("Episodes", () => RunEvaluation.Evaluate("", new() { Episodes = 0 })),
            ("InferFrom", () => RunEvaluation.Evaluate("", new() { InferFrom = 0 })),
            ("Threads", () => RunEvaluation.CompareGoals("", new UnseenGoals(1, null), new() { Threads = 0 })),
        ];
        Assert.Multiple(() =>
        {
            foreach (var (name, call) in calls)
                Assert.That(Assert.Catch<ArgumentException>(() => call())?.ParamName, Is.EqualTo(name));
        });
    }

    [Test]
    public void TheFacadeHasNoOptionsOfFSharp()
    {
        var members = typeof(TrainingRun).Assembly.GetExportedTypes().SelectMany(type => type.GetMembers(
            BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly));
        var types = members.SelectMany(member => member switch
        {
            MethodInfo method => [method.ReturnType, .. method.GetParameters().Select(p => p.ParameterType)],
            ConstructorInfo constructor => constructor.GetParameters().Select(p => p.ParameterType),
            PropertyInfo property => [property.PropertyType],
            _ => Type.EmptyTypes,
        });
        Assert.That(types.Where(type => type.FullName?.Contains("FSharpOption") == true), Is.Empty);
    }

    /// <summary>F# functions that C# code calls have a <c>CompiledName</c> in PascalCase; those of F# alone need none.</summary>
    [Test]
    public void MembersOfTheCoreHaveOneCasingInCSharp()
    {
        string[] called = [.. CalledInTheCore(typeof(TrainingRun).Assembly), .. CalledInTheCore(GetType().Assembly)];
        Assert.That(called, Does.Contain("Nearest.Hint"));
        Assert.That(
            called.Where(member => char.IsLower(member[member.IndexOf('.') + 1])).Distinct(), Is.Empty,
            "add [<CompiledName(\"Name\")>]");
    }

    private static IEnumerable<string> CalledInTheCore(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var names = file.GetMetadataReader();
        var core = typeof(MtrlFunctional.Experiments.Experiment).Assembly.GetName().Name;
        foreach (var member in names.MemberReferences.Select(names.GetMemberReference))
        {
            if (member.Parent.Kind != HandleKind.TypeReference)
                continue;
            var type = names.GetTypeReference((TypeReferenceHandle)member.Parent);
            if (type.ResolutionScope.Kind == HandleKind.AssemblyReference
                && names.GetString(names.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name) == core)
                yield return $"{names.GetString(type.Name)}.{names.GetString(member.Name).Replace("get_", "", StringComparison.Ordinal)}";
        }
    }

    private sealed class LastProgress : IProgress<TrainingProgress>
    {
        internal TrainingPhase Phase { get; private set; }

        public void Report(TrainingProgress value) => Phase = value.Phase;
    }
}
