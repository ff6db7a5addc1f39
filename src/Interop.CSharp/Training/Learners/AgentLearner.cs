using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Networks;
using MtrlFunctional.Surgery;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Holds the state of an agent, whose tensors it owns, and replaces it at each update. The computation is in the core
/// (<see cref="IAgent{TSample}"/>).</summary>
/// <typeparam name="TSample">Sample of one update.</typeparam>
internal abstract class AgentLearner<TSample> : ILearner
    where TSample : class
{
    private readonly IAgent<TSample> _agent;
    private readonly Key _draws;
    private readonly ConflictRecorder _conflicts;
    private readonly bool _isCounted;

    /// <summary>Creates the initial state, which the seed of the experiment determines.</summary>
    private protected AgentLearner(
        Experiment experiment, IAgent<TSample> agent, TensorOptions options, DataParallel? workers)
    {
        (_agent, Options, Workers) = (agent, options, workers);
        _conflicts = new ConflictRecorder(experiment);
        var seed = KeyModule.OfSeed(experiment.Setup.SeedRef);
        _draws = KeyModule.ForPurpose("update", seed);
        using var scope = torch.NewDisposeScope();
        State = OwnParts.Run(where: null, () => agent.Start(KeyModule.ForPurpose("networks", seed), options));
        Detach(State);
        var hasStatistics = State.Named().Any(named => named.Item1.Contains("statistics/", StringComparison.Ordinal));
        _isCounted = AdamWork.CountsNonFinite(options.Device) && !hasStatistics;
    }

    /// <summary>The newest state.</summary>
    private protected IAgentState<TSample> State { get; private set; }

    /// <summary>Element type and device of its tensors.</summary>
    private protected TensorOptions Options { get; }

    /// <inheritdoc/>
    public DataParallel? Workers { get; }

    /// <inheritdoc/>
    public long Updates { get; private set; }

    /// <inheritdoc/>
    public CrashReports? Crashes { private get; set; }

    /// <inheritdoc/>
    public abstract void ActGreedily(ObservationRows observations, Span<float> actions);

    /// <inheritdoc/>
    public abstract FSharpResult<FSharpList<RowStep>, string> RowLayers(int observation);

    /// <summary>The key of the draws of the next update, or of others with a purpose.</summary>
    private protected Key Draws(string? purpose = null) =>
        purpose is null ? KeyModule.At(Updates, _draws) : KeyModule.ForPurpose(purpose, _draws);

    /// <summary>Performs an update.</summary>
    /// <param name="sample">The sample of the update.</param>
    /// <param name="step">Environment steps of each task so far, for the record of conflicts.</param>
    /// <param name="when">Name of the update in messages, such as "iteration 12".</param>
    /// <param name="isSuspect">Whether state or sample may hold numbers that are not finite.</param>
    /// <returns>The measured metrics.</returns>
    /// <exception cref="MtrlException">A number is not finite, or a loss too large; the state is unchanged.</exception>
    private protected Reading[] Advance(TSample sample, long step, string when, bool isSuspect)
    {
        var counted = AdamWork.NonFiniteResults;
        var (next, metrics) = OwnParts.Run(when, () => Updated(sample, step));
        var readings = MetricsModule.Read(metrics);

        // Adam and Polyak averages count numbers that are not finite. Without them, or for states with running
        // statistics, too (as of on-policy agents), sums show such numbers.
        if (isSuspect || AdamWork.NonFiniteResults != counted || MetricsModule.Diverged(readings) is not null
            || (!_isCounted && !NonFiniteModule.SumsAreFinite(next.Owns.Concat(NamedOf(sample).Select(x => x.Item2)))))
            Examine(sample, step, when, next, readings);

        Replace(next);
        Updates++;
        return readings;
    }

    /// <summary>The tensors of a sample by name, for a crash bundle.</summary>
    private protected abstract IEnumerable<Tuple<string, Tensor>> NamedOf(TSample sample);

    /// <summary>The sample with the rows of one task; null where they are not kept apart.</summary>
    private protected virtual TSample? OnlyTask(TSample sample, int task) => null;

    /// <summary>The sample of a crash bundle.</summary>
    private protected abstract TSample SampleOf(IReadOnlyDictionary<string, Tensor> bundle);

    /// <inheritdoc/>
    public IEnumerable<Tuple<string, Tensor>> Preview(IReadOnlyDictionary<string, Tensor> sample)
    {
        var (next, metrics) = Updated(SampleOf(sample), 0);
        return Outcome(next, MetricsModule.Read(metrics));
    }

    /// <inheritdoc/>
    public bool FreezeExcept(FSharpFunc<string, FSharpOption<Tensor>?> mask)
    {
        using var scope = torch.NewDisposeScope();
        if (OptionModule.ToObj(State.FreezeExcept(Options, mask!)) is not { } restricted)
            return false;
        Replace(restricted);
        return true;
    }

    /// <inheritdoc/>
    public IReadOnlyList<ConflictRecord> TakeConflicts() => _conflicts.Take();

    /// <inheritdoc/>
    public FSharpList<Tuple<string, Tensor>> Named() => State.Named();

    /// <inheritdoc/>
    public IReadOnlyList<string> Restore(FSharpFunc<string, FSharpOption<Tensor>?> find, long updates)
    {
        var state = _agent.OfNamed(Options, find!);
        if (state.IsError)
            return [.. state.ErrorValue];
        Replace(state.ResultValue);
        Updates = updates;
        return [];
    }

    /// <summary>Replaces the state and frees the tensors that only the old state has; parts that two states share are the same
    /// objects.</summary>
    private protected void Replace(IAgentState<TSample> next)
    {
        var retained = next.Owns.ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var tensor in State.Owns)
            if (!retained.Contains(tensor))
                tensor.Dispose();
        State = next;
        Detach(next);
    }

    /// <summary>Converts a tensor to the device and element type of the state; bytes stay bytes.</summary>
    private protected Tensor Placed(Tensor x) => TensorOptionsModule.Place(Options, x);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        foreach (var tensor in State.Owns)
            tensor.Dispose();
        Workers?.Dispose();
    }

    private static void Detach(IAgentState<TSample> state)
    {
        foreach (var tensor in state.Owns)
            tensor.DetachFromDisposeScope();
    }

    private void Examine(TSample sample, long step, string when, IAgentState<TSample> next, Reading[] readings)
    {
        var search = new FaultSearch<TSample>(_agent.Description, NamedOf, OnlyTask);
        if (search.Find(State, sample, next, readings) is not { } fault)
            return;

        var tasks = string.Join(", ", fault.Tasks.Select(task => Crashes?.Tasks.ElementAtOrDefault(task) ?? $"number {task}"));
        var which = fault.Tasks.Count switch { 0 => "", 1 => $", task {tasks}", _ => $", tasks {tasks}" };
        var message = $"{when}{which}: {fault.Text}. Nothing of this update is kept; training stopped. "
            + "Lower the learning rates (agent.optimizers.*) or check the rewards.";
        throw new MtrlException(message + Record(message, step, sample, next, readings), ExitCode.Stopped);
    }

    // Writes the bundle of an update, and returns the sentence about it.
    private string Record(string message, long step, TSample sample, IAgentState<TSample> next, Reading[] readings)
    {
        if (Crashes is null)
            return "";
        var bundle = new CrashBundle(Path.Combine(Crashes.Folder, FormattableString.Invariant($"update-{Updates}")));
        var facts = new Dictionary<string, string>
        {
            ["updates"] = FormattableString.Invariant($"{Updates}"),
            ["step"] = FormattableString.Invariant($"{step}"),
            ["threads"] = FormattableString.Invariant($"{Crashes.Threads}"),
        };
        try
        {
            bundle.Write(Crashes, message, facts, State.Named(), NamedOf(sample), Outcome(next, readings));
            return $" State and sample are in {bundle.Folder}: {Shell.Command(["mtrl", "reproduce", bundle.Folder])} repeats the update.";
        }
        catch (MtrlException e)
        {
            return $" State and sample could not be stored: {e.Message}";
        }
    }

    private static IEnumerable<Tuple<string, Tensor>> Outcome(IAgentState<TSample> next, IEnumerable<Reading> readings) =>
        next.Named().Concat(CrashBundle.Named(readings));

    private (IAgentState<TSample> Next, FSharpList<MtrlFunctional.Algorithms.Metric> Metrics) Updated(TSample sample, long step)
    {
        if (!_conflicts.IsDue(Updates))
        {
            var (next, metrics) = State.Update(sample);
            return (next, metrics);
        }
        else
        {
            var (next, metrics, conflicts) = State.UpdateWithConflicts(step, Updates, sample);
            _conflicts.Add(conflicts);
            return (next, metrics);
        }
    }
}
