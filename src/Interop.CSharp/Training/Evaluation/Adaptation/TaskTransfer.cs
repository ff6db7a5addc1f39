using MtrlFunctional.Agents;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>The positions of tasks' entries in the tensors of an agent.</summary>
/// <remarks>A learner with one task more than the run shows by its shapes where entries of tasks are (<see cref="TaskRows"/>).</remarks>
internal static class TaskTransfer
{
    /// <summary>Tensors of 1 at the entries of tasks and 0 elsewhere, in the shapes of a learner's tensors, by name.</summary>
    /// <returns>Masks, which belong to the current scope.</returns>
    /// <exception cref="MtrlException">The positions of the tasks' entries are unknown.</exception>
    internal static Dictionary<string, Tensor> Masks(RunPolicy policy, ILearner learner)
    {
        var named = learner.Named().ToDictionary(tensor => tensor.Item1, tensor => tensor.Item2);
        var found = Find(policy.Folder, policy.Experiment, policy.Environments, policy.Extensions, named.GetValueOrDefault);
        return named.ToDictionary(x => x.Key, x => found.TryGetValue(x.Key, out var entries)
            ? TaskRows.Mask(policy.Experiment.Environment.NumEnvs, entries.Axes, entries.Tensor)
            : x.Value.zeros_like());
    }

    /// <summary>The tensors of an experiment's agent that are found by their names, each with its axes that have an entry for each
    /// task, without memories of surgery.</summary>
    /// <exception cref="MtrlException">The positions of the tasks' entries are unknown.</exception>
    internal static Dictionary<string, (Tensor Tensor, FSharpList<TaskRows.TaskAxis> Axes)> Find(
        string path, Experiment experiment, VectorEnvironment environments, Extensions extensions, Func<string, Tensor?> find)
    {
        var tasks = experiment.Environment.Tasks;
        var withOneMore = EvaluatedTasks.OfTasks(ListModule.OfSeq(tasks.Append(tasks[0])), experiment);
        using var wider = Learner.Create(withOneMore, environments.Spec, threads: 1, extensions);
        var found = new Dictionary<string, (Tensor, FSharpList<TaskRows.TaskAxis>)>();
        foreach (var (name, shaped) in wider.Named())
            if (!TaskRows.IsOfSurgery(name) && find(name) is { } tensor)
                found[name] = (
                    tensor,
                    OptionModule.ToObj(TaskRows.Find(tasks.Length, environments.ObservationSize, tensor.shape, shaped.shape))
                        ?? throw new MtrlException($"{path}: '{name}' has no entry for each task that others could have, too."));
        return found;
    }
}
