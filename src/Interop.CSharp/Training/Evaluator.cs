using MtrlFunctional.Environments;

namespace MtrlFunctional.Training;

/// <summary>Plays whole episodes with the policy as it is and counts success; nothing is learned.</summary>
internal static class Evaluator
{
    /// <summary>Plays episodes in every environment, side by side.</summary>
    /// <param name="learner">Whose policy; it acts greedily.</param>
    /// <param name="environments">One per task; reset at the beginning of each episode.</param>
    /// <param name="episodes">For each task, at least 1.</param>
    /// <param name="step">Vector steps of training before; goes into the result.</param>
    /// <param name="counted">A reward as it counts in the return, of environment and reward; null: the reward itself.</param>
    /// <param name="stop">Ends the evaluation early, without result.</param>
    /// <param name="goalsInTurn">Episode n has the n-th goal of each task, from the first on again after the last; else
    /// goals are drawn.</param>
    /// <returns>Success rates and mean returns.</returns>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal static EvaluationProgress Run(
        ILearner learner,
        VectorEnvironment environments,
        int episodes,
        long step,
        Func<int, double, double>? counted = null,
        CancellationToken stop = default,
        bool goalsInTurn = false)
    {
        var tasks = environments.Count;
        var horizon = environments.Environments[0].Horizon;
        var actions = new float[tasks * MetaWorldEnvironment.ActionSize];
        var (returns, ever, atEnd) = (new double[tasks], new int[tasks], new int[tasks]);
        for (var episode = 0; episode < episodes; episode++)
        {
            // The same goals in each evaluation.
            environments.ResetTo(episode);
            for (var i = 0; goalsInTurn && i < tasks; i++)
                environments.Reset(i, episode % environments.Slots[i].Goals.Count);
            var success = new bool[tasks];
            var broken = new bool[tasks];
            for (var t = 0; t < horizon; t++)
            {
                stop.ThrowIfCancellationRequested();
                // Where the physics failed, so that the others can go on.
                environments.ResetFinished();
                learner.ActGreedily(environments.Observations, actions);
                environments.Step(actions);
                for (var i = 0; i < tasks; i++)
                {
                    // An episode whose physics failed ends there, as it is.
                    broken[i] |= environments.Unstable[i];
                    if (broken[i])
                        continue;
                    double reward = environments.Rewards[i];
                    returns[i] += counted?.Invoke(i, reward) ?? reward;
                    success[i] |= environments.Success[i];
                    if (t == horizon - 1 && environments.Success[i])
                        atEnd[i]++;
                }
            }

            for (var i = 0; i < tasks; i++)
                ever[i] += success[i] ? 1 : 0;
        }

        double Share(double count) => count / episodes;
        return new EvaluationProgress(step, [.. Enumerable.Range(0, tasks).Select(i => new TaskEvaluation(
            environments.Slots[i].Task.Name, Share(ever[i]), Share(atEnd[i]), Share(returns[i])))]);
    }
}
