using System.Runtime.InteropServices;
using MtrlFunctional.Environments;
using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <summary>A policy of steps on rows, for evaluation.</summary>
/// <param name="policy">Its data.</param>
internal sealed class RowPolicy(PolicyData policy) : IRowwisePolicy
{
    // Buffers of its own for each task; the weights are shared.
    private readonly Row[] _rows = [.. policy.Tasks.Select(_ => new Row(policy))];

    /// <inheritdoc/>
    public int Rows => _rows.Length;

    /// <inheritdoc/>
    public void ActInRow(int row, ObservationRows observation, Span<float> action) => _rows[row].Act(row, observation, action);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Row(PolicyData policy)
    {
        private readonly RowNetwork _network = new(policy.Steps, policy.ObservationSize);
        private readonly float[] _pixels = new float[policy.ObservationSize];

        internal void Act(int task, ObservationRows observation, Span<float> action) =>
            _network.Run(Numbers(observation), task, action);

        private ReadOnlySpan<float> Numbers(ObservationRows observation)
        {
            if (!observation.IsBytes)
                return MemoryMarshal.Cast<byte, float>(observation.Memory);
            for (var i = 0; i < _pixels.Length; i++)
                _pixels[i] = observation.Memory[i];
            return _pixels;
        }
    }
}
