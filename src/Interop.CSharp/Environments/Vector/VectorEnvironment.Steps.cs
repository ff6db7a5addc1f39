namespace MtrlFunctional.Environments;

/// <summary>Starting episodes, and steps.</summary>
public sealed partial class VectorEnvironment
{
    /// <summary>Starts the next episode everywhere.</summary>
    public void Reset()
    {
        _workers.Run(Count, ResetOne);
        ShowStarts();
    }

    /// <summary>Starts the next episode of one environment with an instance of one's choice.</summary>
    /// <param name="index">Which environment.</param>
    /// <param name="instance">Below <see cref="InstancesOf"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such environment or instance.</exception>
    public void Reset(int index, int instance)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        ArgumentOutOfRangeException.ThrowIfNegative(instance);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(instance, InstancesOf(index));
        Begin(index, _episodes[index] + 1, instance);
        ShowStarts();
    }

    /// <summary>Starts the episode of a certain number everywhere: the same number has the same instances.</summary>
    /// <param name="episode">From 0.</param>
    public void ResetTo(long episode)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(episode);
        ResetTo(episode, i => InstanceOf(i, episode, chosen: null));
    }

    /// <summary>Starts the episode of a certain number everywhere, each with an instance of one's choice.</summary>
    /// <param name="episode">From 0.</param>
    /// <param name="instanceOf">The instance of an environment; below <see cref="InstancesOf"/>.</param>
    internal void ResetTo(long episode, Func<int, int> instanceOf)
    {
        _workers.Run(Count, i => Begin(i, episode, instanceOf(i)));
        ShowStarts();
    }

    /// <summary>Starts the episode of a certain number with given instances.</summary>
    /// <param name="episode">From 0.</param>
    /// <param name="instances">The instance of each environment; null: drawn, as by <see cref="ResetTo(long)"/>. A slot with an instance keeps it.</param>
    /// <param name="starts">Whether an environment starts; the others are left as they are.</param>
    internal void ResetTo(long episode, IReadOnlyList<int?> instances, Func<int, bool> starts)
    {
        _workers.Run(Count, i =>
        {
            if (starts(i))
                Begin(i, episode, InstanceOf(i, episode, instances[i]));
        });
        ShowStarts();
    }

    /// <summary>Starts the episode of a certain number in one environment.</summary>
    /// <param name="index">Which environment.</param>
    /// <param name="episode">From 0.</param>
    /// <param name="instance">As in <see cref="ResetTo(long, IReadOnlyList{int?}, Func{int, bool})"/>.</param>
    internal void ResetTo(int index, long episode, int? instance)
    {
        Begin(index, episode, InstanceOf(index, episode, instance));
        ShowStarts();
    }

    /// <summary>Starts the next episode where the last step ended one.</summary>
    public void ResetFinished()
    {
        if (!_truncated.AsSpan().Contains(true) && !_terminated.AsSpan().Contains(true))
            return;
        _workers.Run(Count, i =>
        {
            if (Ended(i))
                ResetOne(i);
        });
        ShowStarts();
    }

    /// <summary>One step of all environments.</summary>
    /// <param name="actions">Shape [count; actions].</param>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    /// <exception cref="InvalidOperationException">An episode is over: <see cref="ResetFinished"/> comes first. No environment was
    /// stepped.</exception>
    /// <exception cref="MtrlException">An environment failed, or its reward or observation is not finite; the message names task,
    /// step and episode, the inner exception is the environment's.</exception>
    public void Step(ReadOnlySpan<float> actions) => Step(actions, _stepOne);

    /// <summary>One step of the environments whose episode is not over. The others keep the results of their last step.</summary>
    /// <param name="actions">Shape [count; actions].</param>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    public void StepRunning(ReadOnlySpan<float> actions) => Step(actions, _stepRunningOne);

    private void Step(ReadOnlySpan<float> actions, Action<int> stepOne)
    {
        for (var i = 0; i < Count; i++)
            if (_episodes[i] < 0 || (stepOne == _stepOne && Ended(i)))
                throw new InvalidOperationException($"{TaskNames[i]}: no episode is running; reset before the next step.");
        TakeActions(actions);
        StepTogether(stepOne);
    }

    /// <summary>Steps, and shows the results as current observations.</summary>
    private void StepTogether(Action<int> stepOne)
    {
        _workers.Run(Count, stepOne);
        if (_crew is not null)
            ShareResults(_next);
        _next.CopyTo(_current, 0);
        Draw();
    }

    /// <summary>The first observations of episodes that began.</summary>
    private void ShowStarts()
    {
        if (_crew is not null)
            ShareResults(_current);
        Draw();
    }

    private void Draw()
    {
        _pictures?.Observe();
        if (_crew is not null)
            SharePictures();
    }

    private void TakeActions(ReadOnlySpan<float> actions)
    {
        if (actions.Length != _actions.Length)
            throw new ArgumentException(
                $"{Count} environments take {_actions.Length} numbers as actions, got {actions.Length}.", nameof(actions));
        actions.CopyTo(_actions);
    }

    /// <summary>The action that an environment takes: of numbers for choices, the one-hot row of the largest.</summary>
    private ReadOnlySpan<float> ActionOf(int i)
    {
        var action = _actions.AsSpan(i * ActionSize, _sizes[i].ActionSize);
        if (_chooses[i])
            OneHot.Write(action, OneHot.IndexOfLargest(action));
        return action;
    }

    private void ObserveInto(float[] observations, int i)
    {
        if (_pictures is null)
            _environments[i].Observe(OwnNumbers(observations, i));
    }

    private Span<float> OwnNumbers(float[] observations, int i) => observations.AsSpan(i * ObservationSize, _sizes[i].ObservationSize);

    private void StepRunningOne(int i)
    {
        if (!Ended(i))
            StepOne(i);
    }

    private void StepOne(int i)
    {
        if (!IsPlayedHere(i))
            return;
        var environment = _environments[i];
        var called = nameof(IEnvironment.Step);
        try
        {
            var status = environment.Step(ActionOf(i));
            RequireStatus(i, status);
            Show(i, status);
            called = nameof(IEnvironment.Reward);
            var reward = environment.Reward;
            RequireFinite(i, reward);
            called = nameof(IEnvironment.Observe);
            ObserveWhole(_next, i);
            called = nameof(IEnvironment.Success);
            var success = environment.Success;
            (_rewards[i], _success[i], _definesSuccess[i]) = ((float)reward, success ?? false, success is not null);
            _returns[i] += reward;
        }
        catch (Exception e) when (e is not MtrlException)
        {
            throw Failure(i, called, e);
        }

        _succeeded[i] |= _success[i];
        if (_unstable[i])
            _unstableSteps[i]++;
    }

    private void Show(int i, EpisodeStatus status)
    {
        _terminated[i] = status is EpisodeStatus.Terminated;
        _unstable[i] = status is EpisodeStatus.Unstable;
        _truncated[i] = _unstable[i] || status is EpisodeStatus.Truncated;
    }

    private void ResetOne(int i)
    {
        var episode = _episodes[i] + 1;
        Begin(i, episode, InstanceOf(i, episode, chosen: null));
    }

    private int InstanceOf(int i, long episode, int? chosen) => _slots[i].Instance ?? chosen ?? DrawInstance(i, episode);

    // A function of seed, purpose, environment and episode: nothing has to be saved.
    private int DrawInstance(int i, long episode) =>
        Keys.Below(InstancesOf(i), Keys.At(episode, Keys.At(i, _instanceKey)));

    private void Begin(int i, long episode, int instance)
    {
        (_episodes[i], _instances[i], _returns[i]) = (episode, instance, 0);
        (_succeeded[i], _success[i]) = (false, false);
        if (!IsPlayedHere(i))
        {
            Show(i, EpisodeStatus.Running);
            return;
        }

        var called = nameof(IEnvironment.Reset);
        try
        {
            _environments[i].Reset(instance, Keys.At(episode, Keys.At(i, _episodeKey)));
            RequireBegun(i);
            Show(i, EpisodeStatus.Running);
            called = nameof(IEnvironment.Observe);
            ObserveWhole(_current, i);
        }
        catch (Exception e) when (e is not MtrlException)
        {
            throw Failure(i, called, e);
        }
    }
}
