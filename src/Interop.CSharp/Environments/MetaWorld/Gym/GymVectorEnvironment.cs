using MtrlFunctional.Physics;

namespace MtrlFunctional.Environments.Gym;

/// <summary>Several environments of Meta-World stepped together on worker threads, with Gymnasium's interface. Made by
/// <see cref="MetaWorld.MakeVector(string, MetaWorldVectorOptions)"/>.</summary>
/// <remarks>The caller disposes it. Not thread-safe. Results depend on options, seeds and actions only, not on threads. Results
/// are written into memory that is reused. Where an episode ends, <see cref="Autoreset"/> determines the behaviour.</remarks>
public sealed class GymVectorEnvironment : IDisposable
{
    private const int ActionSize = MetaWorldEnvironment.ActionSize;

    private readonly GymEnvironment[] _environments;
    private readonly SceneLibrary? _owned;
    private readonly WorkerPool _workers;
    private readonly int _width;
    private readonly float[] _actions;
    private readonly float[] _observations;
    private readonly double[] _finalObservations;
    private readonly double[] _rewards;
    private readonly bool[] _terminated;
    private readonly bool[] _truncated;
    private readonly StepInfo[] _infos;
    private readonly int[] _goals;
    private readonly Action<int> _stepOne;
    private readonly SoleUse _use = new("This vector of environments");

    internal GymVectorEnvironment(
        IReadOnlyList<GymPlan> plans, MetaWorldVectorOptions options, SceneLibrary scenes, SceneLibrary? owned)
    {
        Count = plans.Count;
        (Autoreset, _owned) = (options.Autoreset, owned);
        _environments = new GymEnvironment[Count];
        _workers = new WorkerPool(Math.Min(options.Threads ?? Environment.ProcessorCount, Count));
        try
        {
            _workers.Run(Count, i => _environments[i] = new GymEnvironment(plans[i], options, scenes));
        }
        catch
        {
            Dispose();
            throw;
        }

        SingleObservationSpace = Box.Union([.. _environments.Select(e => e.ObservationSpace)]);
        ObservationSpace = Box.Stack([.. _environments.Select(e => e.ObservationSpace)]);
        ActionSpace = Box.Stack([.. Enumerable.Repeat(SingleActionSpace, Count)]);
        _width = SingleObservationSpace.Size;
        _actions = new float[Count * ActionSize];
        _observations = new float[Count * _width];
        _finalObservations = new double[Count * _width];
        _rewards = new double[Count];
        _terminated = new bool[Count];
        _truncated = new bool[Count];
        _infos = new StepInfo[Count];
        _goals = new int[Count];
        _stepOne = StepOne;
    }

    /// <summary>Environments.</summary>
    public int Count { get; }

    /// <summary>Behaviour at the end of an episode.</summary>
    public AutoresetMode Autoreset { get; }

    /// <summary>The environments themselves, for reading (names, spaces, scenes).</summary>
    public IReadOnlyList<GymEnvironment> Environments => _environments;

    /// <summary>The least space that holds the observations of all environments, shape [observation size].</summary>
    public Box SingleObservationSpace { get; }

    /// <summary>The spaces of all environments, shape [count; observation size].</summary>
    public Box ObservationSpace { get; }

    /// <summary>Shape [4], each in [-1, 1].</summary>
    public Box SingleActionSpace => Spaces.Action;

    /// <summary>Shape [count; 4], each in [-1, 1].</summary>
    public Box ActionSpace { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _workers.Dispose();
        foreach (var environment in _environments)
            environment?.Dispose();
        _owned?.Dispose();
    }

    /// <summary>Starts an episode in every environment.</summary>
    /// <param name="seed">
    /// Begins the orders of goals anew, of environment i with seed + i. Null: the orders go on.
    /// </param>
    /// <returns>The first observations; all else is zero.</returns>
    public VectorStep Reset(uint? seed = null) => Start(_ => true, (environment, i) => environment.Begin(seed + (uint)i));

    /// <summary>Starts an episode in some environments; the others are left as they are.</summary>
    /// <param name="mask">Shape [count]: which.</param>
    /// <returns>The observations of all environments.</returns>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    public VectorStep Reset(ReadOnlySpan<bool> mask)
    {
        Expect(mask.Length, Count, "a mask of", nameof(mask));
        var wanted = mask.ToArray();
        return Start(i => wanted[i], (environment, _) => environment.Begin(null));
    }

    /// <summary>Starts an episode with the next goal in every environment, whatever a reset would do.</summary>
    /// <returns>The first observations; all else is zero.</returns>
    public VectorStep SampleTasks() => Start(_ => true, (environment, _) => environment.Begin(null, takeNext: true));

    /// <summary>One step of all environments.</summary>
    /// <param name="actions">Shape [count; 4], row by row; displacements are clipped to [-1, 1].</param>
    /// <returns>Views of the results, valid until the next call.</returns>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    /// <exception cref="InvalidOperationException">Before the first reset; or, with autoreset disabled, after the end of an episode.</exception>
    public VectorStep Step(ReadOnlySpan<float> actions)
    {
        Expect(actions.Length, _actions.Length, "actions of", nameof(actions));
        // Before any of them is stepped: a refused step changes nothing.
        for (var i = 0; i < Count; i++)
        {
            if (!BeginsNext(i))
                _environments[i].RequireRunning();
        }

        using var turn = _use.Begin();
        actions.CopyTo(_actions);
        _workers.Run(Count, _stepOne);
        return Result;
    }

    /// <summary>Actions of the scripted experts.</summary>
    /// <param name="actions">Receives [count; 4]; displacements are not clipped.</param>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    /// <exception cref="InvalidOperationException">Before the first reset.</exception>
    public void ExpertActions(Span<float> actions)
    {
        Expect(actions.Length, _actions.Length, "room for actions of", nameof(actions));
        for (var i = 0; i < Count; i++)
            _environments[i].ExpertAction(actions.Slice(i * ActionSize, ActionSize));
    }

    private VectorStep Result => new(
        _observations, _rewards, _terminated, _truncated, new VectorInfo(_infos, _finalObservations, _goals));

    private bool BeginsNext(int i) => Autoreset == AutoresetMode.NextStep && (_terminated[i] || _truncated[i]);

    private void StepOne(int i)
    {
        var environment = _environments[i];
        if (BeginsNext(i))
        {
            environment.Begin(null);
            Show(i);
            return;
        }

        (_rewards[i], _terminated[i], _truncated[i], _infos[i]) =
            environment.Advance(_actions.AsSpan(i * ActionSize, ActionSize));
        if (Autoreset == AutoresetMode.SameStep && environment.Over)
        {
            environment.Observation.CopyTo(_finalObservations.AsSpan(i * _width));
            environment.Begin(null);
        }

        WriteObservation(i);
    }

    private VectorStep Start(Func<int, bool> starts, Action<GymEnvironment, int> begin)
    {
        using var turn = _use.Begin();
        _workers.Run(Count, i =>
        {
            if (!starts(i))
                return;
            begin(_environments[i], i);
            Show(i);
        });
        return Result;
    }

    /// <summary>Writes the start of an episode as a result, without reward or info.</summary>
    private void Show(int i)
    {
        (_rewards[i], _terminated[i], _truncated[i], _infos[i]) = (0, false, false, default);
        WriteObservation(i);
    }

    private void WriteObservation(int i)
    {
        var from = _environments[i].Observation;
        var into = _observations.AsSpan(i * _width, _width);
        for (var k = 0; k < from.Length; k++)
            into[k] = (float)from[k];
        _goals[i] = _environments[i].Goal;
    }

    private void Expect(int found, int right, string what, string name)
    {
        if (found != right)
            throw new ArgumentException($"{Count} environments take {what} {right} numbers, got {found}.", name);
    }
}
