using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Experiments;
using MtrlFunctional.Randomness;
using MtrlFunctional.Surgery;
using MtrlFunctional.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>State of a learner: ownership, updates and restoring.</summary>
/// <typeparam name="TSample">Sample of one update.</typeparam>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal sealed class LearnerState<TSample> : IDisposable
    where TSample : class
{
    private readonly IAgent<TSample> _agent;
    private readonly TensorOptions _options;
    private readonly OwnedState<IAgentState<TSample>> _state;
    private readonly ConflictRecorder _conflicts;
    private readonly SampleAccess<TSample> _samples;
    private readonly bool _isCounted;

    /// <summary>Creates the initial state.</summary>
    /// <param name="experiment">Its seed determines the initial state.</param>
    /// <param name="agent">The agent.</param>
    /// <param name="options">Element type and device of its tensors.</param>
    /// <param name="workers">Disposed with the state; null: none.</param>
    /// <param name="samples">Access to the tensors of samples.</param>
    internal LearnerState(
        Experiment experiment, IAgent<TSample> agent, TensorOptions options, DataParallel? workers, SampleAccess<TSample> samples)
    {
        (_agent, _options, Workers, _samples) = (agent, options, workers, samples);
        _conflicts = new ConflictRecorder(experiment);
        var key = KeyModule.ForPurpose("networks", KeyModule.OfSeed(experiment.Setup.SeedRef));
        using var scope = torch.NewDisposeScope();
        _state = new OwnedState<IAgentState<TSample>>(state => state.Owns, OwnParts.Run(where: null, () => agent.Start(key, options)));
        var hasStatistics = Value.Named().Any(named => named.Item1.Contains("statistics/", StringComparison.Ordinal));
        _isCounted = AdamWork.CountsNonFinite(options.Device) && !hasStatistics;
    }

    /// <summary>The newest state.</summary>
    internal IAgentState<TSample> Value => _state.Value;

    /// <inheritdoc cref="ILearner.Workers"/>
    internal DataParallel? Workers { get; }

    /// <summary>Updates done.</summary>
    internal long Updates { get; private set; }

    /// <summary>The report of an update that is not finite; null: in the message only.</summary>
    internal CrashReports? Crashes { get; set; }

    /// <summary>Performs an update.</summary>
    /// <param name="sample">The sample of the update.</param>
    /// <param name="step">Environment steps of each task so far, for the record of conflicts.</param>
    /// <param name="when">Name of the update in messages, such as "iteration 12".</param>
    /// <param name="isSuspect">Whether state or sample may hold numbers that are not finite.</param>
    /// <returns>The measured metrics.</returns>
    /// <exception cref="MtrlException">A number is not finite, or a loss too large; the state is unchanged.</exception>
    internal Reading[] Advance(TSample sample, long step, string when, bool isSuspect = false)
    {
        var counted = AdamWork.NonFiniteResults;
        var (next, metrics) = OwnParts.Run(when, () => Updated(sample, step));
        var readings = MetricsModule.Read(metrics);

        // Adam and Polyak averages count numbers that are not finite. Without them, or for states with running
        // statistics, too (on-policy agents and CaDM), sums show such numbers.
        if (isSuspect || AdamWork.NonFiniteResults != counted || MetricsModule.Diverged(readings) is not null
            || (!_isCounted && !NonFiniteModule.SumsAreFinite(next.Owns.Concat(_samples.Named(sample).Select(x => x.Item2)))))
            Examine(sample, step, when, next, readings);

        _state.Replace(next);
        Updates++;
        return readings;
    }

    /// <summary>Performs an update and leaves the state unchanged.</summary>
    /// <param name="sample">The sample of the update.</param>
    /// <returns>The tensors of the next state and of the measured metrics by name; they belong to the current scope.</returns>
    internal IEnumerable<Tuple<string, Tensor>> Preview(TSample sample)
    {
        var (next, metrics) = Updated(sample, 0);
        return Outcome(next, MetricsModule.Read(metrics));
    }

    /// <summary>Replaces the state by a state with an adapted policy.</summary>
    /// <param name="adapted">The result of <see cref="IAgentState{TSample}.Adapt"/>.</param>
    internal void Adapt(IAgentState<TSample> adapted) => _state.Replace(adapted);

    /// <summary>Raises the σ of each task's policy to a least one.</summary>
    /// <param name="least">[tasks].</param>
    /// <exception cref="InvalidOperationException">The agent has no σ of each task.</exception>
    internal void HoldStd(double[] least) =>
        _state.Replace(
            OptionModule.ToObj(Value.HoldStd(least)) ?? throw new InvalidOperationException("The agent has no σ of each task."));

    /// <inheritdoc cref="ILearner.Restrict"/>
    internal bool Restrict(FSharpFunc<string, FSharpOption<Tensor>?> mask)
    {
        if (OptionModule.ToObj(Value.Restrict(_options, mask!)) is not { } restricted)
            return false;
        _state.Replace(restricted);
        return true;
    }

    /// <inheritdoc cref="ILearner.TakeConflicts"/>
    internal IReadOnlyList<ConflictRecord> TakeConflicts() => _conflicts.Take();

    /// <inheritdoc cref="ILearner.Restore"/>
    internal IReadOnlyList<string> Restore(FSharpFunc<string, FSharpOption<Tensor>?> find, long updates)
    {
        var state = _agent.OfNamed(_options, find!);
        if (state.IsError)
            return [.. state.ErrorValue];
        _state.Replace(state.ResultValue);
        Updates = updates;
        return [];
    }

    /// <summary>Converts a tensor to the device and element type of the state; bytes stay bytes.</summary>
    internal Tensor Placed(Tensor x) => TensorOptionsModule.Place(_options, x);

    /// <inheritdoc/>
    public void Dispose()
    {
        _state.Dispose();
        Workers?.Dispose();
    }

    private void Examine(TSample sample, long step, string when, IAgentState<TSample> next, Reading[] readings)
    {
        var search = new FaultSearch<TSample>(_agent.Description, _samples);
        if (search.Find(Value, sample, next, readings) is not { } fault)
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
            bundle.Write(Crashes, message, facts, Value.Named(), _samples.Named(sample), Outcome(next, readings));
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
            var (next, metrics) = Value.Update(sample);
            return (next, metrics);
        }
        else
        {
            var (next, metrics, conflicts) = Value.UpdateWithConflicts(step, Updates, sample);
            _conflicts.Add(conflicts);
            return (next, metrics);
        }
    }
}
