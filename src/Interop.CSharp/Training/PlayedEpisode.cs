namespace MtrlFunctional.Training;

/// <summary>The result of an episode (<see cref="Policy.Play(Environments.Gym.GymEnvironment, string)"/>).</summary>
/// <param name="Success">Success at any step; null: the task defines none.</param>
/// <param name="Return">Sum of the rewards.</param>
/// <param name="Steps">Steps of the environment.</param>
public readonly record struct PlayedEpisode(bool? Success, double Return, int Steps);
