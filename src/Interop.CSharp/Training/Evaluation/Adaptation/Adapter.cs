using MtrlFunctional.Agents;
using MtrlFunctional.Sampling;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Lets the learner of a policy play and learn from episodes of each task, from one state as often as wanted.</summary>
/// <remarks>The caller disposes it; the policy stays the caller's. Not thread-safe.</remarks>
internal sealed class Adapter : IDisposable
{
    /// <summary>The first iteration of adaptation. Iterations of training count from 0, so that adaptation has other
    /// noise.</summary>
    private const long FirstIteration = 1_000_000;

    private readonly RunPolicy _policy;
    private readonly ILearner _learner;
    private readonly Action<int, Func<IEnvironmentFamily>, CancellationToken> _learnFrom;
    private readonly Dictionary<string, Tensor> _start;
    private readonly Dictionary<string, Tensor>? _mask;

    private Adapter(RunPolicy policy, ILearner learner, AdaptationMethod method)
    {
        (_policy, _learner) = (policy, learner);
        using var scope = torch.NewDisposeScope();
        var mask = method == AdaptationMethod.Finetune ? null : MaskOf(policy, learner, method);
        _mask = method == AdaptationMethod.Theta ? mask : null;
        Restrict();
        _start = learner.Named().ToDictionary(named => named.Item1, named => named.Item2.clone());
        _learnFrom = method == AdaptationMethod.Search ? Searching()
            : learner is OnPolicyLearner onPolicy ? (shots, family, stop) => LearnFrom(onPolicy, shots, family, stop)
            : (shots, family, stop) => LearnFrom((OffPolicyLearner)learner, shots, family, stop);
        foreach (var tensor in Kept)
            tensor.DetachFromDisposeScope();
    }

    private IEnumerable<Tensor> Kept => _start.Values.Concat(_mask?.Values ?? Enumerable.Empty<Tensor>());

    /// <summary>An adapter of a policy, by its kind of agent; it changes the policy's learner.</summary>
    internal static Adapter Of(RunPolicy policy, AdaptationMethod method)
    {
        var (folder, agent) = (policy.Folder, policy.Trained.Choices.Agent);
        if (policy.Trained.Agent.Algorithm.Adaptation is not null)
            throw new MtrlException(
                $"{folder}: agent={agent.Name} learns each goal by its own steps (agent.maml.*) in every evaluation. Leave --adapt and "
                + "--shots out.");
        if (policy.Trained.Agent.Context.Method.IsSet)
            throw new MtrlException(
                $"{folder}: infers its tasks from transitions, with all networks as they are. Give --adapt context.");
        return policy.Policy switch
        {
            OffPolicyLearner when AgentMemory.TryHistory(policy.Trained.Agent) is not null || agent.Family.ActsInOtherTasks =>
                throw new MtrlException(
                    $"{folder}: agent={agent.Name} does not learn from some episodes. Soft actor-critic does, "
                    + "alone and with models, and on-policy agents do."),
            ILearner learner => new Adapter(policy, learner, method),
            _ => throw new MtrlException($"{folder}: its agent does not learn from some episodes: leave --adapt out."),
        };
    }

    /// <summary>Returns to the first state, then learns from episodes of each task, 0 or more.</summary>
    /// <exception cref="MtrlException">A number is not finite, or a loss too large.</exception>
    internal void Learn(int shots, Func<IEnvironmentFamily> family, CancellationToken stop)
    {
        _learner.Restore(_start.GetValueOrDefault, updates: 0);
        Restrict();
        if (shots > 0)
            _learnFrom(shots, family, stop);
    }

    public void Dispose()
    {
        foreach (var tensor in Kept)
            tensor.Dispose();
    }

    private void Restrict()
    {
        if (_mask is not null && !_learner.FreezeExcept(_mask.GetValueOrDefault))
            throw new MtrlException(
                $"{_policy.Folder}: --adapt theta needs an agent that learns by steps of Adam alone and has one policy for all tasks "
                + "(agent=mtppo, impala, state_sac and those with models); --adapt finetune works with others, too.");
    }

    /// <summary>Learns as in training, from a replay of its own: each step of the episodes has the run's number of updates, from the
    /// transitions of the shots so far.</summary>
    private void LearnFrom(OffPolicyLearner learner, int shots, Func<IEnvironmentFamily> family, CancellationToken stop)
    {
        using var environments = _policy.EnvironmentsOf(family());
        using var played = PlayedTransitions.OfEpisodes(shots, _policy.Experiment, environments, _policy.Rewards);
        var schedule = new UpdateSchedule(0, _policy.Trained.Schedule.UpdatesPerStep);
        var (exploration, step) = (KeyOf("adapt"), 0L);
        for (var episode = 0; episode < shots; episode++)
            played.PlayEpisode(episode, actions =>
            {
                learner.ExploreEvaluated(environments.Rows, KeyModule.At(step, exploration), actions);
                for (var i = UpdateScheduleModule.UpdatesAt(step, played.Replay.Count, schedule); i > 0; i--)
                    learner.Update(played.Replay, step);
                step++;
            }, stop);
    }

    /// <summary>Learns in iterations of as many episodes as an iteration of the run; the last has the rest. After each, the agent
    /// updates once, at the learning rate of the start of a run.</summary>
    private void LearnFrom(OnPolicyLearner learner, int shots, Func<IEnvironmentFamily> family, CancellationToken stop)
    {
        var whole = Math.Min(shots, SamplingPlanModule.EpisodesOfTask(_policy.Trained));
        for (var (left, iteration) = (shots, FirstIteration); left > 0; left -= whole, iteration++)
        {
            using var scope = torch.NewDisposeScope();
            using var sampler = new EpisodeSampler(
                EvaluatedTasks.WithEpisodes(Math.Min(whole, left), _policy.Experiment), _policy.Threads, family());
            var sampled = sampler.Sample(iteration, learner.BehaviourPolicies[^1], learner.NoiseSize, _ => { }, stop);
            learner.Update(0, sampled.Episodes, progress: 0);
        }
    }

    /// <summary>Searches the entries of tasks that were not trained on: each shot is an episode of the greedy policy with other
    /// entries (<see cref="TaskSearch"/>). The entries of the episode with the largest reward of a step act, since success counts
    /// at any step; of equal rewards, the largest return decides. Nothing else changes.</summary>
    private Action<int, Func<IEnvironmentFamily>, CancellationToken> Searching()
    {
        if (_policy.Parameters is not { } parameters || _policy.Indices is not { } indices || !indices.Contains(null))
            throw new MtrlException(
                $"{_policy.Folder}: was trained on all of these tasks, so there is nothing to search. Name others in --tasks.");
        var trained = _policy.Trained.Environment.Tasks.Length;
        if (trained < 2)
            throw new MtrlException(
                $"{_policy.Folder}: was trained on one task, so there are no other entries to try. Give --adapt finetune.");

        // Entries of trained tasks stay.
        void Load(IEnumerable<TaskRows.TaskEntry> entries) => parameters.Load(
            _learner, [.. entries.Select((entry, i) => indices[i] is { Value: var index } ? TaskRows.TaskEntry.NewTrained(index) : entry)]);

        return (shots, family, stop) =>
        {
            using var environments = _policy.EnvironmentsOf(family());
            var best = new ((double LargestReward, double Return) Outcome, TaskRows.TaskEntry Entry)[environments.Count];
            for (var shot = 0; shot < shots; shot++)
            {
                var blend = TaskRows.TaskEntry.NewBlend(TaskSearch.Weights(trained, shot, KeyOf("search")));
                Load(best.Select(_ => blend));
                var played = Evaluator.Run(
                    _policy.Policy, environments, episodes: 1, _policy.Step, stop: stop, first: PlayedTransitions.FirstEpisode);
                foreach (var (i, task) in played.Tasks.Index())
                {
                    var outcome = (played.LargestRewards[i][0], task.Return);
                    if (shot == 0 || outcome.CompareTo(best[i].Outcome) > 0)
                        best[i] = (outcome, blend);
                }
            }

            Load(best.Select(found => found.Entry));
        };
    }

    private Key KeyOf(string purpose) =>
        KeyModule.ForPurpose(purpose, KeyModule.OfSeed(_policy.Trained.Setup.SeedRef));

    private static Dictionary<string, Tensor> MaskOf(RunPolicy policy, ILearner learner, AdaptationMethod method)
    {
        var mask = TaskTransfer.Masks(policy, learner);
        var word = method == AdaptationMethod.Theta ? "theta" : "search";
        return mask.Any(entry => IsActing(entry.Key) && entry.Value.sum().ToNumber() > 0)
            ? mask
            : throw new MtrlException(
                $"{policy.Folder}: its policy has nothing that belongs to single tasks (embeddings, heads, one-hot columns), so nothing "
                + $"would change with --adapt {word}. Give --adapt finetune.");
    }

    /// <summary>Whether greedy actions depend on a tensor, by its name in checkpoints: on no σ, value function or target, but on the
    /// encoder of observations, which is a part of the critics.</summary>
    private static bool IsActing(string name) =>
        (name.StartsWith("policy/", StringComparison.Ordinal) && name != "policy/std")
        || name.StartsWith("actor/", StringComparison.Ordinal)
        || name.StartsWith("task_encoder/", StringComparison.Ordinal)
        || name.StartsWith("critic/encoder/", StringComparison.Ordinal);
}
