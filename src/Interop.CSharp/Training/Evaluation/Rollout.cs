namespace MtrlFunctional.Training;

/// <summary>Episodes for display, by the scripted experts, the policy of a run, or random actions.</summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
public sealed class Rollout : IDisposable
{
    private readonly float[] _actions;
    private readonly IGreedyPolicy _policy;
    private readonly Action<int> _begin;
    private readonly Action _dispose;

    private Rollout(
        string actor, VectorEnvironment environments, IGreedyPolicy policy, Action? dispose = null, Action<int>? begin = null)
    {
        (Actor, Environments, _actions) = (actor, environments, new float[environments.Count * environments.ActionSize]);
        (_policy, _dispose) = (TrialActor.Of(policy, environments), dispose ?? environments.Dispose);
        _begin = begin ?? (episode => environments.ResetTo(episode));
    }

    /// <summary>Name of the policy: "scripted expert" or "runs/mt10/seed-1, step 60,000".</summary>
    public string Actor { get; }

    /// <summary>One environment a task, for reading: worlds, rewards, success.</summary>
    public VectorEnvironment Environments { get; }

    /// <summary>The actions of the last step [tasks; actions].</summary>
    public ReadOnlySpan<float> Actions => _actions;

    /// <summary>The scripted expert of each task; episode n uses instance n of each task.</summary>
    /// <param name="family">Makes the environments, one a task; disposed with them.</param>
    /// <returns>The rollout; call <see cref="Begin"/> first.</returns>
    /// <exception cref="MtrlException">A task without an expert, or the family cannot make an environment.</exception>
    public static Rollout OfExperts(IEnvironmentFamily family)
    {
        return new VectorEnvironment(family).HandedTo(environments => new Rollout(
            "scripted expert", environments, new ScriptedExperts(environments),
            begin: episode => environments.ResetTo(episode, i => episode % environments.InstancesOf(i))));
    }

    /// <summary>Uniformly random actions.</summary>
    /// <param name="family">Makes the environments, one a task; disposed with them.</param>
    /// <param name="seed">The seed of the starts and the actions.</param>
    /// <param name="tasks">Indices of tasks of the family; none: all.</param>
    /// <returns>The rollout; call <see cref="Begin"/> first.</returns>
    /// <exception cref="MtrlException">The family cannot make an environment.</exception>
    public static Rollout OfRandomActions(IEnvironmentFamily family, long seed, params int[] tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(family);
        var environments = new VectorEnvironment(family, new VectorEnvironmentOptions
        {
            Slots = tasks.Length == 0 ? null : [.. tasks.Select(task => new EnvironmentSlot(task))],
            Seed = seed,
        });
        return new Rollout("random actions", environments, new UniformActions(environments, seed));
    }

    /// <summary>A trained policy, with the tasks and goals of its run's evaluations.</summary>
    /// <param name="folder">The folder of a run, which may be training at the same time: its newest policy; or of a checkpoint; or a file of
    /// a policy, or the name of a shipped one.</param>
    /// <param name="notice">Receives messages for the user, such as a damaged checkpoint that was skipped.</param>
    /// <param name="extensions">The parts that the run was trained with; null: only the library's.</param>
    /// <returns>The rollout; call <see cref="Begin"/> first.</returns>
    /// <exception cref="MtrlException">No such run, file or name, or the run has no checkpoint yet.</exception>
    public static Rollout OfRun(string folder, Action<string>? notice = null, Extensions? extensions = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var policy = RunPolicy.Open(folder, new EvaluationOptions { Notice = notice, Extensions = extensions ?? Extensions.None });
        return new Rollout($"{policy.Folder}, step {Text.Count(policy.Step)}", policy.Environments, policy.Policy, policy.Dispose);
    }

    /// <summary>A trained policy, or random actions, in one of its tasks.</summary>
    /// <param name="path">As in <see cref="OfRun"/>.</param>
    /// <param name="task">Name of the task, as in <see cref="Policies.TrainedPolicy.Tasks"/>.</param>
    /// <param name="notice">As in <see cref="OfRun"/>.</param>
    /// <param name="extensions">The parts that the run was trained with; null: only the library's.</param>
    /// <param name="actsRandomly">Whether uniformly random actions take the place of the policy's.</param>
    /// <returns>The rollout; call <see cref="Begin"/> first.</returns>
    /// <exception cref="MtrlException">As <see cref="OfRun"/>; or the policy has no such task, or reads images.</exception>
    public static Rollout OfTask(
        string path, string task, Action<string>? notice = null, Extensions? extensions = null, bool actsRandomly = false)
    {
        extensions ??= Extensions.None;
        return Policy.Load(path, step: null, extensions, notice).HandedTo(policy =>
        {
            var index = policy.Find(task)
                ?? throw new MtrlException($"{path}: its policy has no task '{task}'.{Nearest.Hint(policy.Tasks, task)}");
            var experiment = RunEvaluation.ExperimentOf(path, extensions);
            if (Observed.IsImages(experiment))
                throw new MtrlException(
                    $"{path}: its policy reads images. {Shell.Command(["mtrl", "video", path])} plays all of its tasks.");
            var environments = ExperimentEnvironments.Create(
                experiment, evaluate: true, threads: 1, extensions.Family(experiment, evaluate: true), task: index);
            var (actor, actions) = actsRandomly
                ? ("random actions", new UniformActions(environments, experiment.Setup.SeedRef))
                : ($"{path}, step {Text.Count(policy.Step)}", policy.Playing([index], experiment, environments.Spec));
            return new Rollout(actor, environments, actions, () =>
            {
                environments.Dispose();
                policy.Dispose();
            });
        });
    }

    /// <summary>Starts an episode in every task.</summary>
    /// <param name="episode">From 0; the same number gives the same goals.</param>
    public void Begin(int episode)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(episode);
        _begin(episode);
    }

    /// <summary>Steps all environments; those whose episode ended start the next one first.</summary>
    public void Step()
    {
        Environments.ResetFinished();
        _policy.ActGreedily(Environments.Rows, _actions);
        Environments.Step(_actions);
    }

    /// <inheritdoc/>
    public void Dispose() => _dispose();
}
