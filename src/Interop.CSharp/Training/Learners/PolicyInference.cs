using System.Numerics;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Computes the actions of tasks: observations become rows, with a one-hot task id if the policy uses
/// one.</summary>
internal static class PolicyInference
{
    /// <summary>Computes the actions of any number of tasks.</summary>
    /// <remarks>Evaluated in batches of the number of trained tasks; the last batch is padded with zeros.</remarks>
    /// <param name="policy">Maps rows of the given shape to actions.</param>
    /// <param name="shape">[groups; rows; numbers]: groups × rows is the number of trained tasks; columns after the
    /// observation are the task id.</param>
    /// <param name="actionSize">Numbers of an action.</param>
    /// <param name="observations">[n * observations], task by task.</param>
    /// <param name="actions">[n * actions], filled; each in [−1, 1].</param>
    /// <param name="places">The row of each task, at most one task for a row; null: in order.</param>
    internal static void Act(
        Func<Tensor, Tensor> policy,
        long[] shape,
        int actionSize,
        ObservationRows observations,
        Span<float> actions,
        int[]? places = null)
    {
        var tasks = (int)(shape[0] * shape[1]);
        var count = actions.Length / actionSize;
        var width = observations.Length / Math.Max(1, count);
        for (var first = 0; first < count; first += tasks)
        {
            var batch = Math.Min(tasks, count - first);
            using var scope = torch.NewDisposeScope();
            var rows = torch.zeros(shape, observations.IsBytes ? ScalarType.Byte : ScalarType.Float32, Libtorch.Cpu);
            var part = observations.Slice(first * width, batch * width);
            if (part.IsBytes)
                Fill(rows.Span<byte>(), (int)shape[2], part.Memory, width, places);
            else
                Fill(rows.Span<float>(), (int)shape[2], MemoryMarshal.Cast<byte, float>(part.Memory), width, places);
            var result = (OwnParts.Run("actions", () => policy(rows))).ToFloats();
            for (var task = 0; task < batch; task++)
            {
                var row = (places?[task] ?? task) * actionSize;
                for (var k = 0; k < actionSize; k++)
                    actions[((first + task) * actionSize) + k] = Math.Clamp(result[row + k], -1f, 1f);
            }
        }
    }

    private static void Fill<T>(Span<T> rows, int size, ReadOnlySpan<T> observations, int width, int[]? places)
        where T : struct, INumberBase<T>
    {
        for (var task = 0; task < observations.Length / width; task++)
        {
            var place = places?[task] ?? task;
            var row = rows.Slice(place * size, size);
            observations.Slice(task * width, width).CopyTo(row);
            if (size > width)
                OneHot.Write(row[width..], place);
        }
    }
}
