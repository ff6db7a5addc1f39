using System.Runtime.InteropServices;
using MtrlFunctional.Environments;
using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <summary>A policy of steps on rows, for evaluation.</summary>
/// <param name="policy">Its data.</param>
/// <remarks>Not thread-safe.</remarks>
internal sealed class RowPolicy(PolicyData policy) : IGreedyPolicy
{
    private readonly RowNetwork _network = new(policy.Steps, policy.ObservationSize);
    private readonly float[] _pixels = new float[policy.ObservationSize];

    /// <inheritdoc/>
    public void ActGreedily(ObservationRows observations, Span<float> actions)
    {
        var action = policy.ActionSize;
        for (var row = 0; row < actions.Length / action; row++)
            _network.Run(
                Numbers(observations.Row(row, policy.ObservationSize)), row % policy.Tasks.Count,
                actions.Slice(row * action, action));
    }

    private ReadOnlySpan<float> Numbers(ObservationRows observation)
    {
        if (!observation.IsBytes)
            return MemoryMarshal.Cast<byte, float>(observation.Memory);
        for (var i = 0; i < _pixels.Length; i++)
            _pixels[i] = observation.Memory[i];
        return _pixels;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
