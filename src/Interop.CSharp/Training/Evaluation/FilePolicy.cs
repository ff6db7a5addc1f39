using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <summary>A policy of a file, for evaluation; <c>tasks</c> names its task for each evaluated one. The actions are disposed with
/// it.</summary>
internal sealed class FilePolicy(ITaskActions actions, IReadOnlyList<int> tasks) : IRowwisePolicy
{
    public int Rows => tasks.Count;

    /// <summary>The policy in environments, with or without a memory; the actions are disposed with it.</summary>
    internal static IGreedyPolicy Of(
        ITaskActions actions, PolicyData data, IReadOnlyList<int> tasks, Experiment trained, EnvironmentSpec spec) =>
        data.MemorySize == 0
            ? new FilePolicy(actions, tasks)
            : new RecurrentPolicy(
                actions, data, tasks, spec.Action.IsDiscrete, AlgorithmKeysModule.OnPolicy(trained.Agent.Algorithm).NoiseCorrelation);

    public void ActInRow(int row, ObservationRows observation, Span<float> action) => actions.Act(observation, tasks[row], action);

    public void Dispose() => actions.Dispose();
}
