using MtrlFunctional.Sampling;

namespace MtrlFunctional.Training;

/// <summary>Evaluates policies that gradient steps adapt to each task: episodes with noise, the steps, then an episode without.</summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal sealed class AdaptedEvaluator : IDisposable
{
    /// <summary>The first round of adaptation. Rounds of training count from 0, so that adaptation has other noise.</summary>
    private const long FirstRound = 1_000_000;

    private readonly AdaptationKeys _keys;
    private readonly int _horizon;
    private readonly int _adaptationSteps;
    private readonly int _together;
    private readonly Lazy<EpisodeSampler> _sampler;

    private AdaptedEvaluator(Experiment experiment, AdaptationKeys keys, int threads, Func<IEnvironmentFamily> family)
    {
        (_keys, _horizon, _adaptationSteps) = (keys, experiment.Environment.Horizon, AgentMemory.EpisodeLength(experiment.Agent));
        _together = SamplingPlanModule.InstancesOfTask(keys, experiment);
        _sampler = new Lazy<EpisodeSampler>(() => new EpisodeSampler(experiment, threads, family(), evaluate: true));
    }

    /// <summary>For an experiment whose agent is adapted so; null: it is not.</summary>
    internal static AdaptedEvaluator? Of(Experiment experiment, int threads, Func<IEnvironmentFamily> family) =>
        experiment.Agent.Algorithm.Adaptation is { Value: var keys }
            ? new AdaptedEvaluator(experiment, keys, threads, family)
            : null;

    /// <summary>Adapts to goals of each task, each by itself, and plays an episode with each: the same goals in each evaluation,
    /// or each once, as many as the task with the most has.</summary>
    internal EvaluationResult Run(
        OnPolicyLearner learner, int? episodes, long step, CancellationToken stop, EvaluationWatch? watch = null)
    {
        var sampler = _sampler.Value;
        var counts = sampler.InstanceCounts;
        var total = episodes ?? counts.Max();

        // The episodes that it learns from, then the evaluated one.
        List<RunningEpisode>[][] played = [.. counts.Select(_ =>
            Enumerable.Range(0, (_keys.InnerSteps * _keys.Episodes) + 1).Select(_ => new List<RunningEpisode>()).ToArray())];

        // Always as many together: noise depends on their number.
        for (var first = 0; first < total; first += _together)
        {
            watch?.Learns(first, total);
            Run(learner, first, played, stop);
        }

        foreach (var results in played.SelectMany(ofTask => ofTask))
            results.RemoveRange(total, results.Count - total);

        return EvaluationResult.OfEpisodes(step, sampler.TaskNames, [.. played.Select(ofTask => ofTask[^1].ToArray())]) with
        {
            Trials = [.. played.Select(ofTask => ofTask
                .Select(each => Evaluation.Means([.. each])).Select(means => new TrialEpisode(means.Ever, means.Return)).ToArray())],
        };
    }

    public void Dispose()
    {
        if (_sampler.IsValueCreated)
            _sampler.Value.Dispose();
    }

    /// <summary>Adapts to some goals of each task and plays them.</summary>
    private void Run(OnPolicyLearner learner, int first, List<RunningEpisode>[][] played, CancellationToken stop)
    {
        using var scope = torch.NewDisposeScope();
        var tasks = played.Length;
        var number = FirstRound + (first * (_keys.InnerSteps + 1L));
        SampledEpisodes Play(Player player, int episodes, int steps) => _sampler.Value.Sample(
            SamplingPlanModule.OfInstances(GroupInstances.NewInTurn(first), tasks, _together, episodes, steps), number++, player,
            learner.NoiseSize, _ => { }, stop);

        List<SampledEpisodes> rounds = [];
        var player = learner.BehaviourPolicies[^1];
        for (var i = 0; i < _keys.InnerSteps; i++)
        {
            rounds.Add(Play(player, _keys.Episodes, _adaptationSteps));
            foreach (var (row, result) in rounds[i].Played.Index())
                played[row / _keys.Episodes % tasks][(i * _keys.Episodes) + (row % _keys.Episodes)].Add(result[0]);
            var adapted = learner.Adapted(SampledEpisodesModule.Together(rounds).Episodes);
            player = i + 1 < _keys.InnerSteps ? adapted.Exploring : adapted.Greedy;
        }

        foreach (var (group, result) in Play(player, episodes: 1, _horizon).Played.Index())
            played[group % tasks][^1].Add(result[0]);
    }
}
