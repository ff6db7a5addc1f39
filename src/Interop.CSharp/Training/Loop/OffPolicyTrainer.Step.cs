namespace MtrlFunctional.Training;

// A step of all environments: act, update from the replay, step, store.
internal sealed partial class OffPolicyTrainer
{
    private readonly UpdateSchedule _schedule;
    private readonly Key _exploration;
    private readonly float[] _actions;
    private readonly bool[] _ended;
    private readonly Dictionary<string, double> _losses = [];
    private long _updates;
    private bool _isUnderway;

    /// <inheritdoc/>
    public void Begin()
    {
        Environments.Reset();
        for (var i = 0; i < Environments.Count; i++)
            BeginEpisode(i);
    }

    /// <inheritdoc/>
    public void Advance(Action pulse, CancellationToken stop)
    {
        if (!_isUnderway)
            Choose(_progress.Step);
        _isUnderway = true;
        Learn(_progress.Step, pulse, stop);
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
                _progress.Tally.Finish(i);
                BeginEpisode(i);
            }

        _progress.Step++;
        _speed.Steps(Environments.Count);
    }

    /// <summary>Updates and actions of a step that was stopped between two updates; none between two steps.</summary>
    private IReadOnlyList<SafetensorsEntry> Unfinished() =>
        _isUnderway ? [SafetensorsEntry.Of("updates", [_updates]), SafetensorsEntry.Of("actions", _actions)] : [];

    private void RestoreUnfinished(Checkpoint checkpoint)
    {
        using var unfinished = checkpoint.OpenTensors(UnfinishedFile);
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
            _learner.Explore(Environments.Rows, key, _actions);
    }

    private void Learn(long step, Action pulse, CancellationToken stop)
    {
        var updates = UpdateScheduleModule.UpdatesAt(step, Replay.Count, _schedule);
        while (_updates < updates)
        {
            if (_updates > 0)
                stop.ThrowIfCancellationRequested();
            foreach (var reading in _learner.Update(Replay, step))
            {
                _progress.Means.Add(reading.Metric, reading.Number);
                _losses[reading.Metric] = reading.Number;
            }

            _updates++;
            _speed.Updates(1);
            pulse();
        }
    }

    private void Store(int task)
    {
        double reward = Environments.Rewards[task];
        if (Environments.Unstable[task])
        {
            _progress.UnstableSteps++;
            if (Replay.InEpisode(_places[task]))
                Replay.AbandonEpisode(_places[task]);
            return;
        }

        var normalized = Normalized(task, reward);
        _progress.Tally.Add(task, _experiment.Behaviour.RawReturns ? reward : normalized, Environments.SuccessOf(task));
        if (_stored[task])
            Replay.Add(
                _places[task],
                _actions.AsSpan(task * Environments.ActionSize, Environments.ActionSize),
                (float)normalized,
                Environments.NextRows.Row(task, Environments.ObservationSize),
                Environments.Terminated[task]);
    }

    private void BeginEpisode(int task)
    {
        if (_stored[task])
            Replay.BeginEpisode(_places[task], Environments.Rows.Row(task, Environments.ObservationSize));
    }

    /// <summary>The reward as it is stored; updates the running statistics.</summary>
    private double Normalized(int task, double reward)
    {
        (var normalized, _progress.Rewards[task]) =
            RewardNormalizationModule.Normalize(_experiment.Environment.RewardNormalization, reward, _progress.Rewards[task]);
        return normalized;
    }
}
