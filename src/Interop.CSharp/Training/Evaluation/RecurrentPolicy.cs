using MtrlFunctional.Networks;
using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <summary>A policy of a file with a memory, for evaluation in trials. The actions are disposed with it.</summary>
/// <remarks>The memory of a row follows its observations from call to call; their marks empty it.</remarks>
internal sealed class RecurrentPolicy(
    ITaskActions actions, PolicyData data, IReadOnlyList<int> tasks, bool isDiscrete, double noiseCorrelation) : IExploringPolicy
{
    private readonly RowMemory[] _rows = [.. tasks.Select(_ => new RowMemory(data))];

    public int NoiseSize => isDiscrete ? CategoricalModule.NoiseSize(data.ActionSize) : data.ActionSize;

    public double NoiseCorrelation => noiseCorrelation;

    public void ActGreedily(ObservationRows observations, Span<float> actions) =>
        Act(observations, new bool[tasks.Count], [], actions);

    public void Act(ObservationRows observations, bool[] explores, float[] noise, Span<float> chosen)
    {
        for (var row = 0; row < tasks.Count; row++)
        {
            var memory = _rows[row];
            if (!explores[row])
                Array.Clear(memory.Noise);
            else if (isDiscrete)
                CategoricalModule.Gumbel(noise[(row * NoiseSize)..((row + 1) * NoiseSize)]).CopyTo(memory.Noise, 0);
            else
                noise.AsSpan(row * NoiseSize, NoiseSize).CopyTo(memory.Noise);
            actions.Act(
                observations.Row(row, data.ObservationSize), tasks[row], chosen.Slice(row * data.ActionSize, data.ActionSize), memory);
        }
    }

    public void Dispose() => actions.Dispose();
}
