namespace MtrlFunctional.Policies;

/// <summary>Success and return of a policy in one task.</summary>
/// <param name="Task">Name of the task.</param>
/// <param name="Episodes">Episodes that were played.</param>
/// <param name="Successes">Episodes with success at some step; null: the task defines no success.</param>
/// <param name="Return">Mean sum of rewards.</param>
public sealed record CardResult(string Task, int Episodes, int? Successes, double Return);

/// <summary>What a policy is, how it was made and what it achieves: a part of its file's metadata.</summary>
/// <param name="Description">One sentence.</param>
/// <param name="Train">Command that trained it.</param>
/// <param name="Export">Command that wrote the file.</param>
/// <param name="Evaluate">Command that measured the results.</param>
/// <param name="Seed">Of the training.</param>
/// <param name="Horizon">Steps of an episode in the evaluation.</param>
/// <param name="Goals">Goals of the evaluation.</param>
/// <param name="Rewards">Version of Meta-World's rewards, "v1" or "v2"; of other tasks, whose rewards they are.</param>
/// <param name="Results">Task by task.</param>
public sealed record PolicyCard(
    string Description,
    string Train,
    string Export,
    string Evaluate,
    long Seed,
    int Horizon,
    string Goals,
    string Rewards,
    IReadOnlyList<CardResult> Results)
{
    /// <summary>Episodes of all tasks that define success.</summary>
    public int Episodes => Results.Sum(result => result.Successes is null ? 0 : result.Episodes);

    /// <summary>Episodes with success of all tasks.</summary>
    public int Successes => Results.Sum(result => result.Successes ?? 0);

    /// <summary>What it achieves in a few words: "495 of 500" episodes with success, or "return 842" on average where no task defines success.</summary>
    public string Result => Results.Count == 0 ? "not measured"
        : Episodes > 0 ? $"{Successes} of {Episodes}"
        : "return " + Results.Average(result => result.Return).ToString("F0", CultureInfo.InvariantCulture);
}
