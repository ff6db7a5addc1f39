using System.Runtime.InteropServices;
using MtrlFunctional.Environments;
using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <summary>A policy of layers on rows, for evaluation.</summary>
/// <param name="policy">Its data.</param>
/// <remarks>Not thread-safe.</remarks>
internal sealed class RowPolicy(PolicyData policy) : IGreedyPolicy
{
    private readonly RowNetwork _network = new(policy.Layers, policy.ObservationSize);

    /// <inheritdoc/>
    public void ActGreedily(ObservationRows observations, Span<float> actions)
    {
        var numbers = MemoryMarshal.Cast<byte, float>(observations.Memory);
        var (width, action) = (policy.ObservationSize, policy.ActionSize);
        for (var row = 0; row < actions.Length / action; row++)
            _network.Run(numbers.Slice(row * width, width), row % policy.Tasks.Count, actions.Slice(row * action, action));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
