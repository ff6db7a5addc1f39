using System.Numerics;

namespace MtrlFunctional.Environments;

/// <summary>Task columns of an observation: the index of a task as a one-hot vector.</summary>
internal static class OneHot
{
    /// <summary>Writes 1 in the column of a task and 0 in all others.</summary>
    /// <param name="columns">Shape [tasks], filled.</param>
    /// <param name="task">From 0.</param>
    internal static void Write<T>(Span<T> columns, int task)
        where T : struct, INumberBase<T>
    {
        columns.Clear();
        columns[task] = T.One;
    }
}
