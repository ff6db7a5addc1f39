using MtrlFunctional.Networks;
using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <summary>A trained policy, for use: of a file, of a run, or a shipped one. It acts, plays environments, and is written as a file.</summary>
/// <remarks>All networks of the library run in ONNX Runtime, on the thread that asks and without libtorch; layers that a program
/// adds, with libtorch. Actions of a policy that runs with libtorch wait for each other. A program that only acts needs the
/// package of <see cref="OnnxPolicy"/> alone.</remarks>
/// <example>
/// <code>
/// using var policy = Policy.Load("policy:mt10");
/// var action = policy.Act(observation, "door-open");
/// </code>
/// </example>
public sealed partial class Policy : TrainedPolicy
{
    private Policy(PolicyData data, ITaskActions actions, string? reason)
        : base(data, actions) => Reason = reason;

    /// <summary>Whether it can be saved: it runs in ONNX Runtime, not with libtorch.</summary>
    public bool IsExportable => Reason is null;

    /// <summary>Loads the policy of a run or of a file that <see cref="Save"/> wrote, or a shipped one.</summary>
    /// <param name="path">Folder of the run, such as runs/mt10/seed-1, or of a checkpoint; or the file; or a name, such as policy:mt10
    /// (<see cref="ShippedPolicies"/>).</param>
    /// <param name="step">Step of a run's checkpoint; null: the newest whole one.</param>
    /// <param name="extensions">The parts that the run was trained with, but its environments and methods of surgery, which do not
    /// act; null: only the library's.</param>
    /// <param name="notice">Receives a note where a damaged checkpoint is left out and an older one is read; null: nobody does.</param>
    /// <param name="readings">Whether the graph of a run's policy also has the outputs <c>log_std</c> [batch, numbers], where actions are drawn
    /// from a Gaussian (before tanh in soft actor-critic), and <c>value</c> [batch, 1]: of an on-policy agent V in units of the return, of
    /// soft actor-critic the smaller Q of the greedy action. Each call then computes them, too.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="MtrlException">No such run, checkpoint, file or name, or it is damaged, or the policy reads a
    /// history.</exception>
    public static Policy Load(
        string path, long? step = null, Extensions? extensions = null, Action<string>? notice = null, bool readings = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (PolicySource.Read(path, step) is { } data)
            return new Policy(data, new OnnxActions(path, data), reason: null);

        var options = new EvaluationOptions { Step = step, Extensions = extensions ?? Extensions.None, ActsOnly = true, Notice = notice };
        return RunPolicy.Open(path, options).HandedTo(run =>
        {
            RequireActions(path, run.Experiment);
            var policy = Of(
                run.Folder, (ILearner)run.Policy, run, run.Environments, run.Environments.TaskNames, run.Experiment, run.Step, readings);
            if (policy.IsExportable)
                run.Dispose();
            return policy;
        });
    }

    /// <summary>Writes it as an ONNX file: <c>observation</c> [batch, numbers], as the environment gives it, and
    /// <c>task</c> [batch], int64, to <c>action</c> [batch, numbers]; tasks, sizes, configuration, licence and card are its metadata.
    /// An existing file is replaced as a whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="licence">Under which the numbers may be used, such as "MIT"; null: <see cref="TrainedPolicy.Licence"/>.</param>
    /// <param name="card">How it was made and what it achieves; null: <see cref="TrainedPolicy.Card"/>.</param>
    /// <exception cref="MtrlException">Its networks cannot be expressed so, or the file cannot be written.</exception>
    public void Save(string path, string? licence = null, PolicyCard? card = null) =>
        PolicyFile.Write(path.Given(), Data with { Licence = licence ?? Licence, Card = card ?? Card });

    /// <summary>What has no form in ONNX; null: everything has one.</summary>
    internal string? Reason { get; }

    /// <summary>Contents of the policy's file.</summary>
    internal PolicyData Data => Reason is null
        ? Content
        : throw new MtrlException($"This policy has no form in ONNX: it has {Reason}. Use the run's folder.");

    /// <summary>The policy of a learner, whose layers are copied; it acts where there are none. What holds such a learner is
    /// disposed with the policy; null: the run does.</summary>
    internal static Policy Of(
        string name, ILearner learner, IDisposable? owned, VectorEnvironment environments, IReadOnlyList<string> tasks,
        Experiment experiment, long step, bool readings = false)
    {
        var layers = learner.RowLayers(environments.ObservationSize, readings);
        if (layers.IsError && AgentMemory.TryTrial(experiment.Agent) is not null)
            throw new MtrlException(
                $"{name}: its policy has a memory, and no form in ONNX: it has {layers.ErrorValue}. 'mtrl eval' and 'mtrl video' play its trials.");
        var config = ExperimentModule.RenderPortable(experiment);
        var data = PolicyFile.Of(layers.IsOk ? layers.ResultValue : FSharpList<RowStep>.Empty, environments, tasks, config, step);
        return layers.IsOk
            ? new Policy(data, new OnnxActions(name, data), reason: null)
            : new Policy(data, new LearnedActions(learner, owned, data), layers.ErrorValue);
    }

    /// <summary>The policy as evaluations use it, with the task of each environment; it stays this one's.</summary>
    internal IGreedyPolicy Playing(IReadOnlyList<int> tasks, Experiment trained, EnvironmentSpec spec) =>
        FilePolicy.Of(Actions, Content, tasks, trained, spec);

    internal override string Advice(string name) =>
        Nearest.Hint(Tasks, name) is { Length: > 0 } near ? near : base.Advice(name);

    /// <summary>Refuses a policy that is no function of an observation and a memory.</summary>
    internal static void RequireActions(string name, Experiment experiment)
    {
        if (AgentMemory.TryHistory(experiment.Agent) is not null)
            throw new MtrlException(
                $"{name}: its actions depend on the last steps of an episode, not on the last observation alone. "
                + "'mtrl eval' and 'mtrl video' play its episodes.");
    }
}
