using MtrlFunctional.Sampling;

namespace MtrlFunctional.Training;

/// <summary>Evaluates policies that gradient steps adapt to each task: episodes with noise, the steps, then an episode without.</summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal sealed class AdaptedEvaluator : IDisposable
{
    /// <summary>
    /// The first round of adaptation. Rounds of training count from 0, so that adaptation has other noise.
    /// </summary>
    private const long FirstRound = 1_000_000;

    private readonly AdaptationKeys _keys;
    private readonly int _horizon;
    private readonly int _adaptationSteps;
    private readonly int _together;
    private readonly Lazy<EpisodeSampler> _sampler;

    private AdaptedEvaluator(Experiment experiment, AdaptationKeys keys, int threads, FamilyOf families)
    {
        (_keys, _horizon, _adaptationSteps) = (keys, experiment.Environment.Horizon, AgentMemory.EpisodeLength(experiment.Agent));
        _together = SamplingPlanModule.InstancesOfTask(keys, experiment);
        _sampler = new Lazy<EpisodeSampler>(
            () => new EpisodeSampler(experiment, threads, families, ExperimentEnvironments.Evaluate));
    }

    /// <summary>For an experiment whose agent is adapted so; null: it is not.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="threads">Threads of the environments; results do not depend on it.</param>
    /// <param name="families">Creates the environments.</param>
    internal static AdaptedEvaluator? Of(Experiment experiment, int threads, FamilyOf families) =>
        experiment.Agent.Algorithm.Adaptation is { Value: var keys }
            ? new AdaptedEvaluator(experiment, keys, threads, families)
            : null;

    /// <summary>Adapts to goals of each task, each by itself, and plays an episode with each.</summary>
    /// <param name="learner">Unchanged.</param>
    /// <param name="episodes">Goals of each task, the same in each evaluation; null: each once, as many as the task with the most
    /// has.</param>
    /// <param name="step">Vector steps of training before; goes into the result.</param>
    /// <param name="stop">Ends it early, without result.</param>
    /// <param name="watch">Told of the goals; null: nobody.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal EvaluationResult Run(
        OnPolicyLearner learner, int? episodes, long step, CancellationToken stop, EvaluationWatch? watch = null)
    {
        var counts = _sampler.Value.InstanceCounts;
        var total = episodes ?? counts.Max();
        var (tasks, played) = (counts.Length, _keys.InnerSteps * _keys.Episodes);
        var learned = new List<EpisodeResult>[tasks, played];
        var evaluated = new List<EpisodeResult>[tasks];
        for (var task = 0; task < tasks; task++)
        {
            evaluated[task] = [];
            for (var i = 0; i < played; i++)
                learned[task, i] = [];
        }

        // Always as many together: noise depends on their number.
        for (var first = 0; first < total; first += _together)
        {
            watch?.Learns(first, total);
            Run(learner, first, learned, evaluated, stop);
        }

        foreach (var results in evaluated.Concat(learned.Cast<List<EpisodeResult>>()))
            results.RemoveRange(total, results.Count - total);

        double Share(int task, IEnumerable<EpisodeResult> results, Func<EpisodeResult, bool> succeeded) =>
            _sampler.Value.DefinesSuccess(task) ? results.Average(result => succeeded(result) ? 1.0 : 0.0) : double.NaN;
        double Mean(IEnumerable<EpisodeResult> results) => results.Average(result => result.Return);
        var each = Enumerable.Range(0, tasks);
        return new EvaluationResult(step, [.. each.Select(i => new TaskEvaluation(
            _sampler.Value.TaskNames[i], Share(i, evaluated[i], result => result.Ever), Share(i, evaluated[i], result => result.AtEnd),
            Mean(evaluated[i])))])
        {
            EpisodeReturns = [.. each.Select(i => evaluated[i].Select(result => result.Return).ToArray())],
            EpisodeSuccesses = [.. each.Select(i => evaluated[i].Select(result => result.Ever).ToArray())],
            Trials = [.. each.Select(i => Enumerable.Range(0, played).Select(k => learned[i, k]).Append(evaluated[i])
                .Select(results => new TrialEpisode(Share(i, results, result => result.Ever), Mean(results))).ToArray())],
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_sampler.IsValueCreated)
            _sampler.Value.Dispose();
    }

    /// <summary>Adapts to some goals of each task and plays them.</summary>
    private void Run(
        OnPolicyLearner learner, int first, List<EpisodeResult>[,] learned, List<EpisodeResult>[] evaluated, CancellationToken stop)
    {
        using var scope = torch.NewDisposeScope();
        var (sampler, tasks) = (_sampler.Value, evaluated.Length);
        var number = FirstRound + (first * (_keys.InnerSteps + 1L));
        SampledEpisodes Play(Player player, int episodes, int steps) => sampler.Sample(
            SamplingPlanModule.OfInstances(GroupInstances.NewInTurn(first), tasks, _together, episodes, steps), number++, player,
            learner.NoiseSize, _ => { }, stop);

        List<SampledEpisodes> rounds = [];
        var player = learner.BehaviourPolicies[^1];
        for (var i = 0; i < _keys.InnerSteps; i++)
        {
            rounds.Add(Play(player, _keys.Episodes, _adaptationSteps));
            foreach (var (row, result) in rounds[i].First.Index())
                learned[row / _keys.Episodes % tasks, (i * _keys.Episodes) + (row % _keys.Episodes)].Add(result);
            var adapted = learner.Adapted(SampledEpisodes.Together(rounds).Episodes)!;
            player = i + 1 < _keys.InnerSteps ? adapted.Exploring : adapted.Greedy;
        }

        foreach (var (group, result) in Play(player, episodes: 1, _horizon).First.Index())
            evaluated[group % tasks].Add(result);
    }
}
