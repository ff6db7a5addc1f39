using MtrlFunctional.Replay;

namespace MtrlFunctional.Training;

/// <summary>Transitions of the tasks of an evaluation, at their indices in the networks.</summary>
/// <remarks>The caller disposes it; the environments stay the caller's. Not thread-safe.</remarks>
internal sealed class PlayedTransitions : IDisposable
{
    /// <summary>The first episode of adaptation. Episodes of an evaluation count from 0, so that adaptation has other
    /// episodes.</summary>
    internal const int FirstEpisode = 1_000_000;

    private const int LargestCapacity = 100_000_000;

    private readonly VectorEnvironment _environments;
    private readonly TransitionStore _store;
    private readonly Experiment _experiment;
    private readonly RewardStatistics[] _rewards;

    /// <summary>Holds none at first, of a number of each task, for which a user gave the words; without statistics by which
    /// rewards are normalised, they begin before the first reward.</summary>
    /// <exception cref="MtrlException">More than there is memory, or of more tasks than the networks have.</exception>
    internal PlayedTransitions(
        string words, int capacity, Experiment experiment, VectorEnvironment environments, IReadOnlyList<RewardStatistics>? rewards = null)
    {
        _environments = environments;
        int[] indices = [.. OptionModule.ToObj(NetworkTasks.Evaluated(experiment)) ?? Enumerable.Range(0, environments.Count)];
        if (indices.Length > NetworkTasks.Count(experiment))
            throw new MtrlException(
                $"{environments.Count} tasks are evaluated, and the networks have {NetworkTasks.Count(experiment)}, each with transitions of "
                + "its own to learn from: evaluate without --adapt.");
        var shape = new ReplayShape
        {
            Tasks = NetworkTasks.Count(experiment),
            Spec = environments.Spec,
            CapacityPerTask = capacity,
        };
        try
        {
            Replay = new TaskReplay(shape);
        }
        catch (MtrlException e) when (e.InnerException is OutOfMemoryException)
        {
            throw new MtrlException(
                $"{words}: {Text.Count(capacity)} transitions of each task take {Text.Size(shape.Bytes)}, which this machine does not have. Give "
                + "fewer.", inner: e);
        }

        _store = new TransitionStore(environments, Replay, indices);
        _experiment = experiment;
        _rewards = [.. rewards ?? Enumerable.Repeat(RewardNormalizationModule.NoRewards, environments.Count)];
    }

    /// <summary>As the constructor, for a number of whole episodes of each task.</summary>
    internal static PlayedTransitions OfEpisodes(
        int shots, Experiment experiment, VectorEnvironment environments, IReadOnlyList<RewardStatistics>? rewards = null)
    {
        var (horizon, steps) = (environments.Spec.Horizon, (long)shots * environments.Spec.Horizon);
        return steps <= LargestCapacity
            ? new PlayedTransitions($"--shots {shots}", (int)Math.Max(1, steps), experiment, environments, rewards)
            : throw new MtrlException(
                $"--shots {shots}: episodes of {Text.Count(horizon)} steps are {Text.Count(steps)} transitions of each task, and {Text.Count(LargestCapacity)} are held. "
                + "Give fewer, or a smaller --horizon.");
    }

    internal TaskReplay Replay { get; }

    /// <summary>Plays an episode of each task, counted from 0, to its end and stores it; the actions are chosen before each
    /// step.</summary>
    internal void PlayEpisode(int episode, Action<float[]> choose, CancellationToken stop)
    {
        var actions = new float[_environments.Count * _environments.ActionSize];
        var over = new bool[_environments.Count];
        Begin(episode);
        while (over.Contains(false))
        {
            stop.ThrowIfCancellationRequested();
            choose(actions);
            _environments.StepRunning(actions);
            for (var i = 0; i < _environments.Count; i++)
            {
                if (over[i])
                    continue;
                _store.Add(i, actions, Reward(i));
                over[i] = _environments.Ended(i);
            }
        }
    }

    /// <summary>Plays a number of steps of each task, in episode after episode, and stores them.</summary>
    internal void PlaySteps(int steps, Action<float[]> choose, CancellationToken stop)
    {
        var actions = new float[_environments.Count * _environments.ActionSize];
        Begin(episode: 0);
        for (var step = 0; step < steps; step++)
        {
            stop.ThrowIfCancellationRequested();
            choose(actions);
            _environments.Step(actions);
            _store.Store(actions, [.. Enumerable.Range(0, _environments.Count).Select(Reward)]);
        }
    }

    public void Dispose() => Replay.Dispose();

    private void Begin(int episode)
    {
        _environments.ResetTo(FirstEpisode + episode);
        for (var i = 0; i < _environments.Count; i++)
            _store.Begin(i);
    }

    /// <summary>The reward of a task's newest step as it is stored, which the statistics then have.</summary>
    private FSharpValueOption<float> Reward(int task)
    {
        (var reward, _rewards[task]) = OffPolicyLoop.Stored(_experiment, _rewards[task], _environments.ResultOf(task));
        return reward.IsSome ? FSharpValueOption<float>.NewValueSome((float)reward.Value) : FSharpValueOption<float>.None;
    }
}
