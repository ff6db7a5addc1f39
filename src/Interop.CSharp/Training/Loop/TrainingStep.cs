using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Randomness;
using MtrlFunctional.Storage;
using Key = MtrlFunctional.Randomness.Key;

namespace MtrlFunctional.Training;

/// <summary>One step of all environments: act, update from the replay, step, store.</summary>
/// <param name="experiment">The experiment.</param>
/// <param name="components">Environments, replay and learner; updated.</param>
/// <param name="progress">The run's counters and sums; updated.</param>
/// <param name="speed">Counts steps and updates.</param>
internal sealed class TrainingStep(
    Experiment experiment, RunComponents components, LoopProgress progress, Throughput speed)
{
    private readonly UpdateSchedule _schedule = new(experiment.Schedule.InitSteps, experiment.Schedule.UpdatesPerStep);
    private readonly bool _rawReturns = experiment.Behaviour.RawReturns;
    private readonly Key _exploration = KeyModule.ForPurpose("explore", KeyModule.OfSeed(experiment.Setup.SeedRef));
    private readonly float[] _actions = new float[components.Environments.Count * components.Environments.ActionSize];
    private readonly bool[] _ended = new bool[components.Environments.Count];
    private readonly Dictionary<string, double> _losses = [];
    private long _updates;
    private bool _isUnderway;

    private VectorEnvironment Environments => components.Environments;

    /// <summary>The newest measurement of each kind, by name.</summary>
    internal IReadOnlyDictionary<string, double> Losses() => new Dictionary<string, double>(_losses);

    /// <summary>Starts an episode in every environment.</summary>
    internal void Begin()
    {
        Environments.Reset();
        for (var i = 0; i < Environments.Count; i++)
            BeginEpisode(i);
    }

    /// <summary>Performs the step; environments whose episode ended begin the next one.</summary>
    /// <param name="pulse">Called after each update: the first step after the random actions has more than a
    /// thousand.</param>
    /// <param name="stop">Ends it between two updates; a later call performs the rest.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal void Advance(Action pulse, CancellationToken stop = default)
    {
        if (!_isUnderway)
            Choose(progress.Step);
        _isUnderway = true;
        Learn(progress.Step, pulse, stop);
        (_updates, _isUnderway) = (0, false);
        Environments.Step(_actions);
        for (var i = 0; i < Environments.Count; i++)
            Store(i);
        for (var i = 0; i < Environments.Count; i++)
            _ended[i] = Environments.Ended(i);
        Environments.ResetFinished();
        for (var i = 0; i < Environments.Count; i++)
            if (_ended[i])
            {
                progress.Tally.Finish(i);
                BeginEpisode(i);
            }

        progress.Step++;
        speed.Steps(Environments.Count);
    }

    /// <summary>Updates and actions of a step that was stopped between two updates; none between two steps.</summary>
    internal IReadOnlyList<SafetensorsEntry> Unfinished() =>
        _isUnderway ? [SafetensorsEntry.Of("updates", [_updates]), SafetensorsEntry.Of("actions", _actions)] : [];

    /// <summary>Restores the episodes that <see cref="Unfinished"/> returned.</summary>
    /// <exception cref="MtrlException">The file is of other environments.</exception>
    internal void Restore(SafetensorsFile unfinished)
    {
        var (actions, updates) = (unfinished.ReadFloats("actions"), unfinished.ReadLongs("updates"));
        if (actions.Length != _actions.Length || updates is not [>= 0])
            throw new MtrlException($"{unfinished.Path}: is not of a step of {_actions.Length} numbers as actions.");
        actions.CopyTo(_actions, 0);
        (_updates, _isUnderway) = (updates[0], true);
    }

    private void Choose(long step)
    {
        var key = KeyModule.At(step, _exploration);
        if (UpdateScheduleModule.ActsRandomly(step, _schedule))
        {
            RandomActions.Fill(Environments.Spec.Action, key, _actions);
            Environments.ClearPadding(_actions);
        }
        else
            components.Learner.Explore(Environments.Rows, key, _actions);
    }

    private void Learn(long step, Action pulse, CancellationToken stop)
    {
        var updates = UpdateScheduleModule.UpdatesAt(step, components.Replay.Count, _schedule);
        while (_updates < updates)
        {
            if (_updates > 0)
                stop.ThrowIfCancellationRequested();
            foreach (var reading in components.Learner.Update(components.Replay, step))
            {
                progress.Means.Add(reading.Metric, reading.Number);
                _losses[reading.Metric] = reading.Number;
            }

            _updates++;
            speed.Updates(1);
            pulse();
        }
    }

    private void Store(int task)
    {
        double reward = Environments.Rewards[task];
        if (Environments.Unstable[task])
        {
            progress.UnstableSteps++;
            if (components.Replay.InEpisode(components.Places[task]))
                components.Replay.AbandonEpisode(components.Places[task]);
            return;
        }

        var normalized = components.Normalized(task, reward, progress);
        progress.Tally.Add(task, _rawReturns ? reward : normalized, Environments.SuccessOf(task));
        if (components.Stored[task])
            components.Replay.Add(
                components.Places[task],
                _actions.AsSpan(task * Environments.ActionSize, Environments.ActionSize),
                (float)normalized,
                Environments.NextRows.Row(task, Environments.ObservationSize),
                Environments.Terminated[task]);
    }

    private void BeginEpisode(int task)
    {
        if (components.Stored[task])
            components.Replay.BeginEpisode(
                components.Places[task], Environments.Rows.Row(task, Environments.ObservationSize));
    }
}
