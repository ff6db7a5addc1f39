using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Mtrl.Algorithms;
using Mtrl.Experiments;
using Mtrl.Spaces;
using Mtrl.Surgery;
using MtrlFunctional.Replay;
using static TorchSharp.torch;
using Key = Mtrl.Random.Key;

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

/// <summary>A learner that explores step by step and learns from what is stored.</summary>
internal interface IReplayLearner : ILearner
{
    /// <summary>Chooses an action to explore with in every task.</summary>
    /// <param name="observations">[T * observations], task by task.</param>
    /// <param name="noise">Names the noise.</param>
    /// <param name="actions">[T * actions], filled; each in [−1, 1].</param>
    void Explore(ReadOnlySpan<float> observations, Key noise, Span<float> actions);

    /// <summary>Draws a batch and learns from it.</summary>
    /// <param name="replay">Where from; not empty.</param>
    /// <param name="step">Environment steps of every task so far.</param>
    /// <returns>What was measured.</returns>
    /// <exception cref="MtrlException">A loss is no longer a sensible number.</exception>
    Reading[] Update(TaskReplay replay, long step);
}

/// <summary>The learner that an experiment asks for.</summary>
internal static class Learner
{
    /// <summary>A learner before its first update.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="spec">Of the environments.</param>
    /// <param name="threads">Parts into which a batch is split on the CPU; part of the run's identity.</param>
    /// <exception cref="MtrlException">A GPU is asked for and there is none.</exception>
    internal static ILearner Create(Experiment experiment, EnvironmentSpec spec, int threads) =>
        ChoicesModule.IsOnPolicy(experiment.Choices)
            ? OnPolicyLearner.Create(experiment, spec, threads)
            : OfReplay(experiment, spec, threads);

    /// <summary>The same, of an experiment whose agent learns from what is stored.</summary>
    internal static IReplayLearner OfReplay(Experiment experiment, EnvironmentSpec spec, int threads) =>
        experiment.Choices.Agent.Family.IsDistral
            ? DistralLearner.Create(experiment, spec, threads)
            : SacLearner.Create(experiment, spec, threads);
}
