using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using MtrlFunctional.Surgery;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>What learns: a policy to be shown, and a state to and from a checkpoint.</summary>
/// <remarks>Whoever makes it disposes it. One thread at a time.</remarks>
internal interface ILearner : IDisposable
{
    /// <summary>Updates done.</summary>
    long Updates { get; }

    /// <summary>How the gradients of the tasks stood to each other since this was last called, oldest first.</summary>
    /// <remarks>Nothing where tasks share nothing.</remarks>
    IReadOnlyList<ConflictRecord> TakeConflicts() => [];

    /// <summary>Chooses the actions that the policy holds best, in any number of tasks.</summary>
    /// <param name="observations">[n * observations], task by task.</param>
    /// <param name="actions">[n * actions], filled; each in [−1, 1].</param>
    void ActGreedily(ReadOnlySpan<float> observations, Span<float> actions);

    /// <summary>The state as named tensors; views, valid until the next update.</summary>
    FSharpList<Tuple<string, Tensor>> Named();

    /// <summary>Takes over a saved state.</summary>
    /// <param name="find">A tensor by its name.</param>
    /// <param name="updates">Updates done when it was saved.</param>
    /// <returns>What keeps the tensors from being a state of these networks; nothing was changed then.</returns>
    IReadOnlyList<string> Restore(FSharpFunc<string, FSharpOption<Tensor>?> find, long updates);
}
