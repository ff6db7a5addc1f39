using MtrlFunctional.Experiments;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Training;

/// <summary>How many episodes each task has in the next iteration, by its successes so far.</summary>
/// <remarks>Part of a checkpoint. Not thread-safe.</remarks>
internal sealed class TaskEpisodes
{
    private const string EpisodesFile = "task_episodes.safetensors";
    private const string Fast = "fast";
    private const string Slow = "slow";

    private readonly TaskPriority _priority;
    private readonly int _least;
    private LearningProgress _progress;

    private TaskEpisodes(TaskPriority priority, int least, int tasks) =>
        (_priority, _least, _progress) = (priority, least, LearningProgressModule.Start(tasks));

    /// <summary>Before the first iteration; null where all tasks have as many.</summary>
    /// <param name="experiment">A resolved on-policy experiment.</param>
    internal static TaskEpisodes? Of(Experiment experiment) =>
        AlgorithmKeysModule.OnPolicy(experiment.Agent.Algorithm) is { MinEpisodes.Value: var least } keys
            ? new TaskEpisodes(keys.Priority, least, experiment.Environment.NumEnvs)
            : null;

    /// <summary>A plan with the episodes of the next iteration; as many in all.</summary>
    /// <param name="plan">With a group for each task.</param>
    internal SamplingPlan Allot(SamplingPlan plan) =>
        SamplingPlanModule.Allotted(EpisodeAllotment.Next(_priority, _least, plan.Episodes, plan.Played.Sum(), _progress), plan);

    /// <summary>Takes note of an iteration.</summary>
    /// <param name="success">Share of each task's episodes with success at any step; NaN: it had none.</param>
    internal void Observe(double[] success) => _progress = LearningProgressModule.Observe(success, _progress);

    /// <summary>Writes what the next iteration depends on.</summary>
    internal void Save(CheckpointWriter writer) =>
        writer.WriteTensors(EpisodesFile, [SafetensorsEntry.Of(Fast, _progress.Fast), SafetensorsEntry.Of(Slow, _progress.Slow)]);

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="ArgumentException">There is not one success rate for each task.</exception>
    internal void Load(Checkpoint checkpoint)
    {
        using var saved = checkpoint.OpenTensors(EpisodesFile);
        double[] Rates(string name) =>
            saved.ReadDoubles(name) is var rates && rates.Length == _progress.Fast.Length && rates.All(rate => rate is >= 0 and <= 1)
                ? rates
                : throw new ArgumentException($"{saved.Path}: {name} is not a success rate for each of {_progress.Fast.Length} tasks");
        _progress = new LearningProgress(Rates(Fast), Rates(Slow));
    }
}
