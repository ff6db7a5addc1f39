using MtrlFunctional.Algorithms;
using static TorchSharp.torch;

namespace MtrlFunctional.Sampling;

/// <summary>Memory of an iteration, task-major: environments write their observations and rewards where the update reads them. A
/// row has consecutive steps of one environment. Several threads may write, each its own rows.</summary>
internal sealed class EpisodeMemory
{
    private readonly SamplingPlan _plan;
    private readonly int _obsSize;
    private readonly int _actionSize;
    private readonly int _width;
    private readonly Tensor _obs;
    private readonly Tensor _last;
    private readonly Tensor _action;
    private readonly Tensor _reward;
    private readonly bool[] _terminal;
    private readonly List<int>[] _restarts;

    /// <summary>Zeros, in the current scope, with some one-hot columns of the task behind each observation.</summary>
    internal EpisodeMemory(SamplingPlan plan, EnvironmentSpec spec, int taskColumns)
    {
        (_obsSize, _actionSize) = (EnvironmentSpecModule.ObservationSize(spec), EnvironmentSpecModule.ActionSize(spec));
        (_plan, _width) = (plan, _obsSize + taskColumns);
        Tensor Allocate(params long[] shape) =>
            torch.zeros([plan.Groups, plan.Episodes, .. shape], ScalarType.Float32, Libtorch.Cpu);
        _obs = Allocate(plan.Steps, _width);
        _last = Allocate(_width);
        _action = Allocate(plan.Steps, _actionSize);
        _reward = Allocate(plan.Steps);
        Lengths = new int[plan.Groups * plan.Episodes];
        _terminal = new bool[Lengths.Length];
        _restarts = [.. Lengths.Select(_ => new List<int>())];
    }

    internal int[] Lengths { get; }

    /// <summary>Writes the observation before a step; after the last step, the final observation.</summary>
    internal void WriteObservation(int row, int step, ReadOnlySpan<float> observation)
    {
        var target = step < _plan.Steps
            ? _obs.Span<float>().Slice(((row * _plan.Steps) + step) * _width, _width)
            : _last.Span<float>().Slice(row * _width, _width);
        observation.CopyTo(target);
        if (_width > _obsSize)
            OneHot.Write(target[_obsSize..], _plan.Tasks[row]);
    }

    /// <summary>Writes the reward of a step, from 0, and whether it reached a terminal state.</summary>
    internal void WriteReward(int row, int step, float reward, bool terminal)
    {
        _terminal[row] = terminal;
        _reward.Span<float>()[(row * _plan.Steps) + step] = reward;
        Lengths[row] = step + 1;
    }

    /// <summary>Another episode of a row starts with a step.</summary>
    internal void Restart(int row, int step) => _restarts[row].Add(step);

    /// <summary>Observations of some rows of each group before a step, [groups; count; columns].</summary>
    internal Tensor Observations(int first, int count, int step) => At(_obs, first, count, step).contiguous();

    /// <summary>Writes their actions, [groups; count; actions].</summary>
    internal void WriteActions(int first, int count, int step, Tensor action) =>
        At(_action, first, count, step).detach().copy_(action);

    internal void WriteRow(BinaryWriter writer, int row)
    {
        writer.Write(Lengths[row]);
        writer.Write(_terminal[row]);
        writer.Write(_restarts[row].Count);
        _restarts[row].ForEach(writer.Write);
        foreach (var part in Numbers(row))
            writer.Write(part());
    }

    /// <summary>Reads a row that <see cref="WriteRow"/> wrote in a memory of the same plan.</summary>
    internal void ReadRow(BinaryReader reader, int row)
    {
        Lengths[row] = reader.ReadInt32();
        _terminal[row] = reader.ReadBoolean();
        for (var restarts = reader.ReadInt32(); restarts > 0; restarts--)
            _restarts[row].Add(reader.ReadInt32());
        foreach (var part in Numbers(row))
            reader.BaseStream.ReadExactly(part());
    }

    private delegate Span<byte> Bytes();

    /// <summary>The numbers of a row up to its length, of which the observations have one more: the last.</summary>
    private Bytes[] Numbers(int row)
    {
        var length = Lengths[row];
        Bytes Part(Tensor x, int columns, int steps) => () =>
            MemoryMarshal.AsBytes(x.Span<float>().Slice(row * (int)(x.numel() / Lengths.Length), steps * columns));
        return
        [
            Part(_obs, _width, Math.Min(length + 1, _plan.Steps)), Part(_last, _width, length < _plan.Steps ? 0 : 1),
            Part(_action, _actionSize, length), Part(_reward, 1, length),
        ];
    }

    /// <summary>The rows. One whose step was unstable ends with the step before, and is padded with zeros.</summary>
    internal Episodes ToEpisodes()
    {
        for (var row = 0; row < Lengths.Length; row++)
            if (Lengths[row] < _plan.Steps)
                Pad(row, Lengths[row]);
        int[][] restarts = [.. _restarts.Select((steps, row) => steps.Where(first => first < Lengths[row]).ToArray())];
        return new Episodes(_obs, _action, _reward, _last, Lengths, _terminal, restarts, remembered: new bool[Lengths.Length]);
    }

    private void Pad(int row, int length)
    {
        var obs = _obs.Span<float>().Slice(row * _plan.Steps * _width, _plan.Steps * _width);
        if (length > 0)
            obs.Slice(length * _width, _width).CopyTo(_last.Span<float>()[(row * _width)..]);
        obs[(length * _width)..].Clear();
        _action.Span<float>()
            .Slice(row * _plan.Steps * _actionSize, _plan.Steps * _actionSize)
            [(length * _actionSize)..]
            .Clear();
    }

    private static Tensor At(Tensor x, int first, int count, int step) =>
        x.narrow(1, first, count).select(2, step);
}
