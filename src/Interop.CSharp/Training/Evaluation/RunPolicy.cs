using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <summary>Policy of a run's checkpoint, with new environments to run it in.</summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal sealed class RunPolicy : IDisposable
{
    private RunPolicy(
        string folder, EvaluationSetting setting, long step, int threads, VectorEnvironment environments, IGreedyPolicy policy) =>
        (Folder, Setting, Step, Threads, Environments, Policy) = (folder, setting, step, threads, environments, policy);

    /// <summary>The folder of the run.</summary>
    internal string Folder { get; }

    /// <summary>The setting of the evaluation.</summary>
    internal EvaluationSetting Setting { get; }

    /// <summary>The experiment of the run.</summary>
    internal Experiment Trained => Setting.Trained;

    /// <summary>The evaluated experiment: the run's, or with other tasks, another horizon or reward.</summary>
    internal Experiment Experiment => Setting.Evaluated;

    /// <summary>Makes the environments of the evaluation.</summary>
    internal FamilyOf Families => Setting.Families;

    /// <summary>Vector steps of training at the checkpoint.</summary>
    internal long Step { get; }

    /// <summary>Threads that act and step environments, independent of the run's threads.</summary>
    internal int Threads { get; }

    /// <summary>Episodes for each task in an evaluation of the run.</summary>
    internal int Episodes => Experiment.Schedule.NumEvalEpisodes;

    /// <summary>One a task, with the goals of the run's evaluations.</summary>
    internal VectorEnvironment Environments { get; }

    /// <summary>The policy of a learner or of a file, or another actor in its place.</summary>
    internal IGreedyPolicy Policy { get; }

    /// <summary>The policy for other environments of the evaluation.</summary>
    internal IGreedyPolicy ActingIn(VectorEnvironment environments) =>
        Actor == EvaluationActor.Trained ? Policy : Reference(Actor, environments, Experiment);

    /// <summary>The reward statistics of each evaluated task, for an adaptation.</summary>
    internal IReadOnlyList<RewardStatistics> Rewards { get; private init; } = [];

    /// <summary>The parameters of the run, if the evaluated tasks are not the run's.</summary>
    internal TrainedParameters? Parameters { get; private init; }

    private EvaluationActor Actor { get; init; }

    /// <summary>Opens a checkpoint of a run, or a file of a policy.</summary>
    /// <param name="folder">The folder of the run, which may be training at the same time, or of a checkpoint; or the file, or the name of a shipped policy.</param>
    /// <param name="options">Checkpoint, tasks, horizon and reward.</param>
    /// <param name="adaptation">The adaptation of a policy that learns first; null: it is evaluated as it is.</param>
    /// <exception cref="MtrlException">No such run or checkpoint, the networks do not match, or they cannot play the tasks.</exception>
    internal static RunPolicy Open(string folder, EvaluationOptions options, Adaptation? adaptation = null)
    {
        var extensions = options.Extensions;
        if (options.Actor != EvaluationActor.Trained)
            return adaptation is null && options.InferFrom is null
                ? OfReference(folder, options)
                : throw new MtrlException($"{folder}: scripted experts and random actions do not adapt.");
        if (PolicySource.FileOf(folder) is { } file)
            return adaptation is null
                ? OfFile(folder, file, options)
                : throw new MtrlException(
                    $"{folder}: a file of a policy has no value function and no optimiser, so it does not learn. Name the folder of the run.");
        var named = NamedRun.Find(folder);
        var run = named.Run;
        if (options.ActsOnly)
        {
            extensions = RecordedSizes.Complete(run, extensions);
            options = options with { Extensions = extensions };
        }

        var step = named.StepOr(folder, options.Step);
        var trained = RunIdentity.Read(run, extensions);
        RunIdentity.RequireForPolicy(run.ConfigFile, trained);
        if (options.Tasks is null && !options.TrainingGoals && EvaluatedTasks.HaveOtherSentences(trained))
            options = options with { Tasks = trained.Environment.TestTasks };
        var setting = EvaluationSetting.Of(run.Path, trained, options, adaptation);
        var checkpoint = Find(run, step, options.Notice);
        var threads = ThreadsOf(options);
        var environments = ExperimentEnvironments.Create(
            setting.Evaluated, ExperimentEnvironments.Evaluate, threads, families: setting.Families);
        ILearner? learner = null;
        TrainedParameters? parameters = null;
        try
        {
            learner = setting.CreateLearner(setting.Evaluated, environments.Spec, checkpoint.Info.Threads);
            (var loaded, parameters) = Load(run, checkpoint, step, setting, environments, learner);
            if (adaptation is null && !setting.CanPlay(learner, environments, parameters))
                throw setting.Unplayable(run.Path);
            return new RunPolicy(run.Path, setting, loaded.Info.Step, threads, environments, learner)
            {
                Rewards = adaptation is null ? [] : setting.RewardsOf(loaded, environments.Count),
                Parameters = parameters,
            };
        }
        catch
        {
            parameters?.Dispose();
            learner?.Dispose();
            environments.Dispose();
            throw;
        }
    }

    private static int ThreadsOf(EvaluationOptions options) => options.Threads ?? Processor.Threads;

    /// <summary>The checkpoint of a step, or the newest; only the files that a policy needs are verified.</summary>
    private static Checkpoint Find(RunFolder run, long? step, Action<string>? notice)
    {
        static bool IsRead(CheckpointFile file) => file.Name is RunState.AgentFile or RunState.LoopFile;
        if (step is { } missing && run.Checkpoints.Steps() is { Count: > 0 } steps && !steps.Contains(missing))
            throw new MtrlException(
                $"{run.Path}: has no checkpoint of step {missing:N0}. It has step{(steps.Count == 1 ? "" : "s")} {string.Join(", ", steps)}.");
        var checkpoint = step is { } wanted
            ? Checkpoint.Open(run.Checkpoints.FolderOf(wanted), IsRead)
            : run.Checkpoints.Latest(IsRead, notice);
        return checkpoint ?? throw new MtrlException($"{run.Path}: has no checkpoint yet, so there is no policy.");
    }

    /// <summary>Loads the parameters; from a newer checkpoint if a training run removes this one meanwhile.</summary>
    private static (Checkpoint Loaded, TrainedParameters? Parameters) Load(
        RunFolder run, Checkpoint checkpoint, long? step, EvaluationSetting setting, VectorEnvironment environments,
        ILearner learner)
    {
        while (true)
        {
            try
            {
                return (checkpoint, setting.Load(checkpoint, environments, learner));
            }
            catch (MtrlException) when (step is null && !checkpoint.IsStillThere)
            {
                // Saved and removed between two reads: look for the newest again.
                checkpoint = Find(run, step, notice: null);
            }
        }
    }

    private static RunPolicy OfFile(string name, string file, EvaluationOptions options)
    {
        var policy = PolicyFile.Read(file);
        policy.CheckStep(name, options.Step);
        var trained = RunIdentity.Parse(name, policy.Config, options.Extensions);
        RunIdentity.RequireForPolicy(name, trained);
        var setting = EvaluationSetting.Of(name, trained, options, adaptation: null);
        var tasks = setting.TasksOf(name, policy);
        var threads = ThreadsOf(options);
        var environments = ExperimentEnvironments.Create(
            setting.Evaluated, ExperimentEnvironments.Evaluate, threads, families: setting.Families);
        var names = setting.Places is null ? policy.Tasks : setting.Evaluated.Environment.TestTasks;
        try
        {
            if (!environments.TaskNames.SequenceEqual(names) || environments.ObservationSize != policy.ObservationSize
                || environments.ActionSize != policy.ActionSize)
                throw new MtrlException($"{name}: its tasks or sizes are not those of the environments that its configuration names.");
            var actions = new OnnxActions(name, policy);
            return new RunPolicy(
                name, setting, policy.Step, threads, environments, FilePolicy.Of(actions, policy, tasks, trained, environments.Spec));
        }
        catch
        {
            environments.Dispose();
            throw;
        }
    }

    private static RunPolicy OfReference(string path, EvaluationOptions options)
    {
        var setting = EvaluationSetting.Of(
            path, RunEvaluation.ExperimentOf(path, options.Extensions), options, adaptation: null);
        var threads = ThreadsOf(options);
        var environments = ExperimentEnvironments.Create(
            setting.Evaluated, ExperimentEnvironments.Evaluate, threads, families: setting.Families);
        try
        {
            var reference = Reference(options.Actor, environments, setting.Evaluated);
            return new RunPolicy(path, setting, step: 0, threads, environments, reference) { Actor = options.Actor };
        }
        catch
        {
            environments.Dispose();
            throw;
        }
    }

    private static IGreedyPolicy Reference(EvaluationActor actor, VectorEnvironment environments, Experiment experiment) =>
        actor == EvaluationActor.ScriptedExpert
            ? new ScriptedExperts(environments)
            : new UniformActions(environments, experiment.Setup.SeedRef);

    /// <inheritdoc/>
    public void Dispose()
    {
        Parameters?.Dispose();
        Policy.Dispose();
        Environments.Dispose();
    }
}
