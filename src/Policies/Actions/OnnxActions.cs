using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;

namespace MtrlFunctional.Policies;

/// <summary>Actions of a graph in ONNX Runtime, on the thread that asks.</summary>
/// <remarks>Each thread that acts computes in rows of its own, which are kept for the next one: a call allocates nothing.</remarks>
internal sealed class OnnxActions : ITaskActions
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options;
    private readonly ConcurrentBag<Row> _free = [];
    private readonly PolicyData _policy;
    private int _calls;
    private bool _isDisposed;

    // Otherwise ONNX Runtime sends facts about each model and its use to its makers, and keeps an identifier of the machine in the
    // user's cache. It reads the variable when its first session is made.
    static OnnxActions() => NativeEnvironment.SetDefault("ORT_DISABLE_TELEMETRY", "1");

    /// <summary>Loads a graph, and computes an action of the last task, for which it may have no numbers.</summary>
    internal OnnxActions(string name, PolicyData policy)
    {
        _policy = policy;
        try
        {
            using var options = new SessionOptions
            {
                IntraOpNumThreads = 1,
                InterOpNumThreads = 1,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            };
            _options = new RunOptions();
            _session = new InferenceSession(policy.Model, options);
            if (SessionSizes.Fault(_session, policy) is { } fault)
                throw new MtrlException($"{name}: {fault}.");
            Act(
                new float[policy.ObservationSize], policy.Tasks.Count - 1, new float[policy.ActionSize],
                policy.MemorySize > 0 ? new RowMemory(policy) : null);
        }
        catch (MtrlException)
        {
            Dispose();
            throw;
        }
        catch (OnnxRuntimeException e)
        {
            Dispose();
            throw new MtrlException(
                $"{name}: its graph cannot be computed ({e.Message.Replace("\r", "").Replace('\n', ' ').TrimEnd('.', ' ')}).", inner: e);
        }
        catch (Exception e) when (e.GetBaseException() is DllNotFoundException)
        {
            throw new MtrlException(
                "ONNX Runtime's native library, which computes the actions of policies: cannot be loaded. The package Microsoft.ML.OnnxRuntime "
                + "has it for each platform, and a build puts it into runtimes/PLATFORM/native beside the program "
                + $"({AppContext.BaseDirectory}): {e.GetBaseException().Message}",
                inner: e);
        }
    }

    /// <inheritdoc/>
    public void Act(ReadOnlySpan<float> observation, int task, Span<float> action, RowMemory? memory = null)
    {
        Interlocked.Increment(ref _calls);
        try
        {
            if (Volatile.Read(ref _isDisposed))
                throw new ObjectDisposedException(nameof(TrainedPolicy), "The policy was disposed: dispose it when nobody acts any more.");
            if (!_free.TryTake(out var row))
                row = new Row(_session, _policy);
            row.Set(observation, task, memory);
            _session.RunWithBinding(_options, row.Binding);
            row.Get(action, memory);
            _free.Add(row);
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    /// <summary>Waits for calls in progress, and lets no other begin: their memory is freed.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _isDisposed, true);
        Interlocked.MemoryBarrier();
        var wait = default(SpinWait);
        while (Volatile.Read(ref _calls) > 0)
            wait.SpinOnce();
        foreach (var row in _free)
            row.Dispose();
        _session?.Dispose();
        _options?.Dispose();
    }

    /// <summary>Inputs and outputs of one thread, at fixed places in memory.</summary>
    private sealed class Row : IDisposable
    {
        private readonly List<OrtValue> _values = [];
        private readonly float[] _observation;
        private readonly long[] _task = new long[1];
        private readonly float[] _action;
        private readonly float[] _memory;
        private readonly float[] _noise;
        private readonly float[] _next;

        internal Row(InferenceSession session, PolicyData policy)
        {
            Binding = session.CreateIoBinding();
            _observation = Input(GraphValues.Observation, new float[policy.ObservationSize], [1, policy.ObservationSize]);
            Input(GraphValues.Task, _task, [1]);
            _action = Output(GraphValues.Action, policy.ActionSize);
            (_memory, _noise, _next) = ([], [], []);
            if (policy.MemorySize == 0)
                return;
            _memory = Input(GraphValues.Memory, new float[policy.MemorySize], [1, policy.MemorySize]);
            _noise = Input(GraphValues.Noise, new float[policy.ActionSize], [1, policy.ActionSize]);
            _next = Output(GraphValues.NextMemory, policy.MemorySize);
        }

        internal OrtIoBinding Binding { get; }

        internal void Set(ReadOnlySpan<float> observation, int task, RowMemory? memory)
        {
            _task[0] = task;
            observation.CopyTo(_observation);
            _observation.AsSpan(observation.Length).Clear();
            memory?.State.CopyTo(_memory, 0);
            memory?.Noise.CopyTo(_noise, 0);
        }

        internal void Get(Span<float> action, RowMemory? memory)
        {
            _action.AsSpan(0, action.Length).CopyTo(action);
            if (memory is not null)
                _next.CopyTo(memory.State, 0);
        }

        public void Dispose()
        {
            Binding.Dispose();
            foreach (var value in _values)
                value.Dispose();
        }

        private T[] Input<T>(string name, T[] numbers, long[] shape)
            where T : unmanaged
        {
            _values.Add(OrtValue.CreateTensorValueFromMemory(numbers, shape));
            Binding.BindInput(name, _values[^1]);
            return numbers;
        }

        private float[] Output(string name, int size)
        {
            var numbers = new float[size];
            _values.Add(OrtValue.CreateTensorValueFromMemory(numbers, [1, size]));
            Binding.BindOutput(name, _values[^1]);
            return numbers;
        }
    }
}
