using MtrlFunctional.Networks;
using MtrlFunctional.Surgery;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>A policy for evaluation.</summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal interface IGreedyPolicy : IDisposable
{
    /// <summary>Greedy actions of the policy for any number of tasks.</summary>
    /// <param name="observations">[n * observations], task by task.</param>
    /// <param name="actions">[n * actions], filled; each in [−1, 1].</param>
    void ActGreedily(ObservationRows observations, Span<float> actions);

    void IDisposable.Dispose()
    {
        // Most actors that are no learners hold nothing.
    }
}

/// <summary>A policy for evaluation whose tasks act independently: threads may act in different tasks at the same time.</summary>
internal interface IRowwisePolicy : IGreedyPolicy
{
    /// <summary>Tasks that act together.</summary>
    int Rows { get; }

    /// <summary>The greedy action of one task.</summary>
    /// <param name="row">Place of the task, from 0.</param>
    /// <param name="observation">The observation of this task.</param>
    /// <param name="action">Filled; each in [−1, 1].</param>
    void ActInRow(int row, ObservationRows observation, Span<float> action);

    void IGreedyPolicy.ActGreedily(ObservationRows observations, Span<float> actions)
    {
        var (numbers, size) = (observations.Length / Rows, actions.Length / Rows);
        for (var row = 0; row < Rows; row++)
            ActInRow(row, observations.Row(row, numbers), actions.Slice(row * size, size));
    }
}

/// <summary>A policy for evaluation that explores where it is to.</summary>
internal interface IExploringPolicy : IGreedyPolicy
{
    /// <summary>Standard normal numbers that one exploratory action takes.</summary>
    int NoiseSize { get; }

    /// <summary>Correlation of the noise with the noise of the step before, as in training.</summary>
    double NoiseCorrelation { get; }

    /// <summary>Greedy or exploratory actions of any number of tasks.</summary>
    /// <param name="observations">[n * observations], task by task.</param>
    /// <param name="explores">For each task, whether its action has noise.</param>
    /// <param name="noise">[n * <see cref="NoiseSize"/>], standard normal.</param>
    /// <param name="actions">[n * actions], filled; each in [−1, 1].</param>
    void Act(ObservationRows observations, bool[] explores, float[] noise, Span<float> actions);
}

/// <summary>A learner: its policy, and its state for checkpoints.</summary>
internal interface ILearner : IGreedyPolicy
{
    long Updates { get; }

    DataParallel? Workers { get; }

    /// <summary>Pairwise cosine similarities of the task gradients since the previous call, oldest first; none if the tasks share no
    /// parameters.</summary>
    IReadOnlyList<ConflictRecord> TakeConflicts();

    /// <summary>The greedy policy as steps on the row of one evaluated task; an error is the reason why it cannot be
    /// expressed so.</summary>
    /// <param name="observation">Numbers of an observation as the environments give it.</param>
    /// <param name="readings">Whether log σ and the value stand beside the action, where they can be expressed so.</param>
    FSharpResult<FSharpList<RowStep>, string> RowLayers(int observation, bool readings = false);

    /// <summary>The state as named tensors; views, valid until the next update.</summary>
    FSharpList<Tuple<string, Tensor>> Named();

    /// <summary>The report of an update that is not finite; null: in the message only.</summary>
    CrashReports? Crashes { set; }

    /// <summary>Performs an update and leaves the state unchanged.</summary>
    /// <returns>The tensors of the next state and of the measured metrics; they belong to the current scope.</returns>
    IEnumerable<Tuple<string, Tensor>> Preview(IReadOnlyDictionary<string, Tensor> sample);

    /// <summary>Limits further updates to some parameters; <see cref="Restore"/> ends it.</summary>
    /// <param name="mask">1 at parameters that learn, 0 elsewhere, by the name of a tensor.</param>
    /// <returns>False, and no change: the agent cannot.</returns>
    bool FreezeExcept(Func<string, Tensor?> mask);

    /// <summary>Restores a saved state.</summary>
    /// <param name="find">A tensor by its name; null: there is none.</param>
    /// <param name="updates">Updates done when it was saved.</param>
    /// <returns>Mismatches between the tensors and these networks; the state is unchanged if there are any.</returns>
    IReadOnlyList<string> Restore(Func<string, Tensor?> find, long updates);

    /// <summary>Restores a state of the same networks.</summary>
    void RestoreOwn(Func<string, Tensor?> find, long updates)
    {
        if (Restore(find, updates) is { Count: > 0 } faults)
            throw new InvalidOperationException(string.Join(" ", faults));
    }
}
