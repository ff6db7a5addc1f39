using MtrlFunctional.Agents;
using MtrlFunctional.Environments;
using MtrlFunctional.Randomness;
using Key = MtrlFunctional.Randomness.Key;

namespace MtrlFunctional.Training;

/// <summary>
/// Searches the entries of tasks that were not trained on: each shot is an episode of the greedy policy with other entries
/// (<see cref="TaskSearch"/>). Those of the episode with the largest reward of a step act, since success counts at any step; of
/// equal ones, those with the largest return. Nothing else changes.
/// </summary>
internal sealed class SearchAdapter : Adapter
{
    private readonly ILearner _learner;
    private readonly TrainedParameters _parameters;
    private readonly IReadOnlyList<int?> _places;
    private readonly Key _key;

    /// <summary>For a policy that is evaluated on tasks that it was not trained on.</summary>
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
        var best = new (Outcome Outcome, TaskRows.TaskEntry Entry)[environments.Count];
        for (var shot = 0; shot < shots; shot++)
        {
            var blend = TaskRows.TaskEntry.NewBlend(TaskSearch.Weights(trained, shot, _key));
            Load([.. best.Select(_ => blend)]);
            foreach (var (i, outcome) in Play(environments, stop).Index())
                if (shot == 0 || outcome.IsAbove(best[i].Outcome))
                    best[i] = (outcome, blend);
        }

        Load([.. best.Select(found => found.Entry)]);
    }

    /// <summary>Loads entries of new tasks; those of trained tasks stay.</summary>
    private void Load(TaskRows.TaskEntry[] entries) =>
        _parameters.Load(
            _learner, [.. entries.Select((entry, i) => _places[i] is { } place ? TaskRows.TaskEntry.NewTrained(place) : entry)]);

    /// <summary>Plays an episode of each task without noise.</summary>
    private Outcome[] Play(VectorEnvironment environments, CancellationToken stop)
    {
        var actions = new float[environments.Count * environments.ActionSize];
        var outcomes = new Outcome[environments.Count];
        var over = new bool[environments.Count];
        Array.Fill(outcomes, new Outcome(float.NegativeInfinity, 0));
        environments.ResetTo(PlayedTransitions.FirstEpisode);
        while (over.Contains(false))
        {
            stop.ThrowIfCancellationRequested();
            Policy.ActGreedily(environments.Rows, actions);
            environments.StepRunning(actions);
            for (var i = 0; i < environments.Count; i++)
            {
                if (!over[i] && !environments.Unstable[i])
                    outcomes[i] = outcomes[i].After(environments.Rewards[i]);
                over[i] |= environments.Ended(i);
            }
        }

        return outcomes;
    }

    /// <summary>What an episode had.</summary>
    /// <param name="Largest">The largest reward of a step.</param>
    /// <param name="Return">The sum of the rewards.</param>
    private readonly record struct Outcome(float Largest, double Return)
    {
        internal Outcome After(float reward) => new(Math.Max(Largest, reward), Return + reward);

        internal bool IsAbove(Outcome other) => Largest > other.Largest || (Largest == other.Largest && Return > other.Return);
    }
}
