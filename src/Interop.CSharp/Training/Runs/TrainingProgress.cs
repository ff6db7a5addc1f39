using System.Text.Json.Serialization;
using MtrlFunctional.Statistics;

namespace MtrlFunctional.Training;

/// <summary>Phase of the training loop.</summary>
public enum TrainingPhase
{
    /// <summary>Filling the replay by uniformly random actions; no updates yet.</summary>
    Warmup,

    /// <summary>Stepping environments and updating.</summary>
    Training,

    /// <summary>Running evaluation episodes on the separate environments.</summary>
    Evaluating,

    /// <summary>Writing a checkpoint.</summary>
    Saving,

    /// <summary>All steps are done, the report is being written.</summary>
    Finished,
}

/// <summary>Progress of one task. Rates are fractions in [0, 1]; NaN before the first whole episode.</summary>
/// <param name="Name">Name of the task, such as "reach-v3".</param>
/// <param name="LastSuccess">1 where the last training episode had a success at any step, 0 where not; with on-policy
/// agents the mean over the newest iteration.</param>
/// <param name="SuccessEver">Mean over the last 10 training episodes, at least over the newest iteration, of "success at any step".</param>
/// <param name="SuccessAtEnd">The mean of "success at the last step".</param>
/// <param name="Return">Undiscounted return of the last training episode; with on-policy agents the mean over the newest iteration.</param>
public sealed record TaskProgress(
    string Name, double LastSuccess, double SuccessEver, double SuccessAtEnd, double Return);

/// <summary>A snapshot of a run, published by the training loop. Immutable; may be kept and read from any thread.</summary>
public sealed record TrainingProgress
{
    /// <summary>Phase of the loop.</summary>
    public required TrainingPhase Phase { get; init; }

    /// <summary>Finished vector steps: in a vector step every environment steps once.</summary>
    public required long Step { get; init; }

    /// <summary>Vector steps at the end of the run; of whole iterations for an on-policy agent.</summary>
    public required long TotalSteps { get; init; }

    /// <summary>Share of the steps that are done, from 0 to 1.</summary>
    public double Share => Math.Min(1.0, (double)Step / Math.Max(1, TotalSteps));

    /// <summary>Episodes that each task finished: the mean over the tasks, rounded down.</summary>
    public required long Episode { get; init; }

    /// <summary>Environments that step together.</summary>
    public required int Environments { get; init; }

    /// <summary>Steps of single environments per second, over the last minute.</summary>
    public required double EnvStepsPerSecond { get; init; }

    /// <summary>Updates per second, over the last minute; 0 while warming up.</summary>
    public required double UpdatesPerSecond { get; init; }

    /// <summary>Wall-clock time since this process began to train (a resumed run starts at zero).</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The part of <see cref="Elapsed"/> in which the run stepped and learned: without its start and evaluations.</summary>
    public required TimeSpan Stepping { get; init; }

    /// <summary>How long the evaluations to come will take, by the mean of those so far.</summary>
    public TimeSpan EvaluationsAhead { get; init; }

    /// <summary>Step at which this process began: 0, or the step of the checkpoint it resumed from.</summary>
    public long FirstStep { get; init; }

    /// <summary>Latest measurements of the update by name ("actor_loss", "critic_loss" …).</summary>
    public IReadOnlyDictionary<string, double> Losses { get; init; } = new Dictionary<string, double>();

    /// <summary>Progress of each task, in the order of the benchmark.</summary>
    public IReadOnlyList<TaskProgress> Tasks { get; init; } = [];

    /// <summary>The last evaluation, or null before the first.</summary>
    public EvaluationResult? LastEvaluation { get; init; }

    /// <summary>Aggregates over tasks to display.</summary>
    public IReadOnlyList<TaskAggregate> Aggregates { get; init; } = [TaskAggregate.Average];

    /// <summary>Lines that went to <c>train.log</c> since the previous publication, oldest first.</summary>
    public IReadOnlyList<string> Lines { get; init; } = [];
}
