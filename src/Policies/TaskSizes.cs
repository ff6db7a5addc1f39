namespace MtrlFunctional.Policies;

/// <summary>Numbers of a task's own observations and actions, without padding.</summary>
/// <param name="ObservationSize">Numbers of an observation.</param>
/// <param name="ActionSize">Numbers of an action.</param>
public readonly record struct TaskSizes(int ObservationSize, int ActionSize);
