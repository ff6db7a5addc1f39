namespace MtrlFunctional.Policies;

/// <summary>A policy as data: what its file holds.</summary>
/// <param name="Tasks">Names, in the order of the per-task numbers.</param>
/// <param name="ObservationSize">Numbers of an observation.</param>
/// <param name="ActionSize">Numbers of an action.</param>
/// <param name="Model">Bytes of an ONNX file with its graph, from an observation and a task to an action (<see cref="GraphValues"/>).</param>
/// <param name="Config">The resolved configuration of its run, YAML.</param>
/// <param name="Step">Environment steps of each task that it was trained for.</param>
/// <param name="Licence">Under which the numbers may be used, as an SPDX expression or a sentence.</param>
internal sealed record PolicyData(
    IReadOnlyList<string> Tasks,
    int ObservationSize,
    int ActionSize,
    byte[] Model,
    string Config,
    long Step,
    string Licence = "MIT")
{
    /// <summary>Numbers of each task's own observations and actions, where they are fewer for some; the others of a row are
    /// padding. Null: all tasks have all.</summary>
    internal IReadOnlyList<TaskSizes>? Sizes { get; init; }

    /// <summary>Numbers that recurrent units keep from step to step; 0: actions depend on one observation.</summary>
    internal int MemorySize { get; init; }

    /// <summary>Numbers behind the environment's observation: the trial's, where there is a memory.</summary>
    internal int TrialColumns => MemorySize > 0 ? ActionSize + PolicySession.TrialMarks : 0;

    /// <summary>How it was made and what it achieves; null: not stated.</summary>
    internal PolicyCard? Card { get; init; }
}
