using MtrlFunctional.Rendering;
using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments.Gym;

/// <summary>How an environment of <see cref="MetaWorld"/> behaves. The defaults are Meta-World's.</summary>
/// <remarks>Null: Meta-World's default for the benchmark.</remarks>
public record MetaWorldOptions
{
    /// <summary>Seed of the 50 goals of each task and, until a reset gives another seed, of their order.</summary>
    public uint Seed { get; init; }

    /// <summary>Steps after which an episode is truncated, at least 1.</summary>
    public int MaxEpisodeSteps { get; init; } = MetaWorldEnvironment.DefaultHorizon;

    /// <summary>Whether the first success ends the episode (terminated). Null: only in the test part of meta-learning.</summary>
    public bool? TerminateOnSuccess { get; init; }

    /// <summary>Version of Meta-World's reward.</summary>
    public RewardVersion Reward { get; init; } = RewardVersion.V2;

    /// <summary>Divisor of the reward.</summary>
    public RewardNormalizationMethod RewardNormalization { get; init; } = RewardNormalizationMethod.None;

    /// <summary>Whether the index of the task in its benchmark is appended to the observation, one-hot.</summary>
    public bool OneHot { get; init; }

    /// <summary>Whether action (4), a tenth of the reward (1) and whether the episode ended (1) are appended to the observation,
    /// for recurrent meta-learning.</summary>
    public bool RecurrentInfo { get; init; }

    /// <summary>Whether the observation has the goal, or zeros. Null: the goal, except in meta-learning.</summary>
    public bool? GoalVisible { get; init; }

    /// <summary>In which order goals are taken. Null: random, in meta-learning pseudo-random.</summary>
    public TaskSelection? TaskSelection { get; init; }

    /// <summary>Whether each reset takes another goal. Null: under random selection yes; under pseudo-random selection the goal
    /// stays until <c>SampleTasks</c> takes the next.</summary>
    public bool? SampleTasksOnReset { get; init; }

    /// <summary>How many of the task's 50 goals are used, from the first on.</summary>
    public int Goals { get; init; } = MtrlFunctional.Tasks.Goals.Count;

    /// <summary>The scenes, shared with other environments. Null: this program's scenes.</summary>
    public SceneLibrary? Scenes { get; init; }

    /// <summary>The camera of images.</summary>
    public Camera Camera { get; init; } = Camera.Overview;

    /// <summary>Pixels a row of a picture.</summary>
    public int RenderWidth { get; init; } = 480;

    /// <summary>Rows of a picture.</summary>
    public int RenderHeight { get; init; } = 480;

    /// <exception cref="ArgumentOutOfRangeException">A number that makes no sense.</exception>
    internal virtual void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxEpisodeSteps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Goals, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Goals, MtrlFunctional.Tasks.Goals.Count);
    }
}

/// <summary>Order of the goals of an environment. Source: Meta-World's wrappers of these names.</summary>
public enum TaskSelection
{
    /// <summary>A goal drawn uniformly at each reset. Meta-World's default for multi-task benchmarks.</summary>
    Random,

    /// <summary>All goals in a shuffled order, reshuffled after each pass. Its default for meta-learning.</summary>
    PseudoRandom,
}

/// <summary>Divisor of the rewards. Source: Meta-World's wrappers of these names.</summary>
public enum RewardNormalizationMethod
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The standard deviation of the discounted return so far (discount 0.99), as Gymnasium's wrapper.</summary>
    Gymnasium,

    /// <summary>The exponential moving standard deviation of the reward (rate 0.001).</summary>
    Exponential,
}
