using System.Numerics;
using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Networks;
using MtrlFunctional.Surgery;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Holds the state of an agent, whose tensors it owns, and replaces it at each update. The computation is in the core
/// (<see cref="IAgent{TSample}"/>).</summary>
/// <typeparam name="TSample">Sample of one update.</typeparam>
internal abstract partial class AgentLearner<TSample> : ILearner
    where TSample : class
{
    private readonly IAgent<TSample> _agent;
    private readonly long[] _shape;
    private readonly Key _draws;
    private readonly int _conflictsEvery;
    private readonly List<ConflictRecord> _conflicts = [];
    private readonly bool _isCounted;

    /// <summary>Creates the initial state, which the seed of the experiment determines.</summary>
    private protected AgentLearner(
        Experiment experiment, IAgent<TSample> agent, int tasks, TensorOptions options, DataParallel? workers)
    {
        (_agent, Options, Workers) = (agent, options, workers);
        _shape = [Agent.Groups, tasks / Agent.Groups, Agent.ObsSize];
        _conflictsEvery = Learner.RecordsConflicts(experiment) ? experiment.Schedule.ConflictsFreq : 0;
        var seed = KeyModule.OfSeed(experiment.Setup.SeedRef);
        _draws = KeyModule.ForPurpose("update", seed);
        using var scope = torch.NewDisposeScope();
        State = OwnParts.Run(where: null, () => agent.Start(KeyModule.ForPurpose("networks", seed), options));
        Detach(State);
        var hasStatistics = State.Named().Any(named => named.Item1.Contains("statistics/", StringComparison.Ordinal));
        _isCounted = AdamWork.CountsNonFinite(options.Device) && !hasStatistics;
    }

    private protected AgentDescription Agent => _agent.Description;
    private protected IAgentState<TSample> State { get; private set; }
    private protected TensorOptions Options { get; }

    /// <summary>The row of each evaluated task in the networks; null: in order.</summary>
    private protected int[]? EvaluatedPlaces { get; init; }

    public DataParallel? Workers { get; }

    public long Updates { get; private set; }

    public CrashReports? Crashes { private get; set; }

    public abstract void ActGreedily(ObservationRows observations, Span<float> actions);

    public FSharpResult<FSharpList<RowStep>, string> RowLayers(int observation)
    {
        var steps = State.RowLayers();
        if (steps.IsError)
            return steps;

        // Inputs of the networks beyond an observation are the one-hot task id.
        var tasks = Agent.ObsSize - observation;
        var whole = tasks > 0 ? ListModule.OfSeq(steps.ResultValue.Prepend(RowStep.Next(OneHotLayer(tasks)))) : steps.ResultValue;
        return FSharpResult<FSharpList<RowStep>, string>.NewOk(
            EvaluatedPlaces is { } places ? RowSteps.OfTasks(ListModule.OfSeq(places), whole) : whole);
    }

    /// <summary>The key of the draws of the next update, or of others with a purpose.</summary>
    private protected Key Draws(string? purpose = null) =>
        purpose is null ? KeyModule.At(Updates, _draws) : KeyModule.ForPurpose(purpose, _draws);

    /// <summary>Computes the actions of any number of tasks, in batches of the number of trained tasks; the last batch is padded with
    /// zeros.</summary>
    /// <param name="policy">Maps the number of a batch and its rows, [groups; rows; numbers], to actions.</param>
    /// <param name="observations">[n * observations], task by task.</param>
    /// <param name="actions">[n * actions], filled; each in [−1, 1].</param>
    /// <param name="places">The row of each task, at most one task for a row; null: in order.</param>
    private protected void Act(
        Func<int, Tensor, Tensor> policy, ObservationRows observations, Span<float> actions, int[]? places = null)
    {
        var (tasks, size) = ((int)(_shape[0] * _shape[1]), Agent.ActionSize);
        var count = actions.Length / size;
        var width = observations.Length / Math.Max(1, count);
        for (var first = 0; first < count; first += tasks)
        {
            using var scope = torch.NewDisposeScope();
            var rows = torch.zeros(_shape, observations.IsBytes ? ScalarType.Byte : ScalarType.Float32, Libtorch.Cpu);
            var part = observations.Slice(first * width, Math.Min(tasks, count - first) * width);
            if (part.IsBytes)
                Fill(rows.Span<byte>(), part.Memory, width, places);
            else
                Fill(rows.Span<float>(), MemoryMarshal.Cast<byte, float>(part.Memory), width, places);
            var result = OwnParts.Run("actions", () => policy(first / tasks, Placed(rows))).ToFloats();
            for (var task = first; task < Math.Min(first + tasks, count); task++)
                for (var k = 0; k < size; k++)
                    actions[(task * size) + k] = Math.Clamp(result[((places?[task - first] ?? (task - first)) * size) + k], -1f, 1f);
        }
    }

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

    /// <summary>The sample with the rows of one task; none where they are not kept apart.</summary>
    private protected virtual FSharpOption<TSample>? OnlyTask(int task, TSample sample) => null;

    /// <summary>The sample of a crash bundle.</summary>
    private protected abstract TSample SampleOf(IReadOnlyDictionary<string, Tensor> bundle);

    public IEnumerable<Tuple<string, Tensor>> Preview(IReadOnlyDictionary<string, Tensor> sample)
    {
        var (next, metrics) = Updated(SampleOf(sample), 0);
        return Outcome(next, MetricsModule.Read(metrics));
    }

    public bool FreezeExcept(Func<string, Tensor?> mask)
    {
        using var scope = torch.NewDisposeScope();
        if (OptionModule.ToObj(State.FreezeExcept(Options, Finder(mask))) is not { } restricted)
            return false;
        Replace(restricted);
        return true;
    }

    public IReadOnlyList<ConflictRecord> TakeConflicts()
    {
        ConflictRecord[] taken = [.. _conflicts];
        _conflicts.Clear();
        return taken;
    }

    public FSharpList<Tuple<string, Tensor>> Named() => State.Named();

    public IReadOnlyList<string> Restore(Func<string, Tensor?> find, long updates)
    {
        var state = _agent.OfNamed(Options, Finder(find));
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

    private static FSharpFunc<string, FSharpOption<Tensor>?> Finder(Func<string, Tensor?> find) =>
        FuncConvert.FromFunc<string, FSharpOption<Tensor>?>(name => OptionModule.OfObj(find(name)!));

    private static RowLayer OneHotLayer(int tasks)
    {
        var numbers = new float[tasks * tasks];
        for (var task = 0; task < tasks; task++)
            numbers[(task * tasks) + task] = 1;
        return RowLayer.NewAppendTask(new RowNumbers(ListModule.OfArray<int>([tasks]), tasks, ListModule.Empty<int>(), numbers));
    }

    /// <summary>Writes observations into the rows of their tasks, each with a one-hot task id behind it if the policy uses one.</summary>
    private void Fill<T>(Span<T> rows, ReadOnlySpan<T> observations, int width, int[]? places)
        where T : struct, INumberBase<T>
    {
        for (var task = 0; task < observations.Length / width; task++)
        {
            var place = places?[task] ?? task;
            var row = rows.Slice(place * Agent.ObsSize, Agent.ObsSize);
            observations.Slice(task * width, width).CopyTo(row);
            if (row.Length > width)
                OneHot.Write(row[width..], place);
        }
    }

    private (IAgentState<TSample> Next, FSharpList<MtrlFunctional.Algorithms.Metric> Metrics) Updated(TSample sample, long step)
    {
        if (_conflictsEvery == 0 || Updates % _conflictsEvery != 0)
        {
            var (next, metrics) = State.Update(sample);
            return (next, metrics);
        }
        else
        {
            var (next, metrics, conflicts) = State.UpdateWithConflicts(step, Updates, sample);
            _conflicts.AddRange(conflicts);
            return (next, metrics);
        }
    }
}
