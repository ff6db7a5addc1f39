using static TorchSharp.torch;

namespace MtrlFunctional.Replay;

/// <summary>Destination of a batch: memory of contiguous CPU tensors, task-major, of 32-bit floats; observations are bytes if the
/// replay stores bytes. The owner of the memory keeps it alive while it is filled; nothing is copied on the way.</summary>
/// <param name="Tasks">T, first size of every tensor.</param>
/// <param name="Rows">R, rows for each task, second size of every tensor.</param>
/// <param name="ObsWidth">W, width of an observation, plus T where task ids are appended.</param>
/// <param name="ActionWidth">A.</param>
/// <param name="OneHot">Write the task id as the last T columns of both observations.</param>
public readonly record struct BatchMemory(int Tasks, int Rows, int ObsWidth, int ActionWidth, bool OneHot)
{
    /// <summary>Whether a number of an observation is a byte; else it is a 32-bit float.</summary>
    public bool IsBytes { get; init; }

    /// <summary>[T; R; W].</summary>
    public nint Obs { get; init; }

    /// <summary>[T; R; A].</summary>
    public nint Action { get; init; }

    /// <summary>[T; R].</summary>
    public nint Reward { get; init; }

    /// <summary>[T; R; W].</summary>
    public nint NextObs { get; init; }

    /// <summary>[T; R], 1 where the episode ended for good (not by its time limit), else 0.</summary>
    public nint Terminal { get; init; }

    /// <summary>[T; R], 1 for a stored transition, 0 for padding (all its numbers are 0).</summary>
    public nint Weight { get; init; }

    /// <summary>Whether all numbers of observations, actions and rewards are finite.</summary>
    internal bool IsFinite
    {
        get
        {
            var rows = Tasks * Rows;
            return IsFiniteAt(Reward, rows) && IsFiniteAt(Action, rows * ActionWidth)
                && (IsBytes || (IsFiniteAt(Obs, rows * ObsWidth) && IsFiniteAt(NextObs, rows * ObsWidth)));
        }
    }

    internal int ObsBytes => ObsWidth * (IsBytes ? sizeof(byte) : sizeof(float));

    /// <summary>The memory of six tensors, contiguous, in main memory.</summary>
    /// <param name="obs">[T; R; W], 32-bit floats or bytes; all others but the next observation are 32-bit floats.</param>
    /// <param name="action">[T; R; A].</param>
    /// <param name="reward">[T; R].</param>
    /// <param name="nextObs">[T; R; W], as <paramref name="obs"/>.</param>
    /// <param name="terminal">[T; R].</param>
    /// <param name="weight">[T; R].</param>
    /// <param name="oneHot">Write the task id as the last T columns of both observations.</param>
    /// <returns>Valid while the tensors live.</returns>
    /// <exception cref="ArgumentException">Wrong shape or element type.</exception>
    /// <exception cref="NotSupportedException">Not contiguous, or not in main memory.</exception>
    public static BatchMemory Over(
        Tensor obs, Tensor action, Tensor reward, Tensor nextObs, Tensor terminal,
        Tensor weight, bool oneHot)
    {
        ArgumentNullException.ThrowIfNull(obs);
        var (shape, actions) = (obs.shape, action.shape);
        if (shape.Length != 3 || actions.Length != 3)
            throw new ArgumentException("Observations and actions of a batch have three dimensions: [tasks; rows; numbers].");
        var (tasks, rows, width) = (shape[0], shape[1], shape[2]);
        var isBytes = obs.dtype == ScalarType.Byte;
        var element = isBytes ? ScalarType.Byte : ScalarType.Float32;
        return new BatchMemory((int)tasks, (int)rows, (int)width, (int)actions[2], oneHot)
        {
            IsBytes = isBytes,
            Obs = Address(nameof(obs), obs, element, tasks, rows, width),
            Action = Address(nameof(action), action, ScalarType.Float32, tasks, rows, actions[2]),
            Reward = Address(nameof(reward), reward, ScalarType.Float32, tasks, rows),
            NextObs = Address(nameof(nextObs), nextObs, element, tasks, rows, width),
            Terminal = Address(nameof(terminal), terminal, ScalarType.Float32, tasks, rows),
            Weight = Address(nameof(weight), weight, ScalarType.Float32, tasks, rows),
        };
    }

    private static nint Address(string name, Tensor tensor, ScalarType element, params long[] shape)
    {
        if (!tensor.shape.AsSpan().SequenceEqual(shape) || tensor.dtype != element)
            throw new ArgumentException(
                $"Takes {(element == ScalarType.Byte ? "bytes" : "32-bit floats")} of shape [{string.Join("; ", shape)}], got {tensor.dtype} "
                + $"[{string.Join("; ", tensor.shape)}].", name);
        return tensor.Pointer();
    }

    private static unsafe bool IsFiniteAt(nint address, int count) =>
        FiniteNumbers.All(new ReadOnlySpan<float>((void*)address, count));
}
