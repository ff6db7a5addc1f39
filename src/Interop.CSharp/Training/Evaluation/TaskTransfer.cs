using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using MtrlFunctional.Agents;
using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Storage;
using MtrlFunctional.Tensors;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Loads the parameters of a run into networks of other tasks.</summary>
/// <remarks>A learner with one task more than the run shows by its shapes where entries of tasks are (<see cref="TaskRows"/>).</remarks>
internal static class TaskTransfer
{
    /// <summary>Loads a checkpoint.</summary>
    /// <param name="setting">The experiments of the run and of the evaluation.</param>
    /// <param name="places">For each task of the learner, its place in the run; null: a new task.</param>
    /// <param name="checkpoint">Of the run.</param>
    /// <param name="environments">Those of the evaluation.</param>
    /// <param name="learner">Of the evaluated experiment; changed.</param>
    /// <param name="offset">Added to the entries of new tasks, which are means over the trained ones.</param>
    /// <exception cref="MtrlException">The networks do not match.</exception>
    internal static void Load(
        EvaluationSetting setting, IReadOnlyList<int?> places, Checkpoint checkpoint, VectorEnvironment environments,
        ILearner learner, double offset)
    {
        using var scope = Ops.Scope();
        using var file = checkpoint.OpenTensors(RunState.AgentFile);
        var trained = setting.Trained.Environment.Tasks;
        var shapes = ShapesOfOneMore(setting, setting.Trained, environments);
        var options = ListModule.OfSeq(places.Select(
            place => place is { } known ? FSharpOption<int>.Some(known) : null));
        var own = learner.Named().Where(named => TaskRows.AreSentences(named.Item1)).ToDictionary(
            named => named.Item1, named => Ops.Clone(named.Item2));
        Tensor? Moved(string name)
        {
            if (own.TryGetValue(name, out var sentences))
                return sentences;
            if (!file.Contains(name) || !shapes.TryGetValue(name, out var wider))
                return null;
            var tensor = TensorFiles.Read(file, name);
            return TaskRows.Move(
                trained.Length, options, offset, AxesOf(file.Path, name, trained.Length, environments, tensor, wider), tensor);
        }

        var faults = learner.Restore(Named(Moved), updates: 0);
        if (faults.Count > 0)
            throw new MtrlException(
                $"{file.Path}: does not fit networks of other tasks; the form of projected layers (PTSL) depends on the number of tasks. "
                + string.Join(" ", faults.Take(3)));
    }

    /// <summary>Tensors of 1 at the entries of tasks and 0 elsewhere, in the shapes of those of a learner, by name.</summary>
    /// <param name="policy">Of a run.</param>
    /// <param name="learner">Its learner.</param>
    /// <returns>They belong to the current scope.</returns>
    /// <exception cref="MtrlException">Entries of tasks are in no place that is known.</exception>
    internal static Dictionary<string, Tensor> Masks(RunPolicy policy, ILearner learner)
    {
        var shapes = ShapesOfOneMore(policy.Setting, policy.Experiment, policy.Environments);
        var tasks = policy.Experiment.Environment.NumEnvs;
        return learner.Named().ToDictionary(
            named => named.Item1,
            named => TaskRows.Mask(
                tasks, AxesOf(policy.Folder, named.Item1, tasks, policy.Environments, named.Item2, shapes[named.Item1]), named.Item2));
    }

    /// <summary>A function that finds tensors by name.</summary>
    internal static FSharpFunc<string, FSharpOption<Tensor>?> Named(Func<string, Tensor?> find) =>
        FuncConvert.FromFunc<string, FSharpOption<Tensor>?>(
            name => find(name) is { } tensor ? FSharpOption<Tensor>.Some(tensor) : null);

    private static FSharpList<TaskRows.TaskAxis> AxesOf(
        string path, string name, int tasks, VectorEnvironment environments, Tensor tensor, long[] wider) =>
        OptionModule.ToObj(TaskRows.Find(tasks, environments.ObservationSize, Ops.Shape(tensor), wider))
        ?? throw new MtrlException($"{path}: '{name}' has no entry for each task that others could have, too.");

    /// <summary>The shapes of the tensors of an agent with one task more, by name.</summary>
    private static Dictionary<string, long[]> ShapesOfOneMore(
        EvaluationSetting setting, Experiment of, VectorEnvironment environments)
    {
        var tasks = of.Environment.Tasks;
        var experiment = EvaluatedTasks.OfTasks(ListModule.OfSeq(tasks.Append(tasks[0])), of);
        using var learner = setting.CreateLearner(experiment, environments.Spec, threads: 1);
        return learner.Named().ToDictionary(named => named.Item1, named => Ops.Shape(named.Item2));
    }
}
