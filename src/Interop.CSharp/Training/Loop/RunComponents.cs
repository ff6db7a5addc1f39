using Microsoft.FSharp.Core;
using MtrlFunctional.Agents;
using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Replay;
using MtrlFunctional.Storage;
using MtrlFunctional.Tensors;

namespace MtrlFunctional.Training;

/// <summary>Creates the agent of an experiment.</summary>
internal delegate AnyAgent AgentOf(Catalogue.AgentSetting setting, Experiment experiment);

/// <summary>Components of an off-policy run: environments, replay, learner. Built from an experiment.</summary>
internal sealed class RunComponents : IDisposable
{
    private readonly RewardNormalization _normalization;
    private readonly string? _replayFolder;

    private RunComponents(
        Experiment experiment, Checkpoint? checkpoint, FamilyOf? families, AgentOf? agents, string? replayFolder)
    {
        _replayFolder = replayFolder;
        Threads = ThreadsOf(experiment, checkpoint);
        _normalization = experiment.Environment.RewardNormalization;
        Environments = ExperimentEnvironments.Create(experiment, "train", Threads, families: families);
        try
        {
            var excluded = experiment.Schedule.EnvsToExclude;
            Names = Environments.TaskNames;
            Places = [.. NetworkTasks.Trained(experiment)];
            Stored = [.. Names.Select(name => !excluded.Contains(name))];
            if (experiment.Behaviour.SeparateEvaluation)
                EvaluationEnvironments = ExperimentEnvironments.Create(experiment, ExperimentEnvironments.Evaluate, Threads, families: families);
            var shape = Shape(experiment, Environments) with
            {
                Stored = Places.Where((_, i) => Stored[i]).ToHashSet(),
            };
            Replay = checkpoint is not null && ReplayStore.IsIn(checkpoint)
                ? ReplayStore.Load(shape, checkpoint, replayFolder)
                : new TaskReplay(shape, replayFolder);
            Learner = (OffPolicyLearner)Training.Learner.Create(
                experiment, Environments.Spec, Threads, setting => (agents ?? Catalogue.Create)(setting, experiment));
        }
        catch
        {
            DisposeReplay();
            EvaluationEnvironments?.Dispose();
            Environments.Dispose();
            throw;
        }
    }

    /// <summary>Threads of the update and of the environments.</summary>
    internal int Threads { get; }

    /// <summary>One environment per task, to train in.</summary>
    internal VectorEnvironment Environments { get; }

    /// <summary>Environments for evaluation; null if the training environments are used.</summary>
    internal VectorEnvironment? EvaluationEnvironments { get; }

    /// <summary>Names of the tasks, in order.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <summary>For each task, whether its transitions are stored.</summary>
    internal IReadOnlyList<bool> Stored { get; }

    /// <summary>For each task, its index in the replay and in the networks.</summary>
    internal IReadOnlyList<int> Places { get; }

    /// <summary>The replay.</summary>
    internal TaskReplay Replay { get; }

    /// <summary>The learner.</summary>
    internal OffPolicyLearner Learner { get; }

    /// <summary>Builds the components.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="checkpoint">The checkpoint to resume, which fixes threads and replay; null: a new run.</param>
    /// <param name="families">Creates the environments; null: the family that the experiment names.</param>
    /// <param name="agents">Creates the agent; null: by the catalogue.</param>
    /// <param name="folder">
    /// The folder of the run, for a replay on a disk; null: the folder that the experiment names.
    /// </param>
    /// <exception cref="MtrlException">A task or GPU is not available, or too little space on the disk.</exception>
    internal static RunComponents Build(
        Experiment experiment, Checkpoint? checkpoint, FamilyOf? families = null, AgentOf? agents = null, string? folder = null) =>
        new(experiment, checkpoint, families, agents, ReplayFolder(experiment, folder));

    /// <summary>Threads of a run: from the configuration, else from the checkpoint, else from the machine.</summary>
    internal static int ThreadsOf(Experiment experiment, Checkpoint? checkpoint) =>
        OptionModule.ToNullable(experiment.Setup.Threads) ?? checkpoint?.Info.Threads ?? Processor.Threads;

    /// <summary>The folder of the files of the replay; null: main memory.</summary>
    private static string? ReplayFolder(Experiment experiment, string? folder)
    {
        if (!experiment.ReplayBuffer.Backing.IsFile)
            return null;
        var run = folder is null ? RunFolder.OfSeed(experiment.Setup.SaveDir, experiment.Setup.SeedRef) : new RunFolder(folder);
        Directory.CreateDirectory(run.ReplayFolder);
        return run.ReplayFolder;
    }

    private void DisposeReplay()
    {
        Replay?.Dispose();
        if (_replayFolder is not null)
            DurableFile.TryDeleteFolder(_replayFolder);
    }

    /// <summary>Normalises a reward for storing and updates the running statistics.</summary>
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
        DisposeReplay();
        EvaluationEnvironments?.Dispose();
        Environments.Dispose();
    }

    private static ReplayShape Shape(Experiment experiment, VectorEnvironment environments) => new()
    {
        Tasks = NetworkTasks.Count(experiment),
        Observation = ObservationLayout.Of(environments.Spec),
        ActionWidth = environments.ActionSize,
        Own = environments.OwnSpecs?.Select(ReplayRow.Of).ToArray(),
        CapacityPerTask = Math.Max(1, experiment.ReplayBuffer.Capacity / environments.Count),
        EpisodeLength = environments.Spec.Horizon,
        IsCompressed = experiment.ReplayBuffer.Backing.IsCompressed,
    };
}
