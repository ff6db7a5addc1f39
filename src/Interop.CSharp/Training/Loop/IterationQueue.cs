using MtrlFunctional.Algorithms;
using MtrlFunctional.Sampling;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Iterations that were played and wait for their update, oldest first. Owns their tensors.</summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal sealed class IterationQueue : IDisposable
{
    private readonly Queue<SampledEpisodes> _waiting = new();

    /// <summary>Iterations that wait.</summary>
    internal int Count => _waiting.Count;

    /// <summary>Adds the newest iteration and takes its tensors from the scope they are in.</summary>
    internal void Add(SampledEpisodes sampled)
    {
        foreach (var tensor in TensorsOf(sampled.Episodes))
            tensor.DetachFromDisposeScope();
        _waiting.Enqueue(sampled);
    }

    /// <summary>Removes the oldest iteration; its tensors belong to the current scope.</summary>
    internal SampledEpisodes Take()
    {
        var sampled = _waiting.Dequeue();
        foreach (var tensor in TensorsOf(sampled.Episodes))
            tensor.AttachToScope();
        return sampled;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _waiting.SelectMany(sampled => TensorsOf(sampled.Episodes)))
            tensor.Dispose();
        _waiting.Clear();
    }

    private static Tensor[] TensorsOf(Episodes episodes) =>
        [episodes.Obs, episodes.Action, episodes.Reward, episodes.LastObs];
}
