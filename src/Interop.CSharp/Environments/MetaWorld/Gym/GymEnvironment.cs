using MtrlFunctional.Physics;
using MtrlFunctional.Rendering;
using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments.Gym;

/// <summary>Configuration of one environment of a benchmark.</summary>
/// <param name="Task">The task.</param>
/// <param name="Goals">The randomisation vectors it is done with.</param>
/// <param name="Index">Index of the task in the benchmark.</param>
/// <param name="Tasks">Number of tasks of the benchmark.</param>
/// <param name="Meta">Meta-learning: the goal is hidden.</param>
/// <param name="Test">The test part of meta-learning.</param>
/// <param name="Seed">The seed of the order of goals.</param>
internal sealed record GymPlan(
    MetaWorldTask Task, double[][] Goals, int Index, int Tasks, bool Meta, bool Test, uint Seed);

/// <summary>One task of Meta-World with Gymnasium's interface and Meta-World's wrappers: time limit, termination on success,
/// one-hot task, recurrent information, reward normalisation, statistics of the episode, selection of goals. Made by
/// <see cref="MetaWorld.Make"/>.</summary>
/// <remarks>The caller disposes it, which waits for a call in progress. One thread at a time: a call of another one meanwhile is an
/// InvalidOperationException. Units: metres, seconds.</remarks>
public sealed class GymEnvironment : IDisposable
{
    private const int Base = MetaWorldEnvironment.ObservationSize;

    private readonly SoleUse _use;
    private readonly MetaWorldEnvironment _environment;
    private readonly SceneLibrary? _owned;
    private readonly double[][] _goals;
    private readonly TaskSelection _selection;
    private readonly bool _sampleOnReset;
    private readonly bool _terminateOnSuccess;
    private readonly int _recurrentAt;
    private readonly RewardNormalizer _normalizer;
    private readonly double[] _observation;
    private readonly (Camera From, int Width, int Height) _picture;
    private Renderer? _renderer;
    private IEnumerator<int> _order;
    private int _goal = -1;
    private bool _over = true;
    private double _return;

    internal GymEnvironment(GymPlan plan, MetaWorldOptions options, SceneLibrary scenes, SceneLibrary? owned = null)
    {
        var visible = options.GoalVisible ?? !plan.Meta;
        var oneHot = options.OneHot ? plan.Tasks : 0;
        _environment = new MetaWorldEnvironment(plan.Task, scenes, visible, options.Reward, options.MaxEpisodeSteps);
        (_owned, _goals, _use) = (owned, plan.Goals, new SoleUse(Name));
        _selection = options.TaskSelection ?? (plan.Meta ? TaskSelection.PseudoRandom : TaskSelection.Random);
        _sampleOnReset = options.SampleTasksOnReset ?? _selection == TaskSelection.Random;
        _terminateOnSuccess = options.TerminateOnSuccess ?? plan.Test;
        _recurrentAt = options.RecurrentInfo ? Base + oneHot : -1;
        _normalizer = new RewardNormalizer(options.RewardNormalization);
        _picture = (options.Camera, options.RenderWidth, options.RenderHeight);
        ObservationSpace = Spaces.Observation(plan.Task, visible, oneHot, options.RecurrentInfo);
        _observation = new double[ObservationSpace.Size];
        if (oneHot > 0)
            OneHot.Write(_observation.AsSpan(Base, oneHot), plan.Index);
        _order = Order(plan.Seed);
    }

    /// <summary>The task's name: "reach-v3".</summary>
    public string Name => _environment.Task.Name;

    /// <summary>Shape [39], with one-hot task or recurrent information more; metres, quaternions, 0 to 1 for the opening.</summary>
    public Box ObservationSpace { get; }

    /// <summary>Shape [4], each in [-1, 1]: displacement of the hand (x, y, z; 1 is a centimetre), effort of the gripper.</summary>
    public Box ActionSpace => Spaces.Action;

    /// <summary>The environment without wrappers, for reading: scene, reward of the other version, randomisation.</summary>
    public MetaWorldEnvironment Unwrapped => _environment;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_use.End())
            return;
        _renderer?.Dispose();
        _environment.Dispose();
        _owned?.Dispose();
    }

    /// <summary>Starts an episode.</summary>
    /// <param name="seed">Restarts the order of goals; null: it continues. Episodes after equal seeds are
    /// equal.</param>
    /// <returns>The first observation, a new array, not clipped to its space; and which goal it is.</returns>
    public (double[] Observation, ResetInfo Info) Reset(uint? seed = null) => Begun(seed, _sampleOnReset);

    /// <summary>Starts an episode with the next goal, whatever a reset would do.</summary>
    /// <param name="seed">Restarts the order of goals; null: it continues.</param>
    /// <returns>The first observation, a new array; and which goal it is.</returns>
    public (double[] Observation, ResetInfo Info) SampleTasks(uint? seed = null) => Begun(seed, takeNext: true);

    /// <summary>One action in single precision, as policies give it.</summary>
    /// <param name="action">Shape [4]; the displacement is clipped to [-1, 1].</param>
    /// <returns>Observation, reward, terminated, truncated, info.</returns>
    /// <exception cref="ArgumentException">Not four numbers.</exception>
    /// <exception cref="InvalidOperationException">The episode is over, or none was started.</exception>
    public StepResult Step(ReadOnlySpan<float> action)
    {
        using var turn = _use.Begin();
        return Stepped(Advance(action));
    }

    /// <summary>One action in double precision.</summary>
    /// <param name="action">Shape [4]; the displacement is clipped to [-1, 1].</param>
    /// <returns>Observation, reward, terminated, truncated, info.</returns>
    /// <exception cref="ArgumentException">Not four numbers.</exception>
    /// <exception cref="InvalidOperationException">The episode is over, or none was started.</exception>
    public StepResult Step(ReadOnlySpan<double> action)
    {
        using var turn = _use.Begin();
        RequireRunning();
        return Stepped(Evaluate(_environment.Step(action), action));
    }

    /// <summary>An image of the world in its present state, which stays unchanged.</summary>
    /// <returns>The image, of the size and from the camera of the options.</returns>
    /// <exception cref="RenderingException">No graphics library: the message names the package.</exception>
    /// <exception cref="PhysicsException">No such camera; the nearest names are given.</exception>
    /// <remarks>The first picture of an environment prepares some tens of megabytes.</remarks>
    public Frame Render()
    {
        using var turn = _use.Begin();
        var (from, width, height) = _picture;
        _renderer ??= new Renderer(_environment.World.Model, width, height);
        return _renderer.Render(_environment.World, from);
    }

    /// <summary>Action of the task's scripted expert. Its input includes the goal, also if hidden from
    /// policies.</summary>
    /// <param name="action">Receives 4 numbers; the displacement is not clipped.</param>
    /// <exception cref="ArgumentException">Not room for four numbers.</exception>
    /// <exception cref="InvalidOperationException">Before the first reset.</exception>
    public void ExpertAction(Span<float> action)
    {
        using var turn = _use.Begin();
        _environment.ExpertAction(action);
    }

    /// <summary>The observation as reset or the last step left it; overwritten by the next call.</summary>
    internal ReadOnlySpan<double> Observation => _observation;

    /// <summary>Which goal the episode has; −1 before the first.</summary>
    internal int Goal => _goal;

    internal bool Over => _over;

    /// <summary>Keeps it for this thread, until the result is disposed.</summary>
    /// <exception cref="InvalidOperationException">Another thread has it.</exception>
    internal SoleUse.Turn Keep() => _use.Begin();

    /// <summary>As <see cref="Reset"/>, into <see cref="Observation"/>.</summary>
    internal void Begin(uint? seed) => Begin(seed, _sampleOnReset);

    internal void Begin(uint? seed, bool takeNext)
    {
        if (seed is { } value)
            (_order, _goal) = (Order(value), -1);
        if (takeNext || _goal < 0)
        {
            _order.MoveNext();
            _goal = _order.Current;
        }

        _environment.Reset(_goals[_goal]);
        (_over, _return) = (false, 0);
        _environment.Observation.CopyTo(_observation, 0);
        if (_recurrentAt >= 0)
            _observation.AsSpan(_recurrentAt).Clear();
    }

    /// <summary>As <see cref="Step(ReadOnlySpan{float})"/>, into <see cref="Observation"/>.</summary>
    internal (double Reward, bool Terminated, bool Truncated, StepInfo Info) Advance(ReadOnlySpan<float> action)
    {
        RequireRunning();
        return Evaluate(_environment.Step(action), [action[0], action[1], action[2], action[3]]);
    }

    private (double[] Observation, ResetInfo Info) Begun(uint? seed, bool takeNext)
    {
        using var turn = _use.Begin();
        Begin(seed, takeNext);
        return ([.. _observation], new ResetInfo(Name, _goal));
    }

    private StepResult Stepped((double Reward, bool Terminated, bool Truncated, StepInfo Info) step) =>
        new([.. _observation], step.Reward, step.Terminated, step.Truncated, step.Info);

    private (double Reward, bool Terminated, bool Truncated, StepInfo Info) Evaluate(EpisodeStatus status, ReadOnlySpan<double> action)
    {
        var unstable = status == EpisodeStatus.Unstable;
        var result = _environment.Outcome;
        var terminated = _terminateOnSuccess && result.Success;
        var truncated = status != EpisodeStatus.Running;
        _environment.Observation.CopyTo(_observation, 0);
        if (_recurrentAt >= 0)
            Wrappers.WithHistory([], action.ToArray(), result.Reward, terminated || truncated).CopyTo(_observation, _recurrentAt);

        // An unstable step has no valid reward.
        var reward = unstable ? 0 : _normalizer.Divide(result.Reward, terminated);
        _return += reward;
        _over = terminated || truncated;
        return (reward, terminated, truncated, StepInfo.Of(result, unstable, _return, _environment.Steps));
    }

    internal void RequireRunning()
    {
        if (_over)
            throw new InvalidOperationException($"{Name}: no episode is running; reset before the next step.");
    }

    private IEnumerator<int> Order(uint seed) => (_selection == TaskSelection.Random
        ? Wrappers.RandomSelection(seed, _goals.Length)
        : Wrappers.PseudoRandomSelection(seed, _goals.Length)).GetEnumerator();
}
