using MtrlFunctional.Processes;

namespace MtrlFunctional.Training;

/// <summary>Evaluates the current policy on whole episodes, without updates.</summary>
internal static class Evaluator
{
    // Steps between two meetings of processes that evaluate together.
    private const int Stretch = 5;

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
    /// else instances are drawn.</param>
    /// <param name="endsAtSuccess">An episode ends with its first success, too.</param>
    /// <param name="first">Number of the first episode.</param>
    /// <param name="watch">Told of each step; null: nobody.</param>
    /// <param name="crew">Each of its processes plays the tasks that its environments step, and has the result of all; null: this one plays
    /// all tasks.</param>
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
        EvaluationWatch? watch = null,
        Crew? crew = null)
    {
        int[] counts = [.. Enumerable.Range(0, environments.Count).Select(i =>
            crew is not null && !environments.IsPlayedHere(i) ? 0
            : goalsInTurn && environments.InstancesOf(i) > 1 ? Math.Min(episodes, environments.InstancesOf(i))
            : episodes)];
        var trials = TrialTally.Of(environments);

        // A process that hears nothing for long takes the others for dead. So all meet every few steps, also after their own episodes.
        var (stretches, met) = ((environments.Spec.Horizon + Stretch - 1) / Stretch, 0);
        void MeetUntil(int episode, int stretch)
        {
            for (; crew is not null && met < (episode * stretches) + stretch; met++)
            {
                crew.Meet();
                stop.ThrowIfCancellationRequested();
            }
        }

        var play = new Play(policy, environments)
        {
            Reset = goalsInTurn
                ? episode => environments.ResetTo(first + episode + 1, i => episode % environments.InstancesOf(i))
                : episode => environments.ResetTo(first + episode),
            Term = returnTerm ?? ((_, reward) => reward),
            Trials = trials,
            Stepping = (episode, t) =>
            {
                MeetUntil(episode, 1 + (t / Stretch));
                stop.ThrowIfCancellationRequested();
                watch?.Plays(episode, episodes, t / (double)environments.Spec.Horizon);
            },
        };
        var played = Evaluation.Run(new EvaluationPlan(counts, environments.Spec.Horizon, endsAtSuccess), play);
        MeetUntil(episodes, 0);
        var result = EvaluationResult.OfEpisodes(
            step, environments.TaskNames, [.. played.Select(task => task.Select(each => each.Episode).ToArray())]);
        result = result with { LargestRewards = [.. played.Select(task => task.Select(each => each.LargestReward).ToArray())] };
        result = trials?.Completed(result) ?? result;
        return crew is null ? result : EvaluationShares.Joined(
            crew, result, [.. Enumerable.Range(0, environments.Count).Select(environments.RankOf)]);
    }

    /// <summary>A policy in environments; the same instances in each evaluation.</summary>
    private sealed class Play(IGreedyPolicy policy, VectorEnvironment environments) : IEvaluatedPlay
    {
        private readonly IGreedyPolicy _actor = TrialActor.Of(policy, environments);
        private readonly float[] _actions = new float[environments.Count * environments.ActionSize];
        private (int Episode, int Step) _at;

        internal required Action<int> Reset { get; init; }
        internal required Func<int, double, double> Term { get; init; }
        internal required Action<int, int> Stepping { get; init; }
        internal required TrialTally? Trials { get; init; }

        public void Begin(int episode)
        {
            _at = (episode, 0);
            Reset(episode);
            Trials?.Begin();
        }

        public StepResult[] Step(bool[] over)
        {
            Stepping(_at.Episode, _at.Step++);
            if (_actor is IRowwisePolicy rowwise)
                environments.StepRunning(rowwise.ActInRow);
            else
            {
                _actor.ActGreedily(environments.Rows, _actions);
                environments.StepRunning(_actions);
            }

            return [.. over.Select((isOver, task) => isOver ? default : ResultOf(task))];
        }

        private StepResult ResultOf(int task)
        {
            var result = environments.ResultOf(task);
            if (result.IsUnstable)
                return result;
            var term = Term(task, result.Reward);
            Trials?.Add(task, term);
            return new StepResult(term, result.Success, result.IsUnstable, result.Ended);
        }
    }
}
