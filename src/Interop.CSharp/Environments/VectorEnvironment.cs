using Mtrl.Random;
using MtrlFunctional.Physics;
using Keys = Mtrl.Random.KeyModule;

namespace MtrlFunctional.Environments;

/// <summary>
/// Several environments stepped together on worker threads. What comes out depends on the options
/// and the actions only, not on the number of threads or on their timing.
/// </summary>
/// <remarks>
/// A step: <see cref="Step"/>, read the results, <see cref="ResetFinished"/>. All arrays are reused:
/// their contents change with the next call. Whoever makes it disposes it. One caller at a time.
/// </remarks>
public sealed partial class VectorEnvironment : IDisposable
{
    private const int ObservationSize = MetaWorldEnvironment.ObservationSize;

    private readonly VectorEnvironmentOptions _options;
    private readonly SceneLibrary _scenes;
    private readonly MetaWorldEnvironment[] _environments;
    private readonly WorkerPool _workers;
    private readonly Key _goalKey;
    private readonly float[] _previous;
    private readonly float[] _next;
    private readonly float[] _current;
    private readonly float[] _actions;
    private readonly float[] _rewards;
    private readonly bool[] _success;
    private readonly bool[] _truncated;
    private readonly bool[] _unstable;
    private readonly long[] _episodes;
    private readonly int[] _goals;
    private readonly double[] _returns;
    private readonly bool[] _succeeded;
    private readonly long[] _unstableSteps;
    private readonly Action<int> _stepOne;
    private readonly Action<int> _physicsOne;
    private readonly Action<int> _resetOne;
    private readonly Action<int> _resetFinishedOne;

    /// <summary>Builds all worlds; <see cref="Reset()"/> comes before the first step.</summary>
    /// <param name="options">Tasks, goals, reward, threads.</param>
    /// <exception cref="ArgumentException">Options that make no sense.</exception>
    /// <exception cref="PhysicsException">A scene is missing or wrong.</exception>
    public VectorEnvironment(VectorEnvironmentOptions options)
    {
        options.Validate();
        _options = options;
        Count = options.Slots.Count;
        _goalKey = Keys.ForPurpose($"goal/{options.Purpose}", Keys.OfSeed(options.Seed));
        _previous = new float[Count * ObservationSize];
        _next = new float[Count * ObservationSize];
        _current = new float[Count * ObservationSize];
        _actions = new float[Count * MetaWorldEnvironment.ActionSize];
        _rewards = new float[Count];
        _success = new bool[Count];
        _truncated = new bool[Count];
        _unstable = new bool[Count];
        _episodes = new long[Count];
        _goals = new int[Count];
        _returns = new double[Count];
        _succeeded = new bool[Count];
        _unstableSteps = new long[Count];
        (_stepOne, _physicsOne, _resetOne, _resetFinishedOne) = (StepOne, PhysicsOne, ResetOne, ResetFinishedOne);

        _scenes = new SceneLibrary(options.ScenesFolder);
        _environments = new MetaWorldEnvironment[Count];
        _workers = new WorkerPool(Math.Min(options.Threads, Count));
        try
        {
            _workers.Run(Count, i => _environments[i] = new MetaWorldEnvironment(
                options.Slots[i].Task, _scenes, options.GoalVisible, options.Reward, options.Horizon));
        }
        catch
        {
            Dispose();
            throw;
        }

        _episodes.AsSpan().Fill(-1);
    }

    /// <summary>Environments.</summary>
    public int Count { get; }

    /// <summary>Tasks and goals, one an environment.</summary>
    public IReadOnlyList<EnvironmentSlot> Slots => _options.Slots;

    /// <summary>The environments themselves, for reading (scenes, pictures, info).</summary>
    public IReadOnlyList<MetaWorldEnvironment> Environments => _environments;

    /// <summary>What a policy acts on now [count; 39]: after a step its result, after a reset the new episode's start.</summary>
    public ReadOnlySpan<float> Observations => _current;

    /// <summary>What the last step acted on [count; 39].</summary>
    public ReadOnlySpan<float> PreviousObservations => _previous;

    /// <summary>
    /// What the last step led to [count; 39]: the true next observation, also where an episode ended.
    /// After an unstable step the last sound one; drop that transition.
    /// </summary>
    public ReadOnlySpan<float> NextObservations => _next;

    /// <summary>Rewards of the last step [count]; 0 where it was unstable.</summary>
    public ReadOnlySpan<float> Rewards => _rewards;

    /// <summary>Success at the last step [count]; not sticky.</summary>
    public ReadOnlySpan<bool> Success => _success;

    /// <summary>Episodes that the last step ended [count]. Meta-World has no terminal states.</summary>
    public ReadOnlySpan<bool> Truncated => _truncated;

    /// <summary>Steps that were unstable [count]: not a result of the action; drop the transition.</summary>
    public ReadOnlySpan<bool> Unstable => _unstable;

    /// <summary>Unstable steps since the beginning [count].</summary>
    public ReadOnlySpan<long> UnstableSteps => _unstableSteps;

    /// <summary>Numbers of the running episodes [count], from 0.</summary>
    public ReadOnlySpan<long> Episodes => _episodes;

    /// <summary>Indices of the goals of the running episodes [count].</summary>
    public ReadOnlySpan<int> Goals => _goals;

    /// <summary>Sums of the rewards of the running episodes [count], until they are reset.</summary>
    public ReadOnlySpan<double> Returns => _returns;

    /// <summary>Whether the running episodes had a success at any step [count], until they are reset.</summary>
    public ReadOnlySpan<bool> Succeeded => _succeeded;

    /// <summary>Steps of the running episode of an environment, until it is reset.</summary>
    /// <param name="index">Which environment.</param>
    /// <returns>0 to the horizon.</returns>
    public int EpisodeSteps(int index) => _environments[index].PathLength;

    /// <inheritdoc/>
    public void Dispose()
    {
        _workers.Dispose();
        foreach (var environment in _environments)
            environment?.Dispose();
        _scenes.Dispose();
    }

    /// <summary>Starts the next episode everywhere.</summary>
    public void Reset() => _workers.Run(Count, _resetOne);

    /// <summary>Starts the next episode of one environment.</summary>
    /// <param name="index">Which environment.</param>
    public void Reset(int index) => ResetOne(index);

    /// <summary>Starts the next episode of one environment with a goal of one's choice.</summary>
    /// <param name="index">Which environment.</param>
    /// <param name="goal">Index into the goals of its slot.</param>
    public void Reset(int index, int goal) => Begin(index, _episodes[index] + 1, goal);

    /// <summary>Starts the episode of a certain number everywhere: an evaluation meets the same goals each time.</summary>
    /// <param name="episode">From 0.</param>
    public void ResetTo(long episode)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(episode);
        _episodes.AsSpan().Fill(episode - 1);
        Reset();
    }

    /// <summary>Starts the next episode where the last step ended one.</summary>
    public void ResetFinished()
    {
        if (_truncated.AsSpan().Contains(true))
            _workers.Run(Count, _resetFinishedOne);
    }

    /// <summary>One step of all environments.</summary>
    /// <param name="actions">Shape [count; 4]; used in single precision as policies give them.</param>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    /// <exception cref="InvalidOperationException">An episode is over: <see cref="ResetFinished"/> comes first.</exception>
    public void Step(ReadOnlySpan<float> actions)
    {
        TakeActions(actions);
        _current.CopyTo(_previous, 0);
        _workers.Run(Count, _stepOne);
        _next.CopyTo(_current, 0);
    }

    /// <summary>
    /// The same motion as <see cref="Step"/> on the same threads, but nothing is observed, judged or
    /// counted: to measure what these cost. Reset or restore afterwards.
    /// </summary>
    /// <param name="actions">Shape [count; 4].</param>
    public void StepPhysics(ReadOnlySpan<float> actions)
    {
        TakeActions(actions);
        _workers.Run(Count, _physicsOne);
    }

    private void TakeActions(ReadOnlySpan<float> actions)
    {
        if (actions.Length != _actions.Length)
            throw new ArgumentException(
                $"{Count} environments take {_actions.Length} numbers as actions, got {actions.Length}.", nameof(actions));
        actions.CopyTo(_actions);
    }

    private ReadOnlySpan<float> ActionOf(int i) =>
        _actions.AsSpan(i * MetaWorldEnvironment.ActionSize, MetaWorldEnvironment.ActionSize);

    private void PhysicsOne(int i) => _environments[i].StepPhysics(ActionOf(i));

    private void StepOne(int i)
    {
        var environment = _environments[i];
        var outcome = environment.Step(ActionOf(i));
        WriteObservation(environment, i, _next);
        _rewards[i] = (float)environment.Outcome.Reward;
        _success[i] = environment.Outcome.Success;
        _truncated[i] = environment.Truncated;
        _unstable[i] = outcome == StepOutcome.Unstable;
        _returns[i] += environment.Outcome.Reward;
        _succeeded[i] |= _success[i];
        if (_unstable[i])
            _unstableSteps[i]++;
    }

    private void ResetFinishedOne(int i)
    {
        if (_truncated[i])
            ResetOne(i);
    }

    private void ResetOne(int i)
    {
        var episode = _episodes[i] + 1;
        Begin(i, episode, _options.Slots[i].Goal ?? DrawGoal(i, episode));
    }

    // A function of seed, purpose, environment and episode: nothing has to be remembered.
    private int DrawGoal(int i, long episode) =>
        Keys.Below(_options.Slots[i].Goals.Count, Keys.At(episode, Keys.At(i, _goalKey)));

    private void Begin(int i, long episode, int goal)
    {
        _environments[i].Reset(_options.Slots[i].Goals[goal]);
        (_episodes[i], _goals[i], _returns[i]) = (episode, goal, 0);
        (_succeeded[i], _success[i], _truncated[i], _unstable[i]) = (false, false, false, false);
        WriteObservation(_environments[i], i, _current);
    }

    private static void WriteObservation(MetaWorldEnvironment environment, int i, float[] into)
    {
        var (from, at) = (environment.Observation, i * ObservationSize);
        for (var k = 0; k < ObservationSize; k++)
            into[at + k] = (float)from[k];
    }
}
