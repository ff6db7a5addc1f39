using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments.Gym;

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
