using MtrlFunctional.Algorithms;
using MtrlFunctional.Sampling;

namespace MtrlFunctional.Training;

/// <summary>
/// What follows from the tasks' success so far: their episodes in the next iteration, those that they are trained on again, and their
/// least σ.
/// </summary>
/// <remarks>Part of a checkpoint. Not thread-safe.</remarks>
internal sealed class TaskSuccess
{
    private const string RatesFile = "task_episodes.safetensors";
    private const string RememberedFile = "remembered_episodes.safetensors";
    private const string Fast = "fast";
    private const string Slow = "slow";

    private readonly OnPolicyKeys _keys;
    private readonly bool[] _defined;
    private LearningProgress _progress;
    private FSharpList<RememberedEpisode>[] _remembered;

    private TaskSuccess(OnPolicyKeys keys, bool[] defined) =>
        (_keys, _defined, _progress, _remembered) = (
            keys, defined, LearningProgressModule.Start(defined.Length), RememberedEpisodesModule.Start(defined.Length));

    /// <summary>The success before the first iteration; null if no setting depends on it.</summary>
    internal static TaskSuccess? Of(Experiment experiment)
    {
        var keys = AlgorithmKeysModule.OnPolicy(experiment.Agent.Algorithm);
        return keys.MinEpisodes is null && keys.UnsolvedStd is null && keys.RememberedSuccesses == 0
            ? null
            : new TaskSuccess(keys, SuccessOfTasks.AreDefined(experiment));
    }

    internal bool Allots => _keys.MinEpisodes is not null;

    /// <summary>The least σ of each task's policy in the next iteration; null: the bounds of the policy alone.</summary>
    internal double[]? LeastStd => _keys.UnsolvedStd is { Value: var unsolved } ? HeldStd.Least(unsolved, _progress) : null;

    /// <summary>A plan, with a group for each task, with the episodes of the next iteration; as many in all.</summary>
    internal SamplingPlan Allot(SamplingPlan plan) =>
        _keys.MinEpisodes is { Value: var least }
            ? SamplingPlanModule.Allotted(
                EpisodeAllotment.Next(_keys.Priority, least, plan.Episodes, plan.Played.Sum(), _defined, _progress), plan)
            : plan;

    /// <summary>The episodes of an iteration, and behind them those that tasks are trained on again.</summary>
    internal Episodes WithRemembered(Episodes episodes) => RememberedEpisodesModule.Added(_progress.Fast, _remembered, episodes);

    /// <summary>Takes note of an iteration.</summary>
    /// <param name="sampled">Its episodes.</param>
    /// <param name="success">Share of each task's episodes with success at any step; NaN: it had none, or the
    /// task defines no success.</param>
    internal void Observe(SampledEpisodes sampled, double[] success)
    {
        _progress = LearningProgressModule.Observe(success, _progress);
        if (_keys.RememberedSuccesses > 0)
            _remembered = RememberedEpisodesModule.Observe(
                _keys.RememberedSuccesses, sampled.First.Select(result => result.Ever), sampled.Episodes, _remembered);
    }

    /// <summary>Writes the averages and episodes on which the next iteration depends.</summary>
    internal void Save(CheckpointWriter writer)
    {
        writer.WriteTensors(RatesFile, [SafetensorsEntry.Of(Fast, _progress.Fast), SafetensorsEntry.Of(Slow, _progress.Slow)]);
        if (_keys.RememberedSuccesses > 0)
            writer.WriteTensors(
                RememberedFile, RememberedEpisodesModule.Named(_remembered).Select(named => SafetensorsEntry.Of(named.Item1, named.Item2)));
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="ArgumentException">There is not one success rate for each task.</exception>
    internal void Load(Checkpoint checkpoint)
    {
        using var saved = checkpoint.OpenTensors(RatesFile);
        double[] Rates(string name) =>
            saved.ReadDoubles(name) is var rates && rates.Length == _progress.Fast.Length && rates.All(rate => rate is >= 0 and <= 1)
                ? rates
                : throw new ArgumentException($"{saved.Path}: {name} is not a success rate for each of {_progress.Fast.Length} tasks");
        _progress = new LearningProgress(Rates(Fast), Rates(Slow));
        if (_keys.RememberedSuccesses == 0)
            return;
        using var remembered = checkpoint.OpenTensors(RememberedFile);
        _remembered = RememberedEpisodesModule.OfNamed(
            _remembered.Length, name => remembered.Contains(name) ? remembered.ReadFloats(name) : null);
    }
}
