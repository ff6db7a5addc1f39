using MtrlFunctional.Replay;

namespace MtrlFunctional.Training;

/// <summary>Transitions of the tasks of an evaluation, at the places that they have in the networks.</summary>
/// <remarks>The caller disposes it; the environments stay the caller's. Not thread-safe.</remarks>
internal sealed class PlayedTransitions : IDisposable
{
    /// <summary>
    /// The first episode of adaptation. Episodes of an evaluation count from 0, so that adaptation has other episodes.
    /// </summary>
    internal const int FirstEpisode = 1_000_000;

    private const int LargestCapacity = 100_000_000;

    private readonly VectorEnvironment _environments;
    private readonly int[] _places;
    private readonly RewardNormalization _normalization;
    private readonly RewardStatistics[] _rewards;

    /// <summary>Transitions of whole episodes of a task, at least 1.</summary>
    /// <param name="shots">Number of episodes.</param>
    /// <param name="environments">The environments in which the episodes are played.</param>
    /// <exception cref="MtrlException">More than are held.</exception>
    internal static int CapacityFor(int shots, VectorEnvironment environments)
    {
        var (horizon, steps) = (environments.Spec.Horizon, (long)shots * environments.Spec.Horizon);
        return steps <= LargestCapacity
            ? (int)Math.Max(1, steps)
            : throw new MtrlException(
                $"--shots {shots}: episodes of {horizon:N0} steps are {steps:N0} transitions of each task, and {LargestCapacity:N0} are held. "
                + "Give fewer, or a smaller --horizon.");
    }

    /// <summary>Holds none at first.</summary>
    /// <param name="experiment">The experiment of the evaluation.</param>
    /// <param name="environments">Its environments.</param>
    /// <param name="capacity">Transitions of each task, at least 1.</param>
    /// <param name="rewards">
    /// Statistics of each task by which rewards are normalised, if the experiment normalises; null: the statistics
    /// before the first reward.
    /// </param>
    /// <exception cref="MtrlException">More tasks are evaluated than the networks have.</exception>
    internal PlayedTransitions(
        Experiment experiment, VectorEnvironment environments, int capacity, IReadOnlyList<RewardStatistics>? rewards = null)
    {
        _environments = environments;
        _normalization = experiment.Environment.RewardNormalization;
        _rewards = [.. Enumerable.Range(0, environments.Count).Select(
            task => rewards?[task] ?? RewardNormalizationModule.NoRewards)];
        _places = OptionModule.ToObj(NetworkTasks.Evaluated(experiment))?.ToArray()
            ?? [.. Enumerable.Range(0, environments.Count)];
        if (_places.Length > NetworkTasks.Count(experiment))
            throw new MtrlException(
                $"{environments.Count} tasks are evaluated, and the networks have {NetworkTasks.Count(experiment)}.");
        Replay = new TaskReplay(new ReplayShape
        {
            Tasks = NetworkTasks.Count(experiment),
            Observation = ObservationLayout.Of(environments.Spec),
            ActionWidth = environments.ActionSize,
            CapacityPerTask = capacity,
            EpisodeLength = environments.Spec.Horizon,
        });
    }

    /// <summary>The stored transitions.</summary>
    internal TaskReplay Replay { get; }

    /// <summary>Begins an episode of a task with its newest observation.</summary>
    internal void BeginEpisode(int task) =>
        Replay.BeginEpisode(_places[task], _environments.Rows.Row(task, _environments.ObservationSize));

    /// <summary>Stores the newest step of a task; an unstable one ends the episode.</summary>
    /// <param name="task">Index of the environment.</param>
    /// <param name="actions">The actions of all environments.</param>
    internal void Store(int task, float[] actions)
    {
        if (_environments.Unstable[task])
        {
            if (Replay.InEpisode(_places[task]))
                Replay.AbandonEpisode(_places[task]);
            return;
        }

        (var reward, _rewards[task]) =
            RewardNormalizationModule.Normalize(_normalization, _environments.Rewards[task], _rewards[task]);
        Replay.Add(
            _places[task],
            actions.AsSpan(task * _environments.ActionSize, _environments.ActionSize),
            (float)reward,
            _environments.NextRows.Row(task, _environments.ObservationSize),
            _environments.Terminated[task]);
    }

    /// <summary>Plays an episode of each task to its end and stores it.</summary>
    /// <param name="episode">Which of those to learn from, from 0.</param>
    /// <param name="choose">Called before each step: fills the actions of all environments.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal void PlayEpisode(int episode, Action<float[]> choose, CancellationToken stop)
    {
        var actions = new float[_environments.Count * _environments.ActionSize];
        var over = new bool[_environments.Count];
        _environments.ResetTo(FirstEpisode + episode);
        for (var i = 0; i < _environments.Count; i++)
            BeginEpisode(i);
        while (over.Contains(false))
        {
            stop.ThrowIfCancellationRequested();
            choose(actions);
            _environments.StepRunning(actions);
            for (var i = 0; i < _environments.Count; i++)
            {
                if (over[i])
                    continue;
                Store(i, actions);
                over[i] = _environments.Ended(i);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Replay.Dispose();
}
