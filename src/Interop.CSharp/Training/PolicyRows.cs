using MtrlFunctional.Environments;
using MtrlFunctional.Tensors;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Asks a policy for the actions of tasks: observations become rows, with a task id where the policy sees one.</summary>
internal static class PolicyRows
{
    /// <summary>Chooses the actions of any number of tasks.</summary>
    /// <remarks>They come in groups of as many tasks as were learned, the last one filled up with zeros.</remarks>
    /// <param name="policy">Actions for rows of the given shape.</param>
    /// <param name="shape">[groups; rows; numbers]: groups × rows tasks were learned; numbers beyond the
    /// environment's are the task id.</param>
    /// <param name="actionSize">Numbers of an action.</param>
    /// <param name="observations">[n * observations], task by task.</param>
    /// <param name="actions">[n * actions], filled; each in [−1, 1].</param>
    internal static void Act(
        Func<Tensor, Tensor> policy, long[] shape, int actionSize, ReadOnlySpan<float> observations, Span<float> actions)
    {
        var tasks = (int)(shape[0] * shape[1]);
        var count = actions.Length / actionSize;
        var width = observations.Length / Math.Max(1, count);
        for (var first = 0; first < count; first += tasks)
        {
            var here = Math.Min(tasks, count - first);
            using var scope = Ops.Scope();
            var rows = Ops.Zeros(shape, Numeric.Float32, Ops.Cpu);
            Fill(Ops.Data<float>(rows), (int)shape[2], observations.Slice(first * width, here * width), width);
            var chosen = Ops.ToFloats(policy(rows));
            for (var i = 0; i < here * actionSize; i++)
                actions[(first * actionSize) + i] = Math.Clamp(chosen[i], -1f, 1f);
        }
    }

    private static void Fill(Span<float> rows, int size, ReadOnlySpan<float> observations, int width)
    {
        for (var task = 0; task < observations.Length / width; task++)
        {
            var row = rows.Slice(task * size, size);
            observations.Slice(task * width, width).CopyTo(row);
            if (size > width)
                OneHot.Write(row[width..], task);
        }
    }
}
