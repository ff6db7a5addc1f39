using System.Text.Json.Serialization;
using MtrlFunctional.Statistics;

namespace MtrlFunctional.Training;

/// <summary>The result of one task in an evaluation. Rates are fractions in [0, 1].</summary>
/// <param name="Name">Name of the task.</param>
/// <param name="SuccessEver">Share of evaluation episodes with success at any step.</param>
/// <param name="SuccessAtEnd">Share of evaluation episodes with success at the last step.</param>
/// <param name="Return">Mean undiscounted return.</param>
public sealed record TaskEvaluation(string Name, double SuccessEver, double SuccessAtEnd, double Return);

/// <summary>A part of an evaluation.</summary>
/// <param name="Name">"base", "interpolation" or "extrapolation".</param>
/// <param name="Variants">The variant of each task, counted from 0.</param>
/// <param name="Result">The result of the tasks of this part.</param>
public sealed record EvaluationPart(string Name, IReadOnlyList<int> Variants, EvaluationResult Result);

/// <summary>An episode of the trials of a task: means over the trials.</summary>
/// <param name="Success">Share of the trials with success at any step of this episode; NaN: the task defines none.</param>
/// <param name="Return">Mean undiscounted return of this episode.</param>
public sealed record TrialEpisode(double Success, double Return);

/// <summary>The result of one evaluation of all tasks.</summary>
/// <param name="Step">Vector steps of training before it.</param>
/// <param name="Tasks">One entry per task, in the order of the benchmark.</param>
public sealed record EvaluationResult(long Step, IReadOnlyList<TaskEvaluation> Tasks)
{
    /// <summary>Undiscounted return of each episode, [tasks][episodes]; empty for evaluations that training episodes
    /// stand for.</summary>
    public IReadOnlyList<IReadOnlyList<double>> EpisodeReturns { get; init; } = [];

    /// <summary>Whether each episode had a success at any step, [tasks][episodes]; null for a task that defines none; empty as
    /// <see cref="EpisodeReturns"/>.</summary>
    public IReadOnlyList<IReadOnlyList<bool>?> EpisodeSuccesses { get; init; } = [];

    /// <summary>The largest reward of a step of each episode, [tasks][episodes]; empty where another evaluation is derived.</summary>
    internal IReadOnlyList<IReadOnlyList<double>> LargestRewards { get; init; } = [];

    /// <summary>The parts of it that are evaluated apart, such as sets of variants; null: there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EvaluationPart>? Parts { get; init; }

    /// <summary>For an agent with a memory, whose episodes here are trials: the episodes of a trial, [tasks][episodes].
    /// <see cref="Tasks"/> then has rates and returns of whole trials, with success after exploration only. For an agent that is
    /// adapted to each goal: the episodes that it learns from, then the evaluated episode. Null for other agents.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyList<TrialEpisode>>? Trials { get; init; }

    /// <summary>For an agent with a memory: the number of first episodes of a trial, in which success does not count; null for
    /// other agents.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ExplorationEpisodes { get; init; }

    /// <summary>With <see cref="EvaluationOptions.Trial"/>: for each trial, the share of its episodes after exploration that had
    /// a success, [tasks][trials]. Rates are then means of these shares. Null: a trial is a success if any of these episodes
    /// is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyList<double>>? TrialShares { get; init; }

    /// <summary>A caveat about the result; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Caveat { get; init; }

    /// <summary>Mean over tasks of <see cref="TaskEvaluation.SuccessEver"/>.</summary>
    public double SuccessEver => Over(TaskAggregate.Average).SuccessEver;

    /// <summary>Mean over tasks of <see cref="TaskEvaluation.SuccessAtEnd"/>.</summary>
    public double SuccessAtEnd => Over(TaskAggregate.Average).SuccessAtEnd;

    /// <summary>Mean over tasks of <see cref="TaskEvaluation.Return"/>.</summary>
    public double Return => Over(TaskAggregate.Average).Return;

    /// <summary>The result of episodes of each task, [tasks][episodes].</summary>
    internal static EvaluationResult OfEpisodes(long step, IEnumerable<string> names, RunningEpisode[][] episodes) => new(
        step, [.. names.Zip(episodes.Select(Evaluation.Means), (name, means) => new TaskEvaluation(name, means.Ever, means.AtEnd, means.Return))])
    {
        EpisodeReturns = [.. episodes.Select(task => task.Select(episode => episode.Return).ToArray())],
        EpisodeSuccesses = [.. episodes.Select(task =>
            task.All(episode => double.IsNaN(episode.Ever)) ? null : task.Select(episode => episode.Ever == 1).ToArray())],
    };

    /// <summary>The result of the evaluation tasks of an experiment, with its parts and its caveat; unchanged without variants.</summary>
    internal EvaluationResult Divided(Experiment experiment)
    {
        var modes = ExperimentModule.EvaluationModes(experiment);
        if (modes.IsEmpty)
            return this;
        var names = Tasks.Select(task => task.Name).ToList();
        EvaluationResult PartOf(EvaluationMode mode) =>
            Of([.. mode.Variants.Select(variant => names.IndexOf(variant.Item2)).Where(index => index >= 0)]) with
            {
                ExplorationEpisodes = null,
                Trials = null,
                TrialShares = null,
            };

        return this with
        {
            Parts = [.. modes.Select(mode => new EvaluationPart(
                mode.Name, [.. mode.Variants.Select(variant => variant.Item1)], PartOf(mode)))],
            Caveat = OptionModule.ToObj(ExperimentModule.Caveat(experiment)),
        };
    }

    /// <summary>The result of some of the tasks.</summary>
    internal EvaluationResult Of(IReadOnlyList<int> tasks)
    {
        IReadOnlyList<T> Chosen<T>(IReadOnlyList<T> all) => all.Count == 0 ? [] : [.. tasks.Select(task => all[task])];
        return this with
        {
            Tasks = Chosen(Tasks),
            EpisodeReturns = Chosen(EpisodeReturns),
            EpisodeSuccesses = Chosen(EpisodeSuccesses),
            LargestRewards = Chosen(LargestRewards),
            Trials = Trials is null ? null : Chosen(Trials),
            TrialShares = TrialShares is null ? null : Chosen(TrialShares),
        };
    }

    /// <summary>Evaluations of the same tasks with equally many episodes each as one, their episodes in order.</summary>
    /// <param name="each">At least one.</param>
    internal static EvaluationResult Together(IReadOnlyList<EvaluationResult> each)
    {
        double Mean(int task, Func<TaskEvaluation, double> pick) => each.Average(result => pick(result.Tasks[task]));
        TrialEpisode MeanEpisode(int task, int episode) => new(
            each.Average(result => result.Trials![task][episode].Success), each.Average(result => result.Trials![task][episode].Return));
        var tasks = Enumerable.Range(0, each[0].Tasks.Count);
        return each[0] with
        {
            Tasks = [.. tasks.Select(i => new TaskEvaluation(
                each[0].Tasks[i].Name, Mean(i, t => t.SuccessEver), Mean(i, t => t.SuccessAtEnd), Mean(i, t => t.Return)))],
            EpisodeReturns = [.. tasks.Select(i => each.SelectMany(result => result.EpisodeReturns[i]).ToArray())],
            EpisodeSuccesses = [.. tasks.Select(i =>
                double.IsNaN(each[0].Tasks[i].SuccessEver) ? null : each.SelectMany(result => result.EpisodeSuccesses[i] ?? []).ToArray())],
            LargestRewards = [],
            Trials = each[0].Trials is not { } trials ? null
                : [.. tasks.Select(i => trials[i].Select((_, episode) => MeanEpisode(i, episode)).ToArray())],
            TrialShares = each[0].TrialShares is null ? null
                : [.. tasks.Select(i => each.SelectMany(result => result.TrialShares![i]).ToArray())],
        };
    }

    /// <summary>Share of episodes with success at any step, with an interval over goals, of the tasks that define success; NaN
    /// where none does.</summary>
    [JsonIgnore]
    public SuccessRate.Rate SuccessRate => Statistics.SuccessRate.Estimate(SuccessScores());

    /// <summary>Whether no task defines success, so that results are returns.</summary>
    [JsonIgnore]
    public bool MeasuresReturns => Tasks.All(task => double.IsNaN(task.SuccessEver));

    /// <summary>As <see cref="SuccessRate"/>; the mean return over all episodes where results are returns.</summary>
    [JsonIgnore]
    public SuccessRate.Rate Score => Statistics.SuccessRate.Estimate(Scores());

    /// <summary><see cref="SuccessScores"/>, or the return of each episode where results are returns.</summary>
    internal double[][] Scores() => MeasuresReturns ? [.. EpisodeReturns.Select(task => task.ToArray())] : SuccessScores();

    /// <summary>Success of each episode, or the share of it of a trial, of the tasks that define success.</summary>
    internal double[][] SuccessScores() =>
        [.. (TrialShares ?? [.. EpisodeSuccesses.Select(task => (task ?? []).Select(success => success ? 1.0 : 0.0).ToArray())])
            .Where((_, i) => !double.IsNaN(Tasks[i].SuccessEver)).Select(task => task.ToArray())];

    /// <summary>Aggregate over the tasks that had an episode, metric by metric.</summary>
    /// <param name="aggregate">Average, median or worst task.</param>
    /// <returns>Named after the aggregate.</returns>
    public TaskEvaluation Over(TaskAggregate aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        double Number(Func<TaskEvaluation, double> pick) => TaskAggregateModule.Over(aggregate, Tasks.Select(pick));
        return new TaskEvaluation(
            TaskAggregateModule.NameOf(aggregate),
            Number(task => task.SuccessEver),
            Number(task => task.SuccessAtEnd),
            Number(task => task.Return));
    }
}
