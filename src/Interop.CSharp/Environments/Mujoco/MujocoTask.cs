namespace MtrlFunctional.Environments;

/// <summary>A task on a MuJoCo model of one's own, as functions of its world.</summary>
/// <remarks>Immutable. The functions depend on nothing but their arguments: an episode is then determined by its start and the
/// actions, and a resumed run has the same episodes. They may be called on several threads, each with a world of its own. Their
/// results are checked; a wrong result, or an exception, is an <see cref="MtrlException"/> with the task, function and
/// step.</remarks>
public sealed record MujocoTask
{
    /// <summary>Its name in logs and tables.</summary>
    public required string Name { get; init; }

    /// <summary>The MJCF file.</summary>
    public required string Model { get; init; }

    /// <summary>Physics steps of an action, at least 1.</summary>
    public int Substeps { get; init; } = 1;

    /// <summary>Variations of the task that an episode is drawn from, at least 1.</summary>
    public int Instances { get; init; } = 1;

    /// <summary>The mocap body that is the goal, which people drag in <c>mtrl play</c>; null: the mocap body "goal" if the model has
    /// one, else none.</summary>
    /// <remarks>A policy follows it where the observation has its place. <see cref="Start"/> may place it, by
    /// <see cref="World.Mocap"/>; each episode begins with the model's place.</remarks>
    public string? Goal { get; init; }

    /// <summary>Writes positions and velocities of the start, by instance and key; null: the model's own. It may also write constants
    /// of <see cref="World.Model"/>, which no other environment shares: these stay until it writes them again.</summary>
    public Action<World, int, Key>? Start { get; init; }

    /// <summary>The observation: at least one number, always as many, all finite. Its numbers are copied.</summary>
    public required Func<World, float[]> Observation { get; init; }

    /// <summary>The reward of a step, from the world after it and the action, numbers in [−1, 1]; finite in single
    /// precision.</summary>
    public required Func<World, float[], double> Reward { get; init; }

    /// <summary>Success after a step; null: the task defines none.</summary>
    public Func<World, bool>? Success { get; init; }

    /// <summary>Whether the state after a step is terminal: no reward follows. Null: no state is.</summary>
    public Func<World, bool>? Terminal { get; init; }
}
