using MtrlFunctional.Tasks.DmControl;

namespace MtrlFunctional.Environments;

/// <summary>Start, storing and resuming of an episode.</summary>
public sealed partial class DmControlEnvironment
{
    /// <inheritdoc/>
    /// <exception cref="PhysicsException">Of a task that avoids contacts, 1,000 starts had some.</exception>
    public void Reset(int instance, Key key)
    {
        Rest();
        for (var attempt = 0; ; attempt++)
        {
            Place(Task.Start.Invoke(_joints).Invoke(Keys.At(attempt, key)));
            if (!Task.AvoidsContacts)
                break;
            _world.ForwardPassive();
            if (_world.ContactCount == 0)
                break;
            if (attempt + 1 == Attempts)
                throw new PhysicsException($"{DmControlTaskModule.FullName(Task)}: {Attempts} starts in succession had contacts.");
        }

        if (Task.Settle > 0)
            Settle();
        Begin();
    }

    /// <summary>Starts an episode from given positions, velocities and numbers of the model; nothing settles.</summary>
    /// <param name="start">The start in place of the task's draw.</param>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    public void Reset(Start start)
    {
        ArgumentNullException.ThrowIfNull(start);
        Rest();
        Place(start);
        Begin();
    }

    /// <summary>The numbers of the model that episodes of the task set, as they are.</summary>
    /// <returns>In the order of the task's <c>Edits</c>.</returns>
    public double[] ModelNumbers() => _edits.Read();

    /// <inheritdoc/>
    public EpisodeState Save() => new(Steps, Status, new Dictionary<string, double[]>
    {
        ["world"] = _world.SaveState(),
        ["model"] = _edits.Read(),
        ["readings"] = [.. _row],
        ["reward"] = [Reward],
    });

    /// <inheritdoc/>
    public void Load(EpisodeState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var (world, model) = (state.Read("world", _world.StateSize), state.Read("model", _edits.Count));
        var (row, reward) = (state.Read("readings", _row.Length), state.Read("reward", 1));
        _edits.Write(model);
        _world.LoadState(world);
        _world.BeginStep();
        (_row, Reward, Steps, Status) = (row, reward[0], state.Steps, state.Status);
        ShowReward();
    }

    // The engine's warm start depends on these evaluations.
    private void Rest()
    {
        _world.LoadState(_defaults);
        _world.ForwardPassive();
    }

    private void Place(Start start)
    {
        if (start.Positions.Length != _world.Positions.Length || start.Velocities.Length != _world.Velocities.Length)
            throw new ArgumentException(
                $"A start of {Task.Name} has {_world.Positions.Length} positions and {_world.Velocities.Length} velocities, "
                + $"got {start.Positions.Length} and {start.Velocities.Length}.");
        start.Positions.CopyTo(_world.Positions);
        start.Velocities.CopyTo(_world.Velocities);
        _edits.Write(start.Edits);
    }

    private void Settle()
    {
        Array.Clear(_control);
        _world.ControlStep(_control, Task.Settle, _readings, _next);
        _world.Time = 0;
    }

    private void Begin()
    {
        _world.ForwardPassive();
        _readings.Read(_row);
        (Steps, Status, Reward) = (0, EpisodeStatus.Running, 0);
        ShowReward();
    }
}
