using MtrlFunctional.Networks;
using Onnx;

namespace MtrlFunctional.Policies;

/// <summary>A policy as data: what its file holds.</summary>
/// <param name="Tasks">Names, in the order of the per-task numbers.</param>
/// <param name="ObservationSize">Numbers of an observation.</param>
/// <param name="ActionSize">Numbers of an action.</param>
/// <param name="Graph">From an observation and a task to an action (<see cref="PolicyGraph"/>).</param>
/// <param name="Config">The resolved configuration of its run, YAML.</param>
/// <param name="Step">Environment steps of each task that it was trained for.</param>
/// <param name="Licence">Under which the numbers may be used, as an SPDX expression or a sentence.</param>
internal sealed record PolicyData(
    IReadOnlyList<string> Tasks,
    int ObservationSize,
    int ActionSize,
    GraphProto Graph,
    string Config,
    long Step,
    string Licence = "MIT")
{
    /// <summary>Numbers of each task's own observations and actions, where they are fewer for some; the others of a row are
    /// padding. Null: all tasks have all.</summary>
    internal IReadOnlyList<TaskSizes>? Sizes { get; init; }

    /// <summary>Numbers that recurrent units keep from step to step; 0: actions depend on one observation.</summary>
    internal int MemorySize { get; init; }

    /// <summary>Numbers of an observation behind those of the environment: of a trial, where there is a memory.</summary>
    internal int TrialColumns => MemorySize > 0 ? TrialModule.ColumnsOf(ActionSize) : 0;

    /// <summary>How it was made and what it achieves; null: not stated.</summary>
    internal PolicyCard? Card { get; init; }

    /// <summary>The policy of steps on rows.</summary>
    /// <param name="steps">From an observation to an action.</param>
    /// <param name="environments">Those it is for.</param>
    /// <param name="tasks">As in the type.</param>
    /// <param name="config">As in the type.</param>
    /// <param name="step">As in the type.</param>
    internal static PolicyData Of(
        IReadOnlyCollection<RowStep> steps, VectorEnvironment environments, IReadOnlyList<string> tasks, string config, long step)
    {
        var (observations, actions) = (environments.ObservationSize, environments.ActionSize);
        return new PolicyData(tasks, observations, actions, PolicyGraph.Of(steps, observations, actions), config, step)
        {
            Sizes = environments.OwnSizes?.Take(tasks.Count).ToArray(),
            MemorySize = PolicyGraph.MemoryOf(steps),
        };
    }

    /// <summary>Compares a wanted checkpoint with that of the file.</summary>
    /// <param name="name">Of the file, for the message.</param>
    /// <param name="step">Of the checkpoint; null: any.</param>
    /// <exception cref="MtrlException">It is another.</exception>
    internal void CheckStep(string name, long? step)
    {
        if (step is { } wanted && wanted != Step)
            throw new MtrlException($"{name}: is the policy of step {Step:N0}; --step chooses among those of a run.");
    }
}
