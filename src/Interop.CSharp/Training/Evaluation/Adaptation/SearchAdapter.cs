using MtrlFunctional.Agents;

namespace MtrlFunctional.Training;

/// <summary>
/// Searches the entries of tasks that were not trained on: each shot is an episode of the greedy policy with other
/// entries (<see cref="TaskSearch"/>). The entries of the episode with the largest reward of a step act, since success
/// counts at any step; of equal rewards, the largest return decides. Nothing else changes.
/// </summary>
internal sealed class SearchAdapter : Adapter
{
    private readonly ILearner _learner;
    private readonly TrainedParameters _parameters;
    private readonly IReadOnlyList<int?> _places;
    private readonly Key _key;

    /// <summary>An adapter for a policy that is evaluated on new tasks.</summary>
    /// <exception cref="MtrlException">There are none, or its networks have no entries of tasks.</exception>
    internal SearchAdapter(RunPolicy policy, ILearner learner)
        : base(policy, learner, AdaptationMethod.Search)
    {
        _learner = learner;
        (_parameters, _places) = policy.Parameters is { } parameters && policy.Setting.Places is { } places && places.Contains(null)
            ? (parameters, places)
            : throw new MtrlException(
                $"{policy.Folder}: was trained on all of these tasks, so there is nothing to search. Name others in --tasks.");
        if (policy.Trained.Environment.Tasks.Length < 2)
            throw new MtrlException(
                $"{policy.Folder}: was trained on one task, so there are no other entries to try. Give --adapt finetune.");
        _key = KeyModule.ForPurpose("search", KeyModule.OfSeed(policy.Trained.Setup.SeedRef));
    }

    /// <inheritdoc/>
    private protected override void LearnFrom(int shots, FamilyOf families, CancellationToken stop)
    {
        using var environments = ExperimentEnvironments.Create(
            Policy.Experiment, ExperimentEnvironments.Evaluate, Policy.Threads,
            families: (experiment, _) => families(experiment, evaluate: true));
        var trained = Policy.Trained.Environment.Tasks.Length;
        var best = new ((double LargestReward, double Return) Outcome, TaskRows.TaskEntry Entry)[environments.Count];
        for (var shot = 0; shot < shots; shot++)
        {
            var blend = TaskRows.TaskEntry.NewBlend(TaskSearch.Weights(trained, shot, _key));
            Load([.. best.Select(_ => blend)]);
            var played = Evaluator.Run(
                Policy.Policy, environments, episodes: 1, Policy.Step, stop: stop, first: PlayedTransitions.FirstEpisode);
            foreach (var (i, task) in played.Tasks.Index())
            {
                var outcome = (played.LargestRewards[i][0], task.Return);
                if (shot == 0 || outcome.CompareTo(best[i].Outcome) > 0)
                    best[i] = (outcome, blend);
            }
        }

        Load([.. best.Select(found => found.Entry)]);
    }

    /// <summary>Loads entries of new tasks; entries of trained tasks stay.</summary>
    private void Load(TaskRows.TaskEntry[] entries) =>
        _parameters.Load(
            _learner, [.. entries.Select((entry, i) => _places[i] is { } place ? TaskRows.TaskEntry.NewTrained(place) : entry)]);
}
