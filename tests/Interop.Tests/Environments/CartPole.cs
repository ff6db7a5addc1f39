using Keys = MtrlFunctional.Randomness.KeyModule;

namespace MtrlFunctional.Tests.Environments;

/// <summary>Balancing a pole on a cart, with two lengths of the pole as two tasks.</summary>
internal sealed class CartPoleFamily(int horizon) : IEnvironmentFamily
{
    // Half the length of the pole, metres; 0.5 is that of the original.
    private static readonly (string Name, double HalfLength)[] _poles = [("short-pole", 0.25), ("long-pole", 0.5)];

    public EnvironmentSpec Spec { get; } =
        new(EnvironmentSpecModule.Vector(4), ActionSpace.NewBox(1), horizon, terminates: true);

    public IReadOnlyList<EnvironmentTask> Tasks { get; } =
        [.. _poles.Select(pole => new EnvironmentTask(pole.Name, Instances: 1))];

    public IEnvironment Create(int task) => new CartPole(_poles[task].HalfLength, horizon);

    public void Dispose()
    {
        // The environments share nothing.
    }
}

/// <summary>
/// Cart-pole with a continuous force. Source: Barto, Sutton and Anderson (1983),
/// doi:10.1109/TSMC.1983.6313077; equations and numbers of Gymnasium's CartPole-v1, force = 10 N × action.
/// </summary>
internal sealed class CartPole(double halfLength, int horizon) : IEnvironment
{
    private const double Gravity = 9.8, CartMass = 1.0, PoleMass = 0.1, ForceMagnitude = 10.0, StepSeconds = 0.02;
    private const double PositionLimit = 2.4, AngleLimit = 12 * Math.PI / 180;

    // Position (m), velocity (m/s), angle (rad), angular velocity (rad/s).
    private readonly double[] _state = new double[4];

    public int Steps { get; private set; }

    public EpisodeStatus Status { get; private set; } = EpisodeStatus.Truncated;

    public double Reward { get; private set; }

    public bool? Success => null;

    public void Reset(int instance, Key key)
    {
        for (var i = 0; i < _state.Length; i++)
            _state[i] = 0.1 * (Keys.Uniform(Keys.At(i, key)) - 0.5);
        (Steps, Status, Reward) = (0, EpisodeStatus.Running, 0);
    }

    public EpisodeStatus Step(ReadOnlySpan<float> action)
    {
        if (Status != EpisodeStatus.Running)
            throw new InvalidOperationException("The episode is over: reset before the next step.");
        Steps++;
        Reward = 0;
        if (!float.IsFinite(action[0]))
            return Status = EpisodeStatus.Unstable;

        Move(ForceMagnitude * Math.Clamp(action[0], -1f, 1f));
        Reward = 1;
        return Status =
            Math.Abs(_state[0]) > PositionLimit || Math.Abs(_state[2]) > AngleLimit ? EpisodeStatus.Terminated
            : Steps >= horizon ? EpisodeStatus.Truncated
            : EpisodeStatus.Running;
    }

    public void Observe(Span<float> observation)
    {
        for (var i = 0; i < _state.Length; i++)
            observation[i] = (float)_state[i];
    }

    public EpisodeState Save() =>
        new(Steps, Status, new Dictionary<string, double[]> { ["state"] = [.. _state], ["reward"] = [Reward] });

    public void Load(EpisodeState saved)
    {
        saved.Read("state", _state.Length).CopyTo(_state, 0);
        (Steps, Status, Reward) = (saved.Steps, saved.Status, saved.Read("reward", 1)[0]);
    }

    public void Dispose()
    {
        // Only managed memory.
    }

    // Euler's method, positions by the velocities before the step, as in Gymnasium.
    private void Move(double force)
    {
        var (velocity, angle, spin) = (_state[1], _state[2], _state[3]);
        var (sin, cos) = Math.SinCos(angle);
        const double TotalMass = CartMass + PoleMass;
        var pull = (force + PoleMass * halfLength * spin * spin * sin) / TotalMass;
        var angular = (Gravity * sin - cos * pull) / (halfLength * (4.0 / 3.0 - PoleMass * cos * cos / TotalMass));
        var linear = pull - PoleMass * halfLength * angular * cos / TotalMass;
        _state[0] += StepSeconds * velocity;
        _state[1] += StepSeconds * linear;
        _state[2] += StepSeconds * spin;
        _state[3] += StepSeconds * angular;
    }
}
