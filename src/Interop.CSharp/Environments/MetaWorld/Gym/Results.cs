using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments.Gym;

/// <summary>Information of a reset.</summary>
/// <param name="Task">Name of the task: "reach-v3".</param>
/// <param name="Goal">Which of the environment's goals was taken, from 0.</param>
public readonly record struct ResetInfo(string Task, int Goal);

/// <summary>Result of a step of one environment, in Gymnasium's order.</summary>
/// <param name="Observation">The next observation; an array owned by the caller.</param>
/// <param name="Reward">The reward, normalised if requested.</param>
/// <param name="Terminated">The task is done (only with termination on success; Meta-World has no terminal states).</param>
/// <param name="Truncated">The time is up, or the physics failed.</param>
/// <param name="Info">Further information.</param>
public readonly record struct StepResult(
    double[] Observation, double Reward, bool Terminated, bool Truncated, StepInfo Info);

/// <summary>Meta-World's information besides the reward.</summary>
/// <param name="Success">At this step; not sticky.</param>
/// <param name="NearObject">1 where the hand is near the object; some tasks report a nearness or a distance.</param>
/// <param name="GraspSuccess">1 where the object is held, as the task counts it.</param>
/// <param name="GraspReward">Reward term of the grip.</param>
/// <param name="InPlaceReward">Reward term of the object's position, 0 to 1.</param>
/// <param name="ObjectToTarget">Distance as the task counts it, metres (of hinges: radians).</param>
/// <param name="UnscaledReward">The reward before any normalisation.</param>
/// <param name="Unstable">The physics failed: the episode is truncated; drop the transition.</param>
/// <param name="EpisodeReturn">Sum of the rewards of this episode so far, as they were returned.</param>
/// <param name="EpisodeLength">Steps of the episode so far.</param>
public readonly record struct StepInfo(
    bool Success,
    double NearObject,
    double GraspSuccess,
    double GraspReward,
    double InPlaceReward,
    double ObjectToTarget,
    double UnscaledReward,
    bool Unstable,
    double EpisodeReturn,
    int EpisodeLength)
{
    internal static StepInfo Of(in Outcome outcome, bool unstable, double episodeReturn, int episodeLength) => new(
        outcome.Success,
        outcome.NearObject,
        outcome.GraspSuccess,
        outcome.GraspReward,
        outcome.InPlaceReward,
        outcome.ObjectToTarget,
        outcome.Reward,
        unstable,
        episodeReturn,
        episodeLength);
}

/// <summary>Result of a step of several environments, in Gymnasium's order: <c>var (observations, rewards, terminated, truncated,
/// info) = environments.Step(actions);</c></summary>
/// <param name="Observations">Shape [count; observation size], row by row: the next input of a policy.</param>
/// <param name="Rewards">Shape [count], normalised if requested.</param>
/// <param name="Terminated">Shape [count]: the task is done (only with termination on success).</param>
/// <param name="Truncated">Shape [count]: the time is up, or the physics failed.</param>
/// <param name="Info">Further information.</param>
/// <remarks>Views of memory that the next call overwrites: copy data to retain it.</remarks>
public readonly record struct VectorStep(
    ReadOnlyMemory<float> Observations,
    ReadOnlyMemory<double> Rewards,
    ReadOnlyMemory<bool> Terminated,
    ReadOnlyMemory<bool> Truncated,
    VectorInfo Info);

/// <summary>Information of several environments besides rewards.</summary>
/// <param name="Steps">Shape [count]: information of the last step of each environment, also if it ended the
/// episode.</param>
/// <param name="FinalObservations">
/// Shape [count; observation size]: under <see cref="AutoresetMode.SameStep"/>, the true last
/// observation of the episodes that this step ended; elsewhere left from before.
/// </param>
/// <param name="Goals">Shape [count]: which of its goals each environment is at.</param>
/// <remarks>Views of memory that the next call overwrites: copy data to retain it.</remarks>
public readonly record struct VectorInfo(
    ReadOnlyMemory<StepInfo> Steps, ReadOnlyMemory<double> FinalObservations, ReadOnlyMemory<int> Goals);
