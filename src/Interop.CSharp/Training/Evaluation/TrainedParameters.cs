using MtrlFunctional.Agents;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>The parameters of a run, to be loaded into networks of other tasks.</summary>
/// <remarks>The parameters are read once, so that the checkpoint may be removed later. The caller disposes it. Not
/// thread-safe.</remarks>
internal sealed class TrainedParameters : IDisposable
{
    private readonly string _path;
    private readonly int _tasks;
    private readonly Dictionary<string, (Tensor Tensor, FSharpList<TaskRows.TaskAxis> Axes)> _parameters;

    private TrainedParameters(
        string path, int tasks, Dictionary<string, (Tensor Tensor, FSharpList<TaskRows.TaskAxis> Axes)> parameters) =>
        (_path, _tasks, _parameters) = (path, tasks, parameters);

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="MtrlException">The checkpoint cannot be read, or the positions of the tasks' entries are
    /// unknown.</exception>
    internal static TrainedParameters Read(RunPolicy policy, Checkpoint checkpoint)
    {
        using var scope = torch.NewDisposeScope();
        using var file = checkpoint.OpenTensors(RunState.AgentFile);
        var parameters = TaskTransfer.Find(file.Path, policy.Trained, policy.Environments, policy.Extensions, TensorFiles.FindIn(file));
        foreach (var (tensor, _) in parameters.Values)
            tensor.DetachFromDisposeScope();
        return new TrainedParameters(file.Path, policy.Trained.Environment.Tasks.Length, parameters);
    }

    /// <summary>Loads them into the networks of other tasks.</summary>
    internal void Load(ILearner learner, IReadOnlyList<TaskRows.TaskEntry> entries)
    {
        using var scope = torch.NewDisposeScope();
        var own = learner.Named()
            .Where(named => TaskRows.AreSentences(named.Item1) || TaskRows.IsOfSurgery(named.Item1))
            .ToDictionary(named => named.Item1, named => named.Item2.clone());
        var list = ListModule.OfSeq(entries);
        var faults = learner.Restore(
            name => own.TryGetValue(name, out var tensor) ? tensor
                : _parameters.TryGetValue(name, out var trained)
                    ? TaskRows.Move(_tasks, TaskRows.EntriesOf(name, list), trained.Axes, trained.Tensor)
                    : null,
            updates: 0);
        if (faults.Count > 0)
            throw new MtrlException(
                $"{_path}: does not fit networks of other tasks; the form of projected layers (PTSL) depends on the number of tasks. "
                + string.Join(" ", faults.Take(3)));
    }

    public void Dispose()
    {
        foreach (var (tensor, _) in _parameters.Values)
            tensor.Dispose();
    }
}
