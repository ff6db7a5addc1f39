using MtrlFunctional.Randomness;

namespace MtrlFunctional.Environments;

/// <summary>
/// One environment: a Markov decision process that is stepped. The sizes of its observations and actions
/// are those of the <see cref="IEnvironmentFamily.Spec"/> of the family that made it.
/// </summary>
/// <remarks>
/// Whoever makes it disposes it. One thread at a time. What follows a reset depends on its arguments and the
/// actions only, not on earlier episodes. Further abilities are interfaces beside this one:
/// <see cref="IRenderable"/>, <see cref="IScriptedExpert"/>, <see cref="IRawSimulation"/>.
/// </remarks>
public interface IEnvironment : IDisposable
{
    /// <summary>Steps since the reset.</summary>
    int Steps { get; }

    /// <summary>Whether the episode goes on, and how it ended if not.</summary>
    EpisodeStatus Status { get; }

    /// <summary>Reward of the last step; 0 after a reset and after an unstable step.</summary>
    double Reward { get; }

    /// <summary>Success at the last step, not sticky; null: the task has no notion of success.</summary>
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

    /// <summary>
    /// Writes what reset or the last step led to; after an unstable step, the observation before it.
    /// </summary>
    /// <param name="observation">Receives [observations].</param>
    void Observe(Span<float> observation);

    /// <summary>Everything that decides how the episode goes on.</summary>
    /// <returns>Arrays of the caller.</returns>
    EpisodeState Save();

    /// <summary>Goes on with a saved episode: all further steps are bit-identical.</summary>
    /// <param name="state">What <see cref="Save"/> of an environment of the same task returned.</param>
    /// <exception cref="MtrlException">An array is missing or has another length; the message names it.</exception>
    void Load(EpisodeState state);
}
