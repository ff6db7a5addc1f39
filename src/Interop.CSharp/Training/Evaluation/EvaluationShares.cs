using MtrlFunctional.Processes;

namespace MtrlFunctional.Training;

/// <summary>An evaluation of which each process plays some of the tasks.</summary>
internal static class EvaluationShares
{
    /// <summary>The result of all tasks, in every process; in a piece.</summary>
    /// <param name="crew">All processes.</param>
    /// <param name="own">The result here, of which the tasks that others play mean nothing.</param>
    /// <param name="ranks">The process that plays each task.</param>
    internal static EvaluationResult Joined(Crew crew, EvaluationResult own, IReadOnlyList<int> ranks)
    {
        int[] TasksOf(int rank) => [.. ranks.Index().Where(task => task.Item == rank).Select(task => task.Index)];
        var tasks = TasksOf(crew.Rank);
        var rows = crew.Share(tasks.Length == 0 ? [] : JsonSerializer.SerializeToUtf8Bytes(own.Of(tasks), Crew.Json));
        EvaluationResult[] shares = [.. rows.Where(row => row.Length > 0).Select(row => JsonSerializer.Deserialize<EvaluationResult>(row, Crew.Json)!)];
        var order = Enumerable.Range(0, crew.Size).SelectMany(TasksOf).ToList();
        T[] All<T>(Func<EvaluationResult, IEnumerable<T>> pick) => [.. shares.SelectMany(pick)];
        return (own with
        {
            Tasks = All(share => share.Tasks),
            EpisodeReturns = All(share => share.EpisodeReturns),
            EpisodeSuccesses = All(share => share.EpisodeSuccesses),
            LargestRewards = [],
            Trials = own.Trials is null ? null : All(share => share.Trials!),
            TrialShares = own.TrialShares is null ? null : All(share => share.TrialShares!),
        }).Of([.. ranks.Index().Select(task => order.IndexOf(task.Index))]);
    }
}
