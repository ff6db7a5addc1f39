using MtrlFunctional.Algorithms;
using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Spaces;
using MtrlFunctional.Tensors;
using static TorchSharp.torch;

namespace MtrlFunctional.Sampling;

/// <summary>
/// Memory of an iteration, task-major: environments write their observations and rewards where the update reads
/// them. Several threads may write, each its own episodes.
/// </summary>
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

    /// <summary>Zeros, in the current scope.</summary>
    /// <param name="plan">The episodes.</param>
    /// <param name="spec">Specification of the environments.</param>
    /// <param name="taskColumns">One-hot columns behind each observation; 0: none.</param>
    internal EpisodeMemory(SamplingPlan plan, EnvironmentSpec spec, int taskColumns)
    {
        (_obsSize, _actionSize) = (EnvironmentSpecModule.ObservationSize(spec), EnvironmentSpecModule.ActionSize(spec));
        (_plan, _width) = (plan, _obsSize + taskColumns);
        Tensor Allocate(params long[] shape) =>
            Ops.Zeros([plan.Groups, plan.Episodes, .. shape], Numeric.Float32, Ops.Cpu);
        _obs = Allocate(plan.Steps, _width);
        _last = Allocate(_width);
        _action = Allocate(plan.Steps, _actionSize);
        _reward = Allocate(plan.Steps);
        Lengths = new int[plan.Groups * plan.Episodes];
        _terminal = new bool[Lengths.Length];
    }

    /// <summary>Steps of each episode so far.</summary>
    internal int[] Lengths { get; }

    /// <summary>Writes the observation before a step; after the last step, the final observation.</summary>
    internal void WriteObservation(int episode, int step, ReadOnlySpan<float> observation)
    {
        var row = step < _plan.Steps
            ? Ops.Data<float>(_obs).Slice(((episode * _plan.Steps) + step) * _width, _width)
            : Ops.Data<float>(_last).Slice(episode * _width, _width);
        observation.CopyTo(row);
        if (_width > _obsSize)
            OneHot.Write(row[_obsSize..], _plan.Tasks[episode]);
    }

    /// <summary>Writes the reward of a step.</summary>
    /// <param name="episode">Index of the episode.</param>
    /// <param name="step">Step, from 0.</param>
    /// <param name="reward">Its reward.</param>
    /// <param name="terminal">Whether it reached a terminal state.</param>
    internal void WriteReward(int episode, int step, float reward, bool terminal)
    {
        _terminal[episode] = terminal;
        Ops.Data<float>(_reward)[(episode * _plan.Steps) + step] = reward;
        Lengths[episode] = step + 1;
    }

    /// <summary>Observations of some episodes of each group before a step, [groups; count; columns].</summary>
    internal Tensor Observations(int first, int count, int step) => Ops.Contiguous(At(_obs, first, count, step));

    /// <summary>Writes their actions, [groups; count; actions].</summary>
    internal void WriteActions(int first, int count, int step, Tensor action) =>
        Ops.CopyFrom(At(_action, first, count, step), action);

    /// <summary>The episodes. Those that ended early are padded with zeros; an unstable one ends with the step
    /// before.</summary>
    internal Episodes ToEpisodes()
    {
        for (var episode = 0; episode < Lengths.Length; episode++)
            if (Lengths[episode] < _plan.Steps)
                Pad(episode, Lengths[episode]);
        return new Episodes(_obs, _action, _reward, _last, Lengths, _terminal);
    }

    private void Pad(int episode, int length)
    {
        var obs = Ops.Data<float>(_obs).Slice(episode * _plan.Steps * _width, _plan.Steps * _width);
        if (length > 0)
            obs.Slice(length * _width, _width).CopyTo(Ops.Data<float>(_last)[(episode * _width)..]);
        obs[(length * _width)..].Clear();
        Ops.Data<float>(_action)
            .Slice(episode * _plan.Steps * _actionSize, _plan.Steps * _actionSize)
            [(length * _actionSize)..]
            .Clear();
    }

    private static Tensor At(Tensor x, int first, int count, int step) =>
        Ops.Select(Ops.Narrow(x, 1, first, count), 2, step);
}
