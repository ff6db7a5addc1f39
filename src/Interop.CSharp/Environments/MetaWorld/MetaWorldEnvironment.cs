using System.Numerics;
using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments;

/// <summary>Simulation of one task of Meta-World. Source: Yu et al. (2020), arXiv:1910.10897, in the numbering v3; bit-identical
/// to the original on libmujoco 2.2.2 where the scene's exact table is in force.</summary>
/// <remarks>The caller disposes it. Not thread-safe. Units: metres, radians, seconds.</remarks>
public sealed partial class MetaWorldEnvironment : IEnvironment, IRenderable, IScriptedExpert
{
    /// <summary>Numbers in an observation: frame of now (18), frame before (18), goal (3).</summary>
    public const int ObservationSize = (2 * FrameSize) + 3;

    /// <summary>Numbers in an action: displacement of the hand (3), effort of the gripper.</summary>
    public const int ActionSize = 4;

    /// <summary>Steps after which Meta-World ends an episode.</summary>
    public const int DefaultHorizon = 500;

    private const int FrameSize = 18;

    // The engine's mjMAXVAL. The engine clips larger controls, and reports a control that is not finite as NaN.
    private const double LargestAction = 1e10;

    // Metres that the hand's target moves for an action of 1.
    private const double ActionScale = 0.01;

    private readonly SceneLibrary _scenes;
    private readonly IReadOnlyList<double[]> _goals;
    private readonly Model _model;
    private readonly World _world;
    private readonly SceneReader _reader;
    private readonly EpisodePreparation _preparation;
    private readonly double[] _low;
    private readonly double[] _high;
    private readonly double[] _pose;
    private readonly double[] _control = new double[2];
    private PreparedEpisode? _prepared;

    // The world is as the last action left it.
    private bool _untouched;
    private double[] _frame = [];
    private double[] _firstObservation = [];

    /// <summary>Builds the world of a task; <see cref="Reset(ReadOnlySpan{double})"/> comes before the first step.</summary>
    /// <param name="task">The task.</param>
    /// <param name="scenes">The library of its scene; must outlive the environment.</param>
    /// <param name="goalVisible">Whether the observation holds the goal, or zeros.</param>
    /// <param name="reward">The reward of <see cref="Outcome"/>.</param>
    /// <param name="horizon">Steps until an episode is cut off.</param>
    /// <param name="goals">Randomisation vectors, the instances of the task; null: none, each reset names its vector.</param>
    /// <exception cref="PhysicsException">Unknown scene, or it lacks an element of the task.</exception>
    public MetaWorldEnvironment(
        MetaWorldTask task,
        SceneLibrary scenes,
        bool goalVisible = true,
        RewardVersion reward = RewardVersion.V2,
        int horizon = DefaultHorizon,
        IReadOnlyList<double[]>? goals = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        (Task, _scenes, GoalVisible, RewardVersion, Horizon) = (task, scenes, goalVisible, reward, horizon);
        _goals = goals ?? [];
        _model = scenes.Borrow(task.Scene);
        try
        {
            _world = new World(_model);
            _reader = new SceneReader(task, _model);
        }
        catch
        {
            _world?.Dispose();
            _model.Dispose();
            throw;
        }

        _preparation = new EpisodePreparation(task, _world, _reader, scenes.Prepared);
        _pose = EpisodePreparation.Pose(task.HandInit);
        _low = [task.HandLow.X, task.HandLow.Y, task.HandLow.Z];
        _high = [task.HandHigh.X, task.HandHigh.Y, task.HandHigh.Z];
    }

    /// <summary>The task.</summary>
    public MetaWorldTask Task { get; }

    /// <summary>Whether the observation holds the goal, or zeros.</summary>
    public bool GoalVisible { get; }

    /// <summary>The reward of <see cref="Outcome"/>.</summary>
    public RewardVersion RewardVersion { get; }

    /// <summary>Steps until an episode is cut off.</summary>
    public int Horizon { get; }

    /// <summary>The simulated world, for reading; writing to it breaks the episode.</summary>
    public World World => _world;

    /// <inheritdoc/>
    public int Steps { get; private set; }

    /// <summary>Observation of the reset or last step, 39 numbers; a new array each time.</summary>
    public double[] Observation { get; private set; } = new double[ObservationSize];

    /// <summary>Reward of the last step; 0 after an unstable step.</summary>
    public Outcome Outcome { get; private set; }

    /// <inheritdoc/>
    public EpisodeStatus Status { get; private set; }

    /// <summary>Scene snapshot after the last reset or step.</summary>
    public StepState StepState { get; private set; } = null!;

    /// <summary>The episode with the values fixed at its reset.</summary>
    /// <exception cref="InvalidOperationException">Before the first reset.</exception>
    public Episode Episode => Prepared.Episode;

    /// <summary>The randomisation vector in force: position of the object, then (length 6) of the goal.</summary>
    /// <exception cref="InvalidOperationException">Before the first reset.</exception>
    public ReadOnlySpan<double> Randomisation => Prepared.Random;

    /// <summary>How its episodes begin, for comparing the short way with the long one.</summary>
    internal EpisodePreparation Preparation => _preparation;

    private PreparedEpisode Prepared =>
        _prepared ?? throw new InvalidOperationException($"{Task.Name}: reset before the first step.");

    /// <inheritdoc/>
    public void Dispose()
    {
        _world.Dispose();
        _model.Dispose();
    }

    /// <summary>Starts an episode. The episode depends on the task, the vector and the actions only, not on earlier
    /// episodes.</summary>
    /// <param name="random">The randomisation vector, as long as <c>Task.RandomLow</c>.</param>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    public void Reset(ReadOnlySpan<double> random)
    {
        if (random.Length != Task.RandomLow.Length)
            throw new ArgumentException(
                $"{Task.Name} takes a randomisation vector of {Task.RandomLow.Length} numbers, got {random.Length}.",
                nameof(random));

        var prepared = _scenes.Prepared.Find(Task, random);
        if (prepared is null)
        {
            prepared = _preparation.Prepare(random.ToArray());
            _scenes.Prepared.Add(Task, prepared);
        }
        else
        {
            _preparation.Repeat(prepared);
        }

        _prepared = prepared;
        _frame = prepared.Frame;
        _world.MocapPositions[..3].CopyTo(_pose);
        _untouched = false;
        (Steps, Status, Outcome) = (0, EpisodeStatus.Running, default);
        Observation = MtrlFunctional.Tasks.Observation.Assemble(_frame, _frame, Goal(prepared.Scene));
        _firstObservation = Observation;
        StepState = new StepState(Observation, Observation, new double[ActionSize], prepared.Scene);
    }

    /// <summary>One action in single precision, as policies give it: the displacement is rounded to float32.</summary>
    /// <param name="action">Four numbers; the hand's three are clipped to [-1, 1].</param>
    /// <returns>The new <see cref="Status"/>; unstable also where an action is NaN or beyond 1e10 (the engine's largest number): the
    /// world is then not moved.</returns>
    /// <exception cref="InvalidOperationException">The episode is over, or none was started.</exception>
    public EpisodeStatus Step(ReadOnlySpan<float> action)
    {
        CheckAction(action.Length);
        if (!IsBounded(action))
            return Fail();
        Command(action);
        return Carry([action[0], action[1], action[2], action[3]]);
    }

    /// <summary>One action in double precision.</summary>
    /// <param name="action">Four numbers; the hand's three are clipped to [-1, 1].</param>
    /// <returns>The new <see cref="Status"/>.</returns>
    /// <exception cref="InvalidOperationException">The episode is over, or none was started.</exception>
    public EpisodeStatus Step(ReadOnlySpan<double> action)
    {
        CheckAction(action.Length);
        if (!IsBounded(action))
            return Fail();
        for (var i = 0; i < 3; i++)
            Move(i, Math.Clamp(action[i], -1, 1) * ActionScale);
        (_control[0], _control[1]) = (action[3], -action[3]);
        return Carry([action[0], action[1], action[2], action[3]]);
    }

    /// <summary>Evaluates the last step with the other reward version.</summary>
    /// <param name="version">Which reward.</param>
    /// <returns>Reward and further information.</returns>
    public Outcome Evaluate(RewardVersion version) =>
        (version == RewardVersion.V2 ? Episode.Evaluate : Episode.EvaluateV1).Invoke(StepState);

    /// <summary>Position of the goal, visible or not.</summary>
    public Vec3 Target => Episode.Target.Invoke(StepState.Scene);

    private void CheckAction(int length)
    {
        if (length != ActionSize)
            throw new ArgumentException($"{Task.Name} takes actions of {ActionSize} numbers, got {length}.");
        if (_prepared is null || Status != EpisodeStatus.Running)
            throw new InvalidOperationException($"{Task.Name}: the episode is over; reset before the next step.");
    }

    private static bool IsBounded<T>(ReadOnlySpan<T> action)
        where T : INumber<T>
    {
        var largest = T.CreateChecked(LargestAction);
        foreach (var number in action)
        {
            if (!(T.Abs(number) <= largest))
                return false;
        }

        return true;
    }

    private void Command(ReadOnlySpan<float> action)
    {
        for (var i = 0; i < 3; i++)
            Move(i, Math.Clamp(action[i], -1f, 1f) * (float)ActionScale);
        (_control[0], _control[1]) = (action[3], -action[3]);
    }

    private StepOutcome Act()
    {
        var outcome = _world.Act(0, _pose, _control, EpisodePreparation.Substeps, untouched: _untouched);
        _untouched = outcome == StepOutcome.Ok;
        return outcome;
    }

    private void Move(int axis, double displacement) =>
        _pose[axis] = Math.Clamp(_pose[axis] + displacement, _low[axis], _high[axis]);

    private EpisodeStatus Carry(double[] action)
    {
        if (Act() == StepOutcome.Unstable)
            return Fail();
        Steps++;
        var scene = _reader.Read(_world);
        var frame = MtrlFunctional.Tasks.Observation.Frame(Task, scene);
        Observation = MtrlFunctional.Tasks.Observation.Clip(
            Task, GoalVisible, MtrlFunctional.Tasks.Observation.Assemble(frame, _frame, Goal(scene)));
        _frame = frame;
        if (Steps == 1)
            _firstObservation = Observation;
        StepState = new StepState(Observation, _firstObservation, action, scene);
        Outcome = Evaluate(RewardVersion);
        return Status = Steps >= Horizon ? EpisodeStatus.Truncated : EpisodeStatus.Running;
    }

    private EpisodeStatus Fail()
    {
        Steps++;
        (Status, Outcome) = (EpisodeStatus.Unstable, default);
        return Status;
    }

    private Vec3 Goal(Snapshot scene) => GoalVisible ? Episode.Target.Invoke(scene) : new Vec3(0, 0, 0);
}
