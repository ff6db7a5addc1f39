using Microsoft.FSharp.Core;
using Mtrl.Algorithms;
using Mtrl.Experiments;
using Mtrl.Random;
using Mtrl.Tasks;
using Mtrl.Tensors;
using MtrlFunctional.Environments;
using MtrlFunctional.Replay;
using MtrlFunctional.Storage;
using MtrlFunctional.Tensors;
using MetaWorldTask = Mtrl.Tasks.Task;

namespace MtrlFunctional.Training;

/// <summary>What a run is made of: environments, replay, learner. Built from an experiment alone.</summary>
internal sealed class RunParts : IDisposable
{
    private readonly RewardNormalization _normalization;
    private readonly DataParallel? _workers;

    private RunParts(
        Experiment experiment, int threads, VectorEnvironment environments, VectorEnvironment? evaluation, TaskReplay replay)
    {
        (Threads, Environments, EvaluationEnvironments, Replay) = (threads, environments, evaluation, replay);
        Names = [.. environments.Slots.Select(slot => slot.Task.Name)];
        _normalization = experiment.Environment.RewardNormalization;
        var excluded = experiment.Schedule.EnvsToExclude;
        Stored = [.. environments.Slots.Select(slot => !excluded.Contains(slot.Task.Name))];

        var place = TrainingPlace.Of(experiment.Setup);
        _workers = place.Device.type == TorchSharp.DeviceType.CUDA ? null : new DataParallel(threads);
        var config = SacSetup.OfExperiment(
            experiment.Setup.Precision.IsBf16 ? MtrlFunctional.Tensors.Precision.BFloat16 : MtrlFunctional.Tensors.Precision.Full,
            MetaWorldEnvironment.ObservationSize, MetaWorldEnvironment.ActionSize, experiment);
        Learner = new SacLearner(
            SacAgentModule.create((IShards?)_workers ?? Shards.serial(1), config), place, BehaviourModule.OfFidelity(experiment.Choices.Fidelity), experiment.ReplayBuffer.BatchSize,
            MetaWorldEnvironment.ObservationSize, KeyModule.OfSeed(experiment.Setup.SeedRef));
    }

    /// <summary>Threads of the update and of the environments.</summary>
    internal int Threads { get; }

    /// <summary>One environment per task, to train in.</summary>
    internal VectorEnvironment Environments { get; }

    /// <summary>Names of the tasks, in order.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <summary>The same again, to evaluate in; null where the training environments serve.</summary>
    internal VectorEnvironment? EvaluationEnvironments { get; }

    /// <summary>What was experienced.</summary>
    internal TaskReplay Replay { get; }

    /// <summary>What learns.</summary>
    internal SacLearner Learner { get; }

    /// <summary>For each task, whether its transitions are stored.</summary>
    internal IReadOnlyList<bool> Stored { get; }

    /// <summary>Builds everything.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="checkpoint">What the run goes on from, which decides threads and replay; null: a fresh start.</param>
    /// <exception cref="MtrlException">Something that is not here (a task, a GPU), or too little memory.</exception>
    internal static RunParts Build(Experiment experiment, Checkpoint? checkpoint)
    {
        var count = checkpoint?.Info.Threads ?? OptionModule.DefaultValue(System.Environment.ProcessorCount, experiment.Setup.Threads);
        var tasks = Tasks(experiment.Environment.Tasks);
        var slots = Slots(experiment, tasks);
        var options = new VectorEnvironmentOptions
        {
            Slots = slots,
            Reward = experiment.Environment.RewardVersion.IsV1 ? MtrlFunctional.Environments.RewardVersion.V1 : MtrlFunctional.Environments.RewardVersion.V2,
            GoalVisible = experiment.Environment.Goals.IsVisible,
            Horizon = experiment.Environment.Horizon,
            Threads = count,
            Seed = experiment.Setup.SeedRef,
        };
        var environments = new VectorEnvironment(options);
        VectorEnvironment? evaluation = null;
        try
        {
            if (BehaviourModule.OfFidelity(experiment.Choices.Fidelity).SeparateEvaluation)
                evaluation = new VectorEnvironment(options with { Purpose = "evaluate" });
            var shape = Shape(experiment, slots.Length);
            var replay = checkpoint is not null && ReplayStore.IsIn(checkpoint)
                ? ReplayStore.Load(shape, checkpoint)
                : new TaskReplay(shape);
            return new RunParts(experiment, count, environments, evaluation, replay);
        }
        catch
        {
            evaluation?.Dispose();
            environments.Dispose();
            throw;
        }
    }

    /// <summary>A reward as it is stored; where rewards are divided by their scale, the scale learns from it.</summary>
    internal double Scaled(int task, double paid, LoopProgress progress)
    {
        if (_normalization.IsScaled)
            return paid / 10.0;
        if (!_normalization.IsRunning)
            return paid;
        progress.Scales[task] = RewardScaleModule.Observe(paid, progress.Scales[task]);
        return RewardScaleModule.Divide(paid, progress.Scales[task]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Learner.Dispose();
        _workers?.Dispose();
        EvaluationEnvironments?.Dispose();
        Environments.Dispose();
    }

    private static MetaWorldTask[] Tasks(IEnumerable<string> names)
    {
        var found = Mtrl.Tasks.MetaWorld.Benchmarks.findAll(Microsoft.FSharp.Collections.ListModule.OfSeq(names));
        return found.IsOk
            ? [.. found.ResultValue]
            : throw new MtrlException(string.Join('\n', found.ErrorValue));
    }

    /// <summary>Each task with the benchmark's 50 goals of the run's seed, one of them chosen where it stays fixed.</summary>
    private static EnvironmentSlot[] Slots(Experiment experiment, MetaWorldTask[] tasks)
    {
        var seed = experiment.Setup.SeedRef;
        var choice = KeyModule.ForPurpose("goal", KeyModule.OfSeed(seed));
        var goals = Mtrl.Tasks.Goals.ofSplit((uint)seed, Microsoft.FSharp.Collections.ListModule.OfSeq(tasks));
        return [.. goals.Select((pair, i) => new EnvironmentSlot(
            pair.Item1,
            pair.Item2,
            experiment.Environment.GoalSelection.IsFixed
                ? KeyModule.Below(Mtrl.Tasks.Goals.count, KeyModule.At(i, choice))
                : null))];
    }

    private static ReplayShape Shape(Experiment experiment, int tasks) => new()
    {
        Tasks = tasks,
        Observation = ObservationLayout.MetaWorld,
        ActionWidth = MetaWorldEnvironment.ActionSize,
        CapacityPerTask = Math.Max(1, experiment.ReplayBuffer.Capacity / tasks),
        EpisodeLength = experiment.Environment.Horizon,
    };
}
