using MtrlFunctional.Tasks.DmControl;

namespace MtrlFunctional.Environments;

/// <summary>Options of a <see cref="DmControlFamily"/>.</summary>
public sealed record DmControlFamilyOptions
{
    /// <summary>At least one.</summary>
    public required IReadOnlyList<DmControlTask> Tasks { get; init; }

    /// <summary>Control steps with one action, at least 1; the reward of a step is the sum of theirs.</summary>
    public int ActionRepeat { get; init; } = 1;

    /// <summary>Control steps until an episode is truncated, at least 1.</summary>
    public int Horizon { get; init; } = DmControlTaskModule.Horizon;

    /// <summary>Old observations at random: a probability in [0, 1], and the last k with k at least 1; null: always the
    /// newest.</summary>
    public StickyObservation? Sticky { get; init; }

    /// <summary>Whether the colours of robots show the reward, in pictures for people.</summary>
    public bool RewardColours { get; init; }
}

/// <summary>Tasks of DeepMind Control as a family. Where tasks differ in size, observations end in zeros and the numbers of an
/// action beyond the task's have no effect.</summary>
/// <remarks>Threads may create environments at the same time; environments may outlive the family.</remarks>
public sealed class DmControlFamily : IEnvironmentFamily
{
    private readonly DmControlFamilyOptions _options;
    private readonly DmControlModels _models;

    /// <summary>Finds the models; each is compiled when an environment first needs it.</summary>
    /// <param name="options">Tasks, action repeat, horizon.</param>
    /// <exception cref="ArgumentException">No task, an action repeat or a horizon below 1, a probability outside
    /// [0, 1], or a largest age below 1.</exception>
    /// <exception cref="PhysicsException">No such folder.</exception>
    public DmControlFamily(DmControlFamilyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Tasks.Count == 0)
            throw new ArgumentException("There is no environment: name at least one task.", nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ActionRepeat, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Horizon, 1);
        if (options.Sticky is { } sticky && !(sticky.Probability is >= 0 and <= 1 && sticky.LastK >= 1))
            throw new ArgumentException(
                $"Sticky observations: the probability must be in [0, 1] and k at least 1, got {sticky.Probability} and {sticky.LastK}.",
                nameof(options));
        _options = options;
        Spec = DmControlTaskModule.Spec(options.ActionRepeat, options.Horizon, ListModule.OfSeq(options.Tasks));
        Tasks = [.. options.Tasks.Select(task => new EnvironmentTask(DmControlTaskModule.FullName(task), 1))];
        _models = new DmControlModels();
    }

    /// <inheritdoc/>
    public EnvironmentSpec Spec { get; }

    /// <inheritdoc/>
    public IReadOnlyList<EnvironmentTask> Tasks { get; }

    /// <inheritdoc/>
    /// <exception cref="PhysicsException">A model is missing or wrong.</exception>
    public IEnvironment Create(int task)
    {
        var size = EnvironmentSpecModule.ObservationSize(Spec);
        var environment = new DmControlEnvironment(
            _options.Tasks[task],
            _models,
            _options.ActionRepeat,
            _options.Horizon,
            size,
            EnvironmentSpecModule.ActionSize(Spec),
            _options.RewardColours);
        return _options.Sticky is { Probability: > 0 } sticky ? new StickyEnvironment(environment, sticky, size) : environment;
    }

    /// <inheritdoc/>
    public void Dispose() => _models.Dispose();
}
