using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using MtrlFunctional.Environments;

namespace MtrlFunctional.Policies;

/// <summary>Actions of a graph in ONNX Runtime, on the thread that asks.</summary>
/// <remarks>Each thread that acts computes in rows of its own, which are kept for the next one: a call allocates nothing.</remarks>
internal sealed class OnnxActions : ITaskActions
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options;
    private readonly ConcurrentBag<Row> _free = [];
    private readonly int _observations;
    private readonly int _actions;
    private volatile bool _isDisposed;

    /// <summary>Loads a graph, and computes an action of the last task, for which it may have no numbers.</summary>
    /// <param name="name">Of the policy, for messages.</param>
    /// <param name="policy">Its graph and sizes.</param>
    /// <exception cref="MtrlException">The graph cannot be computed.</exception>
    internal OnnxActions(string name, PolicyData policy)
    {
        (_observations, _actions) = (policy.ObservationSize, policy.ActionSize);
        try
        {
            using var options = new SessionOptions
            {
                IntraOpNumThreads = 1,
                InterOpNumThreads = 1,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            };
            _options = new RunOptions();
            _session = new InferenceSession(PolicyFile.Model(policy.Graph).ToByteArray(), options);
            Act(new float[_observations], policy.Tasks.Count - 1, new float[_actions]);
        }
        catch (OnnxRuntimeException e)
        {
            Dispose();
            throw new MtrlException($"{name}: its graph cannot be computed ({e.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}).", inner: e);
        }
        catch (Exception e) when (e.GetBaseException() is DllNotFoundException)
        {
            throw new MtrlException(
                "libonnxruntime.so, which computes the actions of policies: cannot be loaded. A build puts it into runtimes/linux-x64/native "
                + $"beside the program ({AppContext.BaseDirectory}).",
                inner: e);
        }
    }

    /// <inheritdoc/>
    public void Act(ObservationRows observation, int task, Span<float> action)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(Training.Policy));
        if (!_free.TryTake(out var row))
            row = new Row(_session, _observations, _actions);
        row.Set(observation, task);
        _session.RunWithBinding(_options, row.Binding);
        row.Action.AsSpan(0, action.Length).CopyTo(action);
        _free.Add(row);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (var row in _free)
            row.Dispose();
        _session?.Dispose();
        _options?.Dispose();
    }

    /// <summary>Inputs and output of one thread, at fixed places in memory.</summary>
    private sealed class Row : IDisposable
    {
        private readonly float[] _observation;
        private readonly long[] _task = new long[1];
        private readonly OrtValue[] _values;

        internal Row(InferenceSession session, int observations, int actions)
        {
            (_observation, Action) = (new float[observations], new float[actions]);
            OrtValue[] values =
            [
                OrtValue.CreateTensorValueFromMemory(_observation, [1, observations]), OrtValue.CreateTensorValueFromMemory(_task, [1]),
                OrtValue.CreateTensorValueFromMemory(Action, [1, actions]),
            ];
            (_values, Binding) = (values, session.CreateIoBinding());
            Binding.BindInput(PolicyGraph.Observation, values[0]);
            Binding.BindInput(PolicyGraph.Task, values[1]);
            Binding.BindOutput(PolicyGraph.Action, values[2]);
        }

        internal OrtIoBinding Binding { get; }

        internal float[] Action { get; }

        internal void Set(ObservationRows observation, int task)
        {
            _task[0] = task;
            observation.CopyTo(_observation);
            _observation.AsSpan(observation.Length).Clear();
        }

        public void Dispose()
        {
            Binding.Dispose();
            foreach (var value in _values)
                value.Dispose();
        }
    }
}
