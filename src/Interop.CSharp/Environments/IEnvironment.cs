namespace MtrlFunctional.Environments;

/// <summary>One environment: a Markov decision process that is stepped. Its <see cref="EnvironmentTask.Spec"/> has the sizes of
/// its observations and actions, or else the <see cref="IEnvironmentFamily.Spec"/> of its family.</summary>
/// <remarks>The caller disposes it. Not thread-safe. An episode depends on the arguments of its reset and the actions only, not
/// on earlier episodes. Optional capabilities are separate interfaces: <see cref="IRenderable"/>, <see cref="IScriptedExpert"/>.</remarks>
public interface IEnvironment : IDisposable
{
    /// <summary>Steps since the reset.</summary>
    int Steps { get; }

    /// <summary>Status of the episode: running, or how it ended.</summary>
    EpisodeStatus Status { get; }

    /// <summary>Reward of the last step; 0 after a reset and after an unstable step.</summary>
    double Reward { get; }

    /// <summary>Success at the last step, not sticky; null: the task does not define success.</summary>
    bool? Success { get; }

    /// <summary>Starts an episode.</summary>
    /// <param name="instance">Which instance of the task, from 0.</param>
    /// <param name="key">Source of all further randomness of the episode.</param>
    void Reset(int instance, Key key);

    /// <summary>Applies one action.</summary>
    /// <param name="action">Shape [actions], each in [−1, 1].</param>
    /// <returns>The new <see cref="Status"/>.</returns>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    /// <exception cref="InvalidOperationException">The episode is over, or none was started.</exception>
    EpisodeStatus Step(ReadOnlySpan<float> action);

    /// <summary>Writes the observation of the reset or last step; after an unstable step, the observation before it.</summary>
    /// <param name="observation">Receives [observations].</param>
    void Observe(Span<float> observation);

    /// <summary>The full state of the episode.</summary>
    /// <returns>Arrays of the caller.</returns>
    EpisodeState Save();

    /// <summary>Resumes a saved episode: all further steps are bit-identical.</summary>
    /// <param name="state">Result of <see cref="Save"/> of an environment of the same task.</param>
    /// <exception cref="MtrlException">An array is missing or has another length; the message names it.</exception>
    void Load(EpisodeState state);
}

/// <summary>Status of an episode after a step: running, or how it ended.</summary>
public enum EpisodeStatus
{
    /// <summary>The next step can follow.</summary>
    Running,

    /// <summary>A terminal state: no reward follows, so nothing is bootstrapped from it.</summary>
    Terminated,

    /// <summary>The time limit: rewards would have followed, so the value of the last observation is bootstrapped.</summary>
    Truncated,

    /// <summary>The simulation failed: the step is not a result of the action. Its transition is dropped.</summary>
    Unstable,
}

/// <summary>Saved state of a running episode.</summary>
/// <param name="Steps">Steps since the reset.</param>
/// <param name="Status">Whether and how it ended.</param>
/// <param name="Numbers">Named arrays of the environment.</param>
public sealed record EpisodeState(int Steps, EpisodeStatus Status, IReadOnlyDictionary<string, double[]> Numbers)
{
    /// <summary>A copy of a named array.</summary>
    /// <param name="name">Name of the numbers.</param>
    /// <param name="length">How many numbers it must have; null: any number.</param>
    /// <returns>A new array.</returns>
    /// <exception cref="MtrlException">The numbers are missing, or have another length.</exception>
    public double[] Read(string name, int? length)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!Numbers.TryGetValue(name, out var found))
            throw new MtrlException($"'{name}' is missing.");
        return length is null || found.Length == length
            ? [.. found]
            : throw new MtrlException($"'{name}' has {found.Length} entries, expected {length}.");
    }
}

/// <summary>An environment whose task has a scripted expert.</summary>
public interface IScriptedExpert
{
    /// <summary>Action of the expert in the current state. Its input may include values hidden from policies.</summary>
    /// <param name="action">Receives [actions]; not clipped.</param>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    /// <exception cref="InvalidOperationException">Before the first reset.</exception>
    void ExpertAction(Span<float> action);
}
