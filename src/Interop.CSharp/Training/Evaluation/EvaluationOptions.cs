using MtrlFunctional.Tasks;

namespace MtrlFunctional.Training;

/// <summary>The actor of an evaluation.</summary>
public enum EvaluationActor
{
    /// <summary>The trained policy.</summary>
    Trained,

    /// <summary>The scripted expert of each task (<see cref="Environments.IScriptedExpert"/>).</summary>
    ScriptedExpert,

    /// <summary>Uniformly random actions.</summary>
    RandomActions,
}

/// <summary>Options of an evaluation.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Episodes of each task, at least 1; null: as the run's configuration has them. Not beside <see cref="AllGoals"/> or
    /// <see cref="TrainingGoals"/>, which play an episode with each goal.</summary>
    public int? Episodes { get; init; }

    /// <summary>The actor: the trained policy, or a reference for it under the same protocol, which needs no
    /// checkpoint.</summary>
    public EvaluationActor Actor { get; init; }

    /// <summary>Vector steps of the checkpoint; null: the newest whole one.</summary>
    public long? Step { get; init; }

    /// <summary>Plays each goal of a task once, in place of episodes with drawn goals.</summary>
    public bool AllGoals { get; init; }

    /// <summary>Plays each goal, or each task state, of training once, in place of the goals of evaluations; in meta-learning, of
    /// the tasks of training.</summary>
    public bool TrainingGoals { get; init; }

    /// <summary>Transitions of each task, played before by the greedy policy, from which task encodings are inferred with
    /// all networks frozen; null: encodings as the run's configuration has them.</summary>
    public int? InferFrom { get; init; }

    /// <summary>Tasks of Meta-World, such as "reach-v3"; null: the tasks of the run's evaluations.</summary>
    public IReadOnlyList<string>? Tasks { get; init; }

    /// <summary>Steps of an episode, at least 1; null: as in the run.</summary>
    public int? Horizon { get; init; }

    /// <summary>Reward of Meta-World's tasks; null: the run's.</summary>
    public RewardVersion? Reward { get; init; }

    /// <summary>Episodes of a trial of an agent with a memory. Episodes after the exploration end at their first success, and the
    /// success of a trial is their mean, as Meta-World evaluates; null: as in the run.</summary>
    public Trial? Trial { get; init; }

    /// <summary>Threads that act and step environments, at least 1; results do not depend on it. Null: <c>MTRL_THREADS</c>, else all
    /// processors.</summary>
    public int? Threads { get; init; }

    /// <summary>The parts that the run was trained with.</summary>
    public Extensions Extensions { get; init; } = Extensions.None;

    /// <summary>Whether no environment is stepped: own environments are then known by their sizes, which the run recorded.</summary>
    internal bool ActsOnly { get; init; }

    /// <summary>Receives messages for the user, such as a damaged checkpoint that was skipped.</summary>
    public Action<string>? Notice { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A number below 1.</exception>
    /// <exception cref="ArgumentException">Two numbers of episodes.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Episodes ?? 1, 1, nameof(Episodes));
        ArgumentOutOfRangeException.ThrowIfLessThan(InferFrom ?? 1, 1, nameof(InferFrom));
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads ?? 1, 1, nameof(Threads));
        if (Episodes is not null && (AllGoals || TrainingGoals))
            throw new ArgumentException("AllGoals and TrainingGoals play an episode with each goal: leave Episodes out.", nameof(Episodes));
    }
}
