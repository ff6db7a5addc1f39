using System.Numerics;

namespace MtrlFunctional.Environments;

/// <summary>Indices as one-hot vectors: tasks in observations, choices as actions.</summary>
internal static class OneHot
{
    /// <summary>Writes 1 in the column of a task and 0 in all others.</summary>
    internal static void Write<T>(Span<T> columns, int task)
        where T : struct, INumberBase<T>
    {
        columns.Clear();
        columns[task] = T.One;
    }

    /// <summary>The index of the largest number of a row; of equal numbers the first.</summary>
    internal static int IndexOfLargest(ReadOnlySpan<float> row)
    {
        var index = 0;
        for (var i = 1; i < row.Length; i++)
        {
            if (row[i] > row[index])
                index = i;
        }

        return index;
    }

    /// <summary>The index of the only 1 of a row.</summary>
    internal static int IndexOf(ReadOnlySpan<float> row)
    {
        var index = -1;
        for (var i = 0; i < row.Length; i++)
        {
            if (row[i] == 0)
                continue;
            if (row[i] != 1 || index >= 0)
                index = row.Length;
            else
                index = i;
        }

        return (uint)index < (uint)row.Length
            ? index
            : throw new ArgumentException(
                $"An action of {row.Length} choices is a row with one 1 and else 0, got [{string.Join(", ", row.ToArray())}].", nameof(row));
    }
}
