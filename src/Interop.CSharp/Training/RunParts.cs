using Microsoft.FSharp.Core;
using MtrlFunctional.Experiments;
using MtrlFunctional.Training;
using MtrlFunctional.Environments;
using MtrlFunctional.Replay;
using MtrlFunctional.Storage;
using MtrlFunctional.Tensors;

namespace MtrlFunctional.Training;

/// <summary>What a run is made of: environments, replay, learner. Built from an experiment alone.</summary>
internal sealed class RunParts : IDisposable
{
    private readonly RewardNormalization _normalization;

    private RunParts(Experiment experiment, Checkpoint? checkpoint, FamilyOf? families)
    {
        Threads = ThreadsOf(experiment, checkpoint);
        _normalization = experiment.Environment.RewardNormalization;
        Environments = ExperimentEnvironments.Create(experiment, "train", Threads, families: families);
        try
        {
            var excluded = experiment.Schedule.EnvsToExclude;
            Names = Environments.TaskNames;
            Stored = [.. Names.Select(name => !excluded.Contains(name))];
            if (experiment.Behaviour.SeparateEvaluation)
                EvaluationEnvironments = ExperimentEnvironments.Create(experiment, ExperimentEnvironments.Evaluate, Threads, families: families);
            var shape = Shape(experiment, Environments);
            Replay = checkpoint is not null && ReplayStore.IsIn(checkpoint)
                ? ReplayStore.Load(shape, checkpoint)
                : new TaskReplay(shape);
            Learner = (OffPolicyLearner)Training.Learner.Create(experiment, Environments.Spec, Threads);
        }
        catch
        {
            EvaluationEnvironments?.Dispose();
            Environments.Dispose();
            throw;
        }
    }

    /// <summary>Threads of the update and of the environments.</summary>
    internal int Threads { get; }

    /// <summary>One environment per task, to train in.</summary>
    internal VectorEnvironment Environments { get; }

    /// <summary>The same again, to evaluate in; null where the training environments serve.</summary>
    internal VectorEnvironment? EvaluationEnvironments { get; }

    /// <summary>Names of the tasks, in order.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <summary>For each task, whether its transitions are stored.</summary>
    internal IReadOnlyList<bool> Stored { get; }

    /// <summary>What was experienced.</summary>
    internal TaskReplay Replay { get; }

    /// <summary>What learns.</summary>
    internal OffPolicyLearner Learner { get; }

    /// <summary>Builds everything.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="checkpoint">What the run goes on from, which decides threads and replay; null: a fresh start.</param>
    /// <param name="families">Makes the environments; null: as the experiment says.</param>
    /// <exception cref="MtrlException">Something that is not here (a task, a GPU), or too little memory.</exception>
    internal static RunParts Build(Experiment experiment, Checkpoint? checkpoint, FamilyOf? families = null)
    {
        CheckMemory(experiment);
        return new RunParts(experiment, checkpoint, families);
    }

    /// <summary>Threads of a run: those with which it began, else as its configuration says.</summary>
    internal static int ThreadsOf(Experiment experiment, Checkpoint? checkpoint) =>
        checkpoint?.Info.Threads
        ?? OptionModule.DefaultWith(FuncConvert.FromFunc(() => Processor.Threads), experiment.Setup.Threads);

    /// <summary>Refuses an experiment that would not fit.</summary>
    /// <exception cref="MtrlException">Too little memory.</exception>
    internal static void CheckMemory(Experiment experiment)
    {
        var free = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - System.Environment.WorkingSet;
        if (OptionModule.ToObj(MtrlFunctional.Experiments.Memory.Refusal(free, experiment)) is { } refusal)
            throw new MtrlException(refusal);
    }

    /// <summary>A reward as it is stored. Running statistics take it in.</summary>
    internal double Normalized(int task, double reward, LoopProgress progress)
    {
        (var normalized, progress.Rewards[task]) =
            RewardNormalizationModule.Normalize(_normalization, reward, progress.Rewards[task]);
        return normalized;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Learner.Dispose();
        EvaluationEnvironments?.Dispose();
        Environments.Dispose();
    }

    private static ReplayShape Shape(Experiment experiment, VectorEnvironment environments) => new()
    {
        Tasks = environments.Count,
        Observation = ObservationLayout.Of(environments.Spec),
        ActionWidth = environments.ActionSize,
        CapacityPerTask = Math.Max(1, experiment.ReplayBuffer.Capacity / environments.Count),
        EpisodeLength = environments.Spec.Horizon,
    };
}
