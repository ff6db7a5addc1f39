namespace MtrlFunctional.Training;

/// <summary>Evaluates the current policy on whole episodes, without updates.</summary>
internal static class Evaluator
{
    /// <summary>Runs an episode with each instance of each task. A task with one instance, whose episodes start at random, has as
    /// many as the task with the most.</summary>
    internal static EvaluationResult RunEachInstance(
        IGreedyPolicy policy, VectorEnvironment environments, long step, CancellationToken stop = default,
        EvaluationWatch? watch = null) => Run(
            policy, environments, EpisodesOfEach(environments), step, returnTerm: null, stop, goalsInTurn: true, watch: watch);

    /// <summary>Episodes of the task with the most instances, in an evaluation with each.</summary>
    internal static int EpisodesOfEach(VectorEnvironment environments) =>
        Enumerable.Range(0, environments.Count).Max(environments.InstancesOf);

    /// <summary>Runs episodes in all environments in parallel, each until it ends.</summary>
    /// <param name="policy">The policy that is evaluated.</param>
    /// <param name="environments">One per task; reset at the beginning of each episode.</param>
    /// <param name="episodes">For each task, at least 1.</param>
    /// <param name="step">Vector steps of training before; goes into the result.</param>
    /// <param name="returnTerm">Maps (environment index, reward) to the term of the return; null: the reward
    /// itself.</param>
    /// <param name="stop">Ends the evaluation early, without result.</param>
    /// <param name="goalsInTurn">Episode n has instance n of each task with several, which has no more episodes than instances;
    /// else
    /// instances are drawn.</param>
    /// <param name="endsAtSuccess">An episode ends with its first success, too.</param>
    /// <param name="first">Number of the first episode.</param>
    /// <param name="watch">Told of each step; null: nobody.</param>
    internal static EvaluationResult Run(
        IGreedyPolicy policy,
        VectorEnvironment environments,
        int episodes,
        long step,
        Func<int, double, double>? returnTerm = null,
        CancellationToken stop = default,
        bool goalsInTurn = false,
        bool endsAtSuccess = false,
        int first = 0,
        EvaluationWatch? watch = null)
    {
        var tasks = environments.Count;
        var horizon = environments.Spec.Horizon;
        var actions = new float[tasks * environments.ActionSize];
        var (returns, ever, atEnd) = (new double[tasks], new int[tasks], new int[tasks]);
        var (success, over) = (new bool[tasks], new bool[tasks]);
        int[] counts = [.. Enumerable.Range(0, tasks).Select(i =>
            goalsInTurn && environments.InstancesOf(i) > 1 ? Math.Min(episodes, environments.InstancesOf(i)) : episodes)];
        T[][] Each<T>(T start) => [.. counts.Select(count => Enumerable.Repeat(start, count).ToArray())];
        var (episodeReturns, largestRewards) = (Each(0.0), Each(double.NegativeInfinity));
        var episodeSuccesses = Each(false);
        var trials = TrialTally.Of(environments);
        var actor = TrialActor.Of(policy, environments);
        var act = actor is IRowwisePolicy rowwise ? rowwise.ActInRow : (RowAction?)null;
        for (var episode = 0; episode < episodes; episode++)
        {
            // The same instances in each evaluation.
            if (goalsInTurn)
                environments.ResetTo(first + episode + 1, i => episode % environments.InstancesOf(i));
            else
                environments.ResetTo(first + episode);
            trials?.Begin();
            Array.Clear(success);
            for (var i = 0; i < tasks; i++)
                over[i] = episode >= counts[i];
            for (var t = 0; t < horizon && over.Contains(false); t++)
            {
                stop.ThrowIfCancellationRequested();
                watch?.Plays(episode, episodes, t / (double)horizon);
                if (act is not null)
                    environments.StepRunning(act);
                else
                {
                    actor.ActGreedily(environments.Rows, actions);
                    environments.StepRunning(actions);
                }

                for (var i = 0; i < tasks; i++)
                {
                    if (over[i])
                        continue;
                    over[i] = environments.Ended(i) || (endsAtSuccess && environments.Success[i]);

                    // An unstable step ends the episode without result.
                    if (environments.Unstable[i])
                        continue;
                    double reward = environments.Rewards[i];
                    var term = returnTerm?.Invoke(i, reward) ?? reward;
                    returns[i] += term;
                    episodeReturns[i][episode] += term;
                    largestRewards[i][episode] = Math.Max(largestRewards[i][episode], reward);
                    trials?.Add(i, term);
                    success[i] |= environments.Success[i];
                    if (over[i] && environments.Success[i])
                        atEnd[i]++;
                }
            }

            for (var i = 0; i < tasks; i++)
            {
                if (episode >= counts[i])
                    continue;
                ever[i] += success[i] ? 1 : 0;
                episodeSuccesses[i][episode] = success[i];
            }
        }

        var shares = trials?.Shares;
        double Share(int task, double share) => environments.SuccessOf(task) is null ? double.NaN : share;
        return new EvaluationResult(step, [.. Enumerable.Range(0, tasks).Select(i => new TaskEvaluation(
            environments.TaskNames[i],
            Share(i, shares?[i].Average() ?? (ever[i] / (double)counts[i])),
            Share(i, shares is null ? atEnd[i] / (double)counts[i] : trials!.AtEnd(i)),
            returns[i] / counts[i]))])
        {
            EpisodeReturns = episodeReturns,
            EpisodeSuccesses = episodeSuccesses,
            LargestRewards = largestRewards,
            Trials = trials?.Episodes,
            TrialShares = shares,
            ExplorationEpisodes = trials?.Exploration,
        };
    }
}
