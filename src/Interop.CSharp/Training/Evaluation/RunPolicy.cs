using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <summary>Policy of a run's checkpoint, with new environments to run it in.</summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal sealed partial class RunPolicy : IDisposable
{
    private readonly EvaluationActor _actor;

    private RunPolicy(string folder, PlannedEvaluation plan, EvaluationOptions options)
    {
        (Folder, Plan, Extensions) = (folder, plan, options.Extensions);
        (_actor, Threads) = (options.Actor, options.Threads ?? Processor.Threads);
        Environments = EnvironmentsOf(Family());
    }

    internal string Folder { get; }

    internal PlannedEvaluation Plan { get; }

    internal Extensions Extensions { get; }

    internal Experiment Trained => Plan.Trained;

    /// <summary>The evaluated experiment: the run's, or with other tasks, another horizon or reward.</summary>
    internal Experiment Experiment => Plan.Evaluated;

    /// <summary>Vector steps of training at the checkpoint.</summary>
    internal long Step { get; private set; }

    /// <summary>Threads that act and step environments, independent of the run's threads.</summary>
    internal int Threads { get; }

    /// <summary>Episodes for each task in an evaluation of the run.</summary>
    internal int Episodes => Experiment.Schedule.NumEvalEpisodes;

    /// <summary>One a task, with the goals of the run's evaluations.</summary>
    internal VectorEnvironment Environments { get; }

    /// <summary>Environments of another family with tasks of the evaluation; the caller disposes them.</summary>
    internal VectorEnvironment EnvironmentsOf(IEnvironmentFamily family) =>
        ExperimentEnvironments.Create(Experiment, evaluate: true, Threads, family);

    /// <summary>The policy of a learner or of a file, or another actor in its place.</summary>
    internal IGreedyPolicy Policy { get; private set; } = null!;

    /// <summary>The policy for other environments of the evaluation.</summary>
    internal IGreedyPolicy ActingIn(VectorEnvironment environments) =>
        _actor switch
        {
            EvaluationActor.Trained => Policy,
            EvaluationActor.ScriptedExpert => new ScriptedExperts(environments),
            _ => new UniformActions(environments, Experiment.Setup.SeedRef),
        };

    /// <summary>The reward statistics of each evaluated task, for an adaptation.</summary>
    internal IReadOnlyList<RewardStatistics> Rewards { get; private set; } = [];

    /// <summary>The parameters of the run, if the evaluated tasks are not the run's.</summary>
    internal TrainedParameters? Parameters { get; private set; }

    /// <summary>Opens the newest or a named checkpoint of a run, which may be training at the same time, or a file of a
    /// policy.</summary>
    internal static RunPolicy Open(string folder, EvaluationOptions options, Adaptation? adaptation = null)
    {
        options.Validate();
        if (options.Actor != EvaluationActor.Trained)
            return adaptation is null && options.InferFrom is null
                ? OfReference(folder, options)
                : throw new MtrlException($"{folder}: scripted experts and random actions do not adapt.");
        if (PolicySource.Read(folder, options.Step) is { } policy)
            return adaptation is null
                ? OfFile(folder, policy, options)
                : throw new MtrlException(
                    $"{folder}: a file of a policy has no value function and no optimiser, so it does not learn. Name the folder of the run.");
        var named = NamedRun.Find(folder);
        var run = named.Run;
        if (options.ActsOnly)
            options = options with { Extensions = RecordedSizes.Complete(run, options.Extensions) };
        var step = named.StepOr(folder, options.Step);
        var trained = RunIdentity.Read(run, options.Extensions);
        RunIdentity.Require(run.ConfigFile, Available.NotGivenForPolicy(trained));
        if (options.Tasks is null && !options.TrainingGoals && EvaluatedTasks.HaveOtherSentences(trained))
            options = options with { Tasks = trained.Environment.TestTasks };
        var plan = Planned(run.Path, trained, options, adaptation);
        var checkpoint = Find(run, step, readsRewards: adaptation is not null, options.Notice);
        RunIdentity.RequireUnedited(run, trained, checkpoint.Info, options.Extensions);
        return new RunPolicy(run.Path, plan, options).Prepared(
            opened => opened.Load(run, checkpoint, step, isAdapted: adaptation is not null));
    }

    /// <summary>The checkpoint of a step, or the newest whose policy is whole: of other files, such as a replay, a policy needs
    /// none. Statistics of rewards are read where it adapts.</summary>
    private static Checkpoint Find(RunFolder run, long? step, bool readsRewards, Action<string>? notice)
    {
        Scrutiny OfRead(CheckpointFile file) =>
            file.Name == RunState.AgentFile || (readsRewards && file.Name == RunState.LoopFile) ? Scrutiny.Content : Scrutiny.None;
        if (step is { } missing && run.Checkpoints.Steps() is { Count: > 0 } steps && !steps.Contains(missing))
            throw new MtrlException(
                $"{run.Path}: has no checkpoint of step {Text.Count(missing)}. It has step{(steps.Count == 1 ? "" : "s")} {string.Join(", ", steps)}.");
        var checkpoint = step is { } wanted
            ? Checkpoint.Open(run.Checkpoints.FolderOf(wanted), OfRead)
            : run.Checkpoints.Latest(OfRead, notice);
        return checkpoint ?? throw new MtrlException($"{run.Path}: has no checkpoint yet, so there is no policy.");
    }

    /// <summary>Loads the parameters; from a newer checkpoint if a training run removes this one meanwhile.</summary>
    private void Load(RunFolder run, Checkpoint checkpoint, long? step, bool isAdapted)
    {
        var learner = Learner.Create(Experiment, Environments.Spec, checkpoint.Info.Threads, Extensions);
        Policy = learner;
        while (true)
        {
            try
            {
                LoadParameters(checkpoint, learner);
                if (isAdapted)
                    Rewards = RewardsOf(checkpoint);
                break;
            }
            catch (MtrlException) when (step is null && !checkpoint.IsStillThere)
            {
                // Saved and removed between two reads: look for the newest again.
                checkpoint = Find(run, step, readsRewards: isAdapted, notice: null);
            }
        }

        if (!isAdapted && !CanPlay(learner))
            throw Unplayable(Experiment.Environment.TestTasks.Where((_, i) => Indices![i] is null));
        Step = checkpoint.Info.Step;
    }

    private static RunPolicy OfFile(string name, PolicyData policy, EvaluationOptions options)
    {
        var trained = RunIdentity.Parse(name, policy.Config, options.Extensions);
        RunIdentity.Require(name, Available.NotGivenForPolicy(trained));
        return new RunPolicy(name, Planned(name, trained, options), options) { Step = policy.Step }.Prepared(opened =>
        {
            var environments = opened.Environments;
            var names = opened.Indices is null ? policy.Tasks : opened.Experiment.Environment.TestTasks;
            var tasks = opened.TasksOf(policy);
            if (!environments.TaskNames.SequenceEqual(names) || environments.ObservationSize != policy.ObservationSize
                || environments.ActionSize != policy.ActionSize)
                throw new MtrlException($"{name}: its tasks or sizes differ from the environments that its configuration names.");
            opened.Policy = FilePolicy.Of(new OnnxActions(name, policy), policy, tasks, trained, environments.Spec);
        });
    }

    private static RunPolicy OfReference(string path, EvaluationOptions options) =>
        new RunPolicy(path, Planned(path, RunEvaluation.ExperimentOf(path, options.Extensions), options), options)
            .Prepared(opened => opened.Policy = opened.ActingIn(opened.Environments));

    public void Dispose()
    {
        Parameters?.Dispose();
        Policy?.Dispose();
        Environments.Dispose();
    }
}
