using Microsoft.FSharp.Core;
using Mtrl.Algorithms;
using Mtrl.Experiments;
using Mtrl.Tasks;
using MtrlFunctional.Environments;
using MtrlFunctional.Replay;
using MtrlFunctional.Storage;
using MtrlFunctional.Tensors;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>A run to and from a checkpoint: agent, environments, replay, and where the loop stands.</summary>
internal static class RunState
{
    private const string AgentFile = "agent.safetensors";
    private const string EnvironmentsFile = "environments.safetensors";
    private const string LoopFile = "loop.safetensors";

    /// <summary>Saves everything that a resumed run needs.</summary>
    /// <returns>The checkpoint, in its place and verified.</returns>
    /// <exception cref="MtrlException">The disk is full or failed; earlier checkpoints are untouched.</exception>
    internal static Checkpoint Save(
        Experiment experiment, RunFolder folder, RunLogs logs, RunParts parts, LoopProgress progress, Checkpoint? earlier)
    {
        using var scope = Ops.Scope();
        var info = new CheckpointInfo
        {
            Step = progress.Step,
            ConfigHash = RunIdentity.Hash(experiment),
            Threads = parts.Threads,
            Precision = experiment.Setup.Precision.ToString().ToLowerInvariant(),
            Libraries = new Dictionary<string, string> { ["libtorch"] = Ops.LibtorchVersion },
            Logs = logs.Positions(),
        };
        var agent = SacNames.ToNamed(parts.Learner.Agent, parts.Learner.State)
            .Select(named => TensorFiles.Entry(named.Item1, named.Item2)).ToList();
        var replayBytes = experiment.Schedule.SaveBuffer ? ReplayStore.BytesToSave(parts.Replay, earlier) : 0;
        using var writer = folder.Checkpoints.Begin(info, agent.Sum(entry => entry.Bytes) + replayBytes);
        writer.WriteTensors(AgentFile, agent);
        writer.WriteTensors(EnvironmentsFile, Entries(parts.Environments.Save()));
        WriteLoop(writer, parts, progress);
        if (experiment.Schedule.SaveBuffer)
            ReplayStore.Save(parts.Replay, writer, earlier);
        var saved = writer.Commit();
        folder.Checkpoints.Retain(experiment.Schedule.RetainCheckpoints is Retain.Last last ? Math.Max(1, last.count) : -1);
        return saved;
    }

    /// <summary>Takes over what <see cref="Save"/> wrote.</summary>
    /// <exception cref="MtrlException">The checkpoint belongs to other networks or tasks.</exception>
    internal static void Load(Checkpoint checkpoint, RunParts parts, LoopProgress progress)
    {
        using var scope = Ops.Scope();
        using (var loop = checkpoint.OpenTensors(LoopFile))
        {
            progress.Counters = loop.ReadLongs("counters");
            progress.Tally.Restore(loop.ReadDoubles("tally"));
            var scales = loop.ReadDoubles("reward_scales");
            for (var i = 0; i < progress.Scales.Length; i++)
                progress.Scales[i] = new RewardScale(scales[2 * i], scales[(2 * i) + 1]);
            progress.Means.Restore(
                loop.Metadata["means"].Split(' ', StringSplitOptions.RemoveEmptyEntries), loop.ReadDoubles("means"));
            LoadAgent(checkpoint, parts.Learner, loop.ReadLongs("updates")[0]);
        }

        using (var environments = checkpoint.OpenTensors(EnvironmentsFile))
            parts.Environments.Restore(new EnvironmentState(
                environments.Tensors.Where(t => t.Type == SafetensorsType.F64)
                    .ToDictionary(t => t.Name, t => environments.ReadDoubles(t.Name)),
                environments.Tensors.Where(t => t.Type == SafetensorsType.I64)
                    .ToDictionary(t => t.Name, t => environments.ReadLongs(t.Name))));
    }

    /// <summary>Takes over the agent of a checkpoint, nothing else.</summary>
    /// <exception cref="MtrlException">The checkpoint belongs to other networks.</exception>
    internal static void LoadAgent(Checkpoint checkpoint, SacLearner learner, long updates = 0)
    {
        using var scope = Ops.Scope();
        using var file = checkpoint.OpenTensors(AgentFile);
        var find = FuncConvert.FromFunc<string, FSharpOption<Tensor>?>(
            name => file.Contains(name) ? FSharpOption<Tensor>.Some(TensorFiles.Read(file, name)) : null);
        var state = SacNames.OfNamed(learner.Agent, learner.Place, find!);
        if (state.IsError)
            throw new MtrlException(
                $"{file.Path}: does not fit the networks of this experiment. {string.Join(" ", state.ErrorValue.Take(3))}");
        learner.Restore(state.ResultValue, updates);
    }

    private static void WriteLoop(CheckpointWriter writer, RunParts parts, LoopProgress progress)
    {
        var (names, numbers) = progress.Means.Save();
        writer.WriteTensors(
            LoopFile,
            [
                SafetensorsEntry.Of("counters", progress.Counters),
                SafetensorsEntry.Of("updates", [parts.Learner.Updates]),
                SafetensorsEntry.Of("tally", progress.Tally.Save()),
                SafetensorsEntry.Of(
                    "reward_scales", [.. progress.Scales.SelectMany(scale => new[] { scale.Mean, scale.Variance })], progress.Scales.Length, 2),
                SafetensorsEntry.Of("means", numbers),
            ],
            new Dictionary<string, string> { ["means"] = string.Join(' ', names) });
    }

    private static IEnumerable<SafetensorsEntry> Entries(EnvironmentState state) =>
    [
        .. state.Numbers.Select(named => SafetensorsEntry.Of(named.Key, named.Value)),
        .. state.Counters.Select(named => SafetensorsEntry.Of(named.Key, named.Value)),
    ];
}
