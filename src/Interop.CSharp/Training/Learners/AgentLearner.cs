using System.Numerics;
using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Networks;
using MtrlFunctional.Surgery;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Owns the tensors of the newest value of a learner (<see cref="Learner{TSample}"/>), and the memory of rows on the way to
/// its policy.</summary>
internal abstract class AgentLearner<TSample> : ILearner
    where TSample : class
{
    private readonly long[] _shape;
    private readonly List<ConflictRecord> _conflicts = [];

    /// <summary>Owns a learner before its first update, for as many tasks.</summary>
    private protected AgentLearner(Func<Learner<TSample>> start, int tasks, DataParallel? workers)
    {
        Workers = workers;
        using var scope = torch.NewDisposeScope();
        Value = OwnParts.Run(where: null, start);
        Detach(Value);
        _shape = [Agent.Groups, tasks / Agent.Groups, Agent.ObsSize];
        EvaluatedPlaces = OptionModule.ToObj(Value.Evaluated)?.ToArray();
    }

    internal Learner<TSample> Value { get; private set; }

    private protected AgentDescription Agent => Value.Agent.Description;
    private protected IAgentState<TSample> State => Value.State;

    /// <summary>The row of each evaluated task in the networks; null: in order.</summary>
    private protected int[]? EvaluatedPlaces { get; }

    public DataParallel? Workers { get; }

    public long Updates => Value.Updates;

    public CrashReports? Crashes { private get; set; }

    public abstract void ActGreedily(ObservationRows observations, Span<float> actions);

    public FSharpResult<FSharpList<RowStep>, string> RowLayers(int observation, bool readings = false) =>
        readings ? LearnerModule.Readings(observation, Value) : LearnerModule.RowLayers(observation, Value);

    /// <summary>Computes the actions of any number of tasks, in batches of the number of trained tasks; the last batch is padded with
    /// zeros.</summary>
    /// <param name="policy">Maps the number of a batch and its rows, [groups; rows; numbers], to actions.</param>
    /// <param name="observations">[n * observations], task by task.</param>
    /// <param name="actions">[n * actions], filled; each in [−1, 1].</param>
    /// <param name="rowOfTask">The row of each task, at most one task for a row; null: in order.</param>
    private protected void Act(
        Func<int, Tensor, Tensor> policy, ObservationRows observations, Span<float> actions, int[]? rowOfTask = null)
    {
        var (tasks, size) = ((int)(_shape[0] * _shape[1]), Agent.ActionSize);
        var count = actions.Length / size;
        var width = observations.Length / Math.Max(1, count);
        for (var first = 0; first < count; first += tasks)
        {
            using var scope = torch.NewDisposeScope();
            var rows = Placed(Rows(observations.Slice(first * width, Math.Min(tasks, count - first) * width), width, rowOfTask));
            var result = OwnParts.Run("actions", () => policy(first / tasks, rows)).ToFloats();
            for (var task = first; task < Math.Min(first + tasks, count); task++)
                for (var k = 0; k < size; k++)
                    actions[(task * size) + k] = Math.Clamp(result[((rowOfTask?[task - first] ?? (task - first)) * size) + k], -1f, 1f);
        }
    }

    /// <summary>Observations in the rows of their tasks, each with a one-hot task id behind it if the policy uses one.</summary>
    /// <param name="observations">[n * width], task by task, of at most as many tasks as the networks have.</param>
    /// <param name="width">Numbers of an observation.</param>
    /// <param name="rowOfTask">The row of each task; null: in order.</param>
    /// <returns>[groups; rows; numbers] in main memory, of the current scope; 0 in other rows.</returns>
    internal Tensor Rows(ObservationRows observations, int width, int[]? rowOfTask)
    {
        var rows = torch.zeros(_shape, observations.IsBytes ? ScalarType.Byte : ScalarType.Float32, Libtorch.Cpu);
        if (observations.IsBytes)
            Fill(rows.Span<byte>(), observations.Memory, width, rowOfTask);
        else
            Fill(rows.Span<float>(), MemoryMarshal.Cast<byte, float>(observations.Memory), width, rowOfTask);
        return rows;
    }

    /// <summary>Performs an update, after so many environment steps of each task.</summary>
    /// <exception cref="MtrlException">A number is not finite, or a loss too large; the state is unchanged.</exception>
    private protected Reading[] Update(long step, Func<FSharpResult<LearnedUpdate<TSample>, RefusedUpdate>> update)
    {
        using var scope = torch.NewDisposeScope();
        return Accept(OwnParts.Run(LearnerModule.Title(step, Value), update), step);
    }

    /// <summary>Keeps the learner of an update.</summary>
    /// <inheritdoc cref="Update"/>
    internal Reading[] Accept(FSharpResult<LearnedUpdate<TSample>, RefusedUpdate> update, long step)
    {
        if (update.IsError)
            throw Refusal(update.ErrorValue, step);
        Replace(update.ResultValue.Next);
        _conflicts.AddRange(update.ResultValue.Conflicts);
        return update.ResultValue.Readings;
    }

    public IEnumerable<Tuple<string, Tensor>> Preview(IReadOnlyDictionary<string, Tensor> sample) => LearnerModule.Preview(sample, Value);

    public bool FreezeExcept(Func<string, Tensor?> mask)
    {
        using var scope = torch.NewDisposeScope();
        return Replace(OptionModule.ToObj(LearnerModule.FreezeExcept(mask, Value)));
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
        var restored = LearnerModule.Restore(find, updates, Value);
        if (restored.IsError)
            return [.. restored.ErrorValue];
        Replace(restored.ResultValue);
        return [];
    }

    /// <summary>Replaces the learner and frees the tensors that only the old one has; parts that two states share are the same
    /// objects.</summary>
    /// <returns>Whether there is another learner.</returns>
    private protected bool Replace(Learner<TSample>? next)
    {
        if (next is null)
            return false;
        var retained = next.State.Owns.ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var tensor in State.Owns)
            if (!retained.Contains(tensor))
                tensor.Dispose();
        Value = next;
        Detach(next);
        return true;
    }

    /// <summary>Converts a tensor to the device and element type of the state; bytes stay bytes.</summary>
    private protected Tensor Placed(Tensor x) => TensorOptionsModule.Place(Value.Options, x);

    public virtual void Dispose()
    {
        foreach (var tensor in State.Owns)
            tensor.Dispose();
        Workers?.Dispose();
    }

    private static void Detach(Learner<TSample> learner)
    {
        foreach (var tensor in learner.State.Owns)
            tensor.DetachFromDisposeScope();
    }

    /// <summary>Writes observations into the rows of their tasks, each with a one-hot task id behind it if the policy uses one.</summary>
    private void Fill<T>(Span<T> rows, ReadOnlySpan<T> observations, int width, int[]? rowOfTask)
        where T : struct, INumberBase<T>
    {
        for (var task = 0; task < observations.Length / width; task++)
        {
            var index = rowOfTask?[task] ?? task;
            var row = rows.Slice(index * Agent.ObsSize, Agent.ObsSize);
            observations.Slice(task * width, width).CopyTo(row);
            if (row.Length > width)
                OneHot.Write(row[width..], index);
        }
    }

    /// <summary>The error of a refused update, of which a bundle is written.</summary>
    private MtrlException Refusal(RefusedUpdate refused, long step)
    {
        var message = refused.Message(Crashes?.Tasks ?? []);
        return new MtrlException(message + Crashes?.Record(message, refused, State.Named(), Updates, step), ExitCode.Stopped);
    }
}
