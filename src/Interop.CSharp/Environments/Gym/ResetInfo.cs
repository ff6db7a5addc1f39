namespace MtrlFunctional.Environments.Gym;

/// <summary>Information of a reset.</summary>
/// <param name="Task">Name of the task: "reach-v3".</param>
/// <param name="Goal">Which of the environment's goals was taken, from 0.</param>
public readonly record struct ResetInfo(string Task, int Goal);
