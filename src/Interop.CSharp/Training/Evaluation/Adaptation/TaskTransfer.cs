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
        var shapes = ShapesOfOneMore(policy.Setting, policy.Experiment, policy.Environments);
        var tasks = policy.Experiment.Environment.NumEnvs;
        return learner.Named().ToDictionary(
            named => named.Item1,
            named => TaskRows.Mask(
                tasks, AxesOf(policy.Folder, named.Item1, tasks, policy.Environments, named.Item2, shapes[named.Item1]), named.Item2));
    }

    /// <summary>The axes of a tensor with an entry for each of as many tasks, by its shape with one task more.</summary>
    internal static FSharpList<TaskRows.TaskAxis> AxesOf(
        string path, string name, int tasks, VectorEnvironment environments, Tensor tensor, long[] wider) =>
        OptionModule.ToObj(TaskRows.Find(tasks, environments.ObservationSize, tensor.shape, wider))
        ?? throw new MtrlException($"{path}: '{name}' has no entry for each task that others could have, too.");

    /// <summary>The shapes of the tensors of an agent with one task more, by name.</summary>
    internal static Dictionary<string, long[]> ShapesOfOneMore(
        EvaluationSetting setting, Experiment of, VectorEnvironment environments)
    {
        var tasks = of.Environment.Tasks;
        var experiment = EvaluatedTasks.OfTasks(ListModule.OfSeq(tasks.Append(tasks[0])), of);
        using var learner = Learner.Create(experiment, environments.Spec, threads: 1, setting.Extensions);
        return learner.Named().ToDictionary(named => named.Item1, named => named.Item2.shape);
    }
}
