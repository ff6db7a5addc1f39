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
    private readonly int _observed;
    private readonly int _actions;
    private readonly int _width;
    private readonly Tensor _obs;
    private readonly Tensor _last;
    private readonly Tensor _action;
    private readonly Tensor _reward;
    private readonly bool[] _terminal;

    /// <summary>Zeros, in the current scope.</summary>
    /// <param name="plan">Which episodes there are.</param>
    /// <param name="spec">Of the environments.</param>
    /// <param name="taskColumns">One-hot columns behind each observation; 0: none.</param>
    internal EpisodeMemory(SamplingPlan plan, EnvironmentSpec spec, int taskColumns)
    {
        (_observed, _actions) = (EnvironmentSpecModule.ObservationSize(spec), EnvironmentSpecModule.ActionSize(spec));
        (_plan, _width) = (plan, _observed + taskColumns);
        Tensor Memory(params long[] shape) =>
            Ops.Zeros([plan.Groups, plan.Episodes, .. shape], Numeric.Float32, Ops.Cpu);
        _obs = Memory(plan.Steps, _width);
        _last = Memory(_width);
        _action = Memory(plan.Steps, _actions);
        _reward = Memory(plan.Steps);
        Lengths = new int[plan.Groups * plan.Episodes];
        _terminal = new bool[Lengths.Length];
    }

    /// <summary>Steps of each episode so far.</summary>
    internal int[] Lengths { get; }

    /// <summary>Writes what an episode saw before a step; at its end, what it saw last.</summary>
    internal void See(int episode, int step, ReadOnlySpan<float> observation)
    {
        var row = step < _plan.Steps
            ? Ops.Data<float>(_obs).Slice(((episode * _plan.Steps) + step) * _width, _width)
            : Ops.Data<float>(_last).Slice(episode * _width, _width);
        observation.CopyTo(row);
        if (_width > _observed)
            OneHot.Write(row[_observed..], _plan.Tasks[episode]);
    }

    /// <summary>A step was taken.</summary>
    /// <param name="episode">In which episode.</param>
    /// <param name="step">Which, from 0.</param>
    /// <param name="reward">Its reward.</param>
    /// <param name="terminal">Whether it reached a terminal state.</param>
    internal void Pay(int episode, int step, float reward, bool terminal)
    {
        _terminal[episode] = terminal;
        Ops.Data<float>(_reward)[(episode * _plan.Steps) + step] = reward;
        Lengths[episode] = step + 1;
    }

    /// <summary>What some episodes of each group see before a step, [groups; count; numbers].</summary>
    internal Tensor Seen(int first, int count, int step) => Ops.Contiguous(At(_obs, first, count, step));

    /// <summary>Keeps what they do, of the same shape.</summary>
    internal void Act(int first, int count, int step, Tensor action) =>
        Ops.CopyFrom(At(_action, first, count, step), action);

    /// <summary>All of it. An episode that ended early is padded with zeros; one that became unstable ends with the step before.</summary>
    internal Episodes Whole()
    {
        for (var episode = 0; episode < Lengths.Length; episode++)
            if (Lengths[episode] < _plan.Steps)
                CutOff(episode, Lengths[episode]);
        return new Episodes(_obs, _action, _reward, _last, Lengths, _terminal);
    }

    private void CutOff(int episode, int length)
    {
        var obs = Ops.Data<float>(_obs).Slice(episode * _plan.Steps * _width, _plan.Steps * _width);
        if (length > 0)
            obs.Slice(length * _width, _width).CopyTo(Ops.Data<float>(_last)[(episode * _width)..]);
        obs[(length * _width)..].Clear();
        Ops.Data<float>(_action)
            .Slice(episode * _plan.Steps * _actions, _plan.Steps * _actions)
            [(length * _actions)..]
            .Clear();
    }

    private static Tensor At(Tensor x, int first, int count, int step) =>
        Ops.Select(Ops.Narrow(x, 1, first, count), 2, step);
}
