using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Saves and loads checkpoints of a run: agent, loop counters, and the state of its trainer.</summary>
internal static class RunState
{
    /// <summary>The parameters: all that an evaluation reads.</summary>
    internal const string AgentFile = "agent.safetensors";

    /// <summary>Counters and statistics of the loop.</summary>
    internal const string LoopFile = "loop.safetensors";

    /// <summary>Saves everything that a resumed run needs.</summary>
    /// <exception cref="MtrlException">The disk is full or failed; earlier checkpoints are untouched.</exception>
    internal static Checkpoint Save(RunFolder folder, RunLogs logs, Trainer trainer, Checkpoint? earlier)
    {
        using var scope = torch.NewDisposeScope();
        var experiment = trainer.Experiment;
        var info = new CheckpointInfo
        {
            Step = trainer.State.Step,
            Configuration = ExperimentModule.Render(experiment),
            Threads = trainer.Threads,
            Precision = experiment.Setup.Precision.ToString().ToLowerInvariant(),
            Libraries = new Dictionary<string, string> { ["libtorch"] = Libtorch.Version },
            Logs = logs.Positions(),
            ProcessorModel = Processor.ModelName,
        };
        var agent = trainer.Learner.Named().Select(named => TensorFiles.Entry(named.Item1, named.Item2)).ToList();
        using var writer = folder.Checkpoints.Begin(
            info, agent.Sum(entry => entry.Bytes) + trainer.BytesToSave(earlier));
        writer.WriteTensors(AgentFile, agent);
        WriteLoop(writer, trainer);
        trainer.Save(writer, earlier);
        var saved = writer.Commit();
        folder.Checkpoints.Retain(experiment.Schedule.RetainCheckpoints is Retain.Last last ? Math.Max(1, last.count) : -1);
        return saved;
    }

    /// <summary>Restores the files that <see cref="Save"/> wrote.</summary>
    /// <exception cref="MtrlException">The checkpoint belongs to other networks or tasks.</exception>
    internal static void Load(Checkpoint checkpoint, Trainer trainer)
    {
        using var scope = torch.NewDisposeScope();
        try
        {
            LoadLoop(checkpoint, trainer);
            trainer.Load(checkpoint);
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or KeyNotFoundException
            or InvalidOperationException or OverflowException or FormatException or InvalidCastException)
        {
            throw new CheckpointException(
                CheckpointFault.Incompatible, $"{checkpoint.Folder}: its content does not fit this run ({e.Message.TrimEnd('.')}).");
        }
    }

    /// <summary>Restores only the agent of a checkpoint.</summary>
    internal static void LoadAgent(Checkpoint checkpoint, ILearner learner, long updates = 0)
    {
        using var scope = torch.NewDisposeScope();
        using var file = checkpoint.OpenTensors(AgentFile);
        var faults = learner.Restore(TensorFiles.FindIn(file), updates);
        if (faults.Count > 0)
            throw new MtrlException(
                $"{file.Path}: does not fit the networks of this experiment. {string.Join(" ", faults.Take(3))}");
    }

    /// <summary>The reward statistics of each trained task of a checkpoint.</summary>
    internal static RewardStatistics[] RewardsOf(Checkpoint checkpoint)
    {
        using var loop = checkpoint.OpenTensors(LoopFile);
        return LoopStateModule.RewardsOfNumbers(loop.ReadDoubles("reward_scales"));
    }

    private static void LoadLoop(Checkpoint checkpoint, Trainer trainer)
    {
        using var loop = checkpoint.OpenTensors(LoopFile);
        var state = LoopStateModule.OfNamed(
            trainer.Experiment.Environment.NumEnvs, loop.Metadata["means"].Split('\n', StringSplitOptions.RemoveEmptyEntries), loop.ReadDoubles);
        if (state.Step != checkpoint.Info.Step)
            throw new CheckpointException(
                CheckpointFault.Incompatible, $"{loop.Path}: is of step {Storage.Text.Count(state.Step)}, its manifest of step {Storage.Text.Count(checkpoint.Info.Step)}.");
        trainer.State = state;
        LoadAgent(checkpoint, trainer.Learner, loop.ReadLongs("updates")[0]);
    }

    private static void WriteLoop(CheckpointWriter writer, Trainer trainer) =>
        writer.WriteTensors(
            LoopFile,
            [
                .. LoopStateModule.Named(trainer.State).Select(named => SafetensorsEntry.Of(named.Item1, named.Item2)),
                SafetensorsEntry.Of("updates", [trainer.Learner.Updates]),
                SafetensorsEntry.Of("reward_scales", LoopStateModule.RewardNumbers(trainer.State), trainer.State.Rewards.Length, 2),
            ],
            new Dictionary<string, string> { ["means"] = string.Join('\n', LoopStateModule.Measurements(trainer.State)) });
}
