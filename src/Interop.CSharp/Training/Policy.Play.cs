using MtrlFunctional.Environments.Gym;
using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <summary>The result of an episode (<see cref="Policy.Play(Environments.Gym.GymEnvironment, string)"/>).</summary>
/// <param name="Success">Success at any step; null: the task defines none.</param>
/// <param name="Return">Sum of the rewards.</param>
/// <param name="Steps">Steps of the environment.</param>
public readonly record struct PlayedEpisode(bool? Success, double Return, int Steps);

/// <summary>Episodes of single environments.</summary>
public sealed partial class Policy
{
    /// <summary>Plays one episode, from a reset to its end.</summary>
    /// <param name="environment">Of one of <see cref="TrainedPolicy.Tasks"/>.</param>
    /// <param name="task">The policy's task; null: the environment's name.</param>
    /// <returns>Success, return and steps.</returns>
    /// <exception cref="MtrlException">The policy has no such task; the nearest are named.</exception>
    /// <exception cref="ArgumentException">Observations or actions have another size.</exception>
    /// <exception cref="InvalidOperationException">Another thread uses the environment.</exception>
    public PlayedEpisode Play(GymEnvironment environment, string? task = null)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var session = Start(task ?? environment.Name);
        var action = new float[SizesOf(session.Task).ActionSize];
        using var turn = environment.Keep();
        environment.Begin(seed: null);
        var (success, sum) = (false, 0.0);
        for (var step = 1; ; step++)
        {
            session.Act(environment.Observation, action);
            var (reward, terminated, truncated, info) = environment.Advance(action);
            session.Observe(reward, terminated || truncated);
            (success, sum) = (success || info.Success, sum + reward);
            if (terminated || truncated)
                return new PlayedEpisode(success, sum, step);
        }
    }

    /// <summary>Plays one episode of an environment of a family, such as tasks on a model of one's own.</summary>
    /// <param name="environment">Of one task of the policy.</param>
    /// <param name="task">One of <see cref="TrainedPolicy.Tasks"/>.</param>
    /// <param name="instance">Instance of the task, from 0.</param>
    /// <param name="seed">Of the start of the episode.</param>
    /// <returns>Success, return and steps.</returns>
    /// <exception cref="MtrlException">The policy has no such task; the nearest are named.</exception>
    public PlayedEpisode Play(IEnvironment environment, string task, int instance = 0, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var session = Start(task);
        var sizes = SizesOf(session.Task);
        var (observation, action) = (new float[sizes.ObservationSize], new float[sizes.ActionSize]);
        environment.Reset(instance, KeyModule.OfSeed(seed));
        var (success, sum) = (environment.Success, 0.0);
        while (environment.Status == EpisodeStatus.Running)
        {
            environment.Observe(observation);
            session.Act(observation, action);
            var status = environment.Step(action);
            session.Observe(environment.Reward, status != EpisodeStatus.Running);
            (success, sum) = (success is true ? true : environment.Success, sum + environment.Reward);
        }

        return new PlayedEpisode(success, sum, environment.Steps);
    }
}
