using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Policies;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Training;

/// <summary>Policy of a run's checkpoint, with new environments to run it in.</summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal sealed class RunPolicy : IGreedyPolicy
{
    private RunPolicy(string folder, Experiment experiment, long step, VectorEnvironment environments, IGreedyPolicy policy) =>
        (Folder, Experiment, Step, Environments, Policy) = (folder, experiment, step, environments, policy);

    /// <summary>The folder of the run.</summary>
    internal string Folder { get; }

    /// <summary>The experiment of the run.</summary>
    internal Experiment Experiment { get; }

    /// <summary>Vector steps of training at the checkpoint.</summary>
    internal long Step { get; }

    /// <summary>Episodes for each task in an evaluation of the run.</summary>
    internal int Episodes => Experiment.Schedule.NumEvalEpisodes;

    /// <summary>One a task, with the goals of the run's evaluations.</summary>
    internal VectorEnvironment Environments { get; }

    /// <summary>The policy: that of a learner, or of a file.</summary>
    internal IGreedyPolicy Policy { get; }

    /// <summary>Opens a checkpoint of a run, or a file of a policy.</summary>
    /// <param name="folder">The folder of the run, which may be training at the same time, or of a checkpoint; or the file, or the name of a shipped policy.</param>
    /// <param name="step">Vector steps of the checkpoint; null: the newest whole one.</param>
    /// <param name="notice">Receives messages for the user, such as a damaged checkpoint that was skipped.</param>
    /// <param name="extensions">The parts that the run was trained with; null: those of the library.</param>
    /// <exception cref="MtrlException">No such run or checkpoint, or the networks do not match.</exception>
    internal static RunPolicy Open(string folder, long? step, Action<string>? notice, Extensions? extensions = null)
    {
        extensions ??= Extensions.None;
        if (PolicySource.FileOf(folder) is { } file)
            return OfFile(folder, file, step, extensions);
        var named = NamedRun.Find(folder);
        var run = named.Run;
        step = named.StepOr(folder, step);
        var experiment = RunIdentity.Read(run, extensions);
        RunIdentity.RequireForPolicy(run.ConfigFile, experiment);
        var checkpoint = Find(run, step, notice);
        var environments = ExperimentEnvironments.Create(
            experiment, ExperimentEnvironments.Evaluate, checkpoint.Info.Threads, families: extensions.Family);
        ILearner? learner = null;
        try
        {
            learner = Training.Learner.Create(
                experiment, environments.Spec, checkpoint.Info.Threads, setting => extensions.Agent(setting, experiment));
            var loaded = Load(run, checkpoint, step, learner);
            return new RunPolicy(run.Path, experiment, loaded.Info.Step, environments, learner);
        }
        catch
        {
            learner?.Dispose();
            environments.Dispose();
            throw;
        }
    }

    /// <summary>The checkpoint of a step, or the newest one; only what a policy needs is verified.</summary>
    private static Checkpoint Find(RunFolder run, long? step, Action<string>? notice)
    {
        static bool IsRead(CheckpointFile file) => file.Name == RunState.AgentFile;
        if (step is { } missing && run.Checkpoints.Steps() is { Count: > 0 } steps && !steps.Contains(missing))
            throw new MtrlException(
                $"{run.Path}: has no checkpoint of step {missing:N0}. It has step{(steps.Count == 1 ? "" : "s")} {string.Join(", ", steps)}.");
        var checkpoint = step is { } wanted
            ? Checkpoint.Open(run.Checkpoints.FolderOf(wanted), IsRead)
            : run.Checkpoints.Latest(IsRead, notice);
        return checkpoint ?? throw new MtrlException($"{run.Path}: has no checkpoint yet, so there is no policy.");
    }

    /// <summary>Loads the parameters; of a newer checkpoint where a training run removes this one meanwhile.</summary>
    private static Checkpoint Load(RunFolder run, Checkpoint checkpoint, long? step, ILearner learner)
    {
        while (true)
        {
            try
            {
                RunState.LoadAgent(checkpoint, learner);
                return checkpoint;
            }
            catch (MtrlException) when (step is null && !checkpoint.IsStillThere)
            {
                // Saved and removed between two reads: look for the newest again.
                checkpoint = Find(run, step, notice: null);
            }
        }
    }

    private static RunPolicy OfFile(string name, string file, long? step, Extensions extensions)
    {
        var policy = PolicyFile.Read(file);
        policy.CheckStep(name, step);
        var experiment = RunIdentity.Parse(name, policy.Config, extensions);
        RunIdentity.RequireForPolicy(name, experiment);
        var environments = ExperimentEnvironments.Create(
            experiment, ExperimentEnvironments.Evaluate, threads: 1, families: extensions.Family);
        if (environments.TaskNames.SequenceEqual(policy.Tasks) && environments.ObservationSize == policy.ObservationSize
            && environments.ActionSize == policy.ActionSize)
            return new RunPolicy(name, experiment, policy.Step, environments, new RowPolicy(policy));
        environments.Dispose();
        throw new MtrlException($"{name}: its tasks or sizes are not those of the environments that its configuration names.");
    }

    /// <inheritdoc/>
    public void ActGreedily(ObservationRows observations, Span<float> actions) => Policy.ActGreedily(observations, actions);

    /// <inheritdoc/>
    public void Dispose()
    {
        Policy.Dispose();
        Environments.Dispose();
    }
}
