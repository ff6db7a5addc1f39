namespace MtrlFunctional.Physics;

/// <summary>All numbers of the engine's model by name, for comparison with recorded numbers.</summary>
public sealed unsafe partial class Model
{
    /// <summary>A size, an option or a statistic of the model.</summary>
    /// <param name="field">As in <c>mjModel</c>: "nq", "opt.gravity", "stat.extent".</param>
    /// <returns>A copy; null where this engine has no such field.</returns>
    public double[]? Field(string field)
    {
        if (!Layout.Fields.TryGetValue(field, out var found))
            return null;
        var numbers = new double[found.Count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = found.Kind == ArrayKind.Int32 ? ((int*)(Handle + found.At))[i] : ((double*)(Handle + found.At))[i];
        return numbers;
    }

    /// <summary>Names of all arrays that <see cref="Numbers"/> returns.</summary>
    public static IReadOnlyCollection<string> Arrays => Layout.Arrays.Keys;

    /// <summary>An array of the engine's model, whatever its element type.</summary>
    /// <param name="array">Name of the array in <c>mjModel</c>, for example "geom_rgba".</param>
    /// <returns>A copy, row by row; null where this engine has no such array.</returns>
    public double[]? Numbers(string array) =>
        !Layout.Arrays.TryGetValue(array, out var found) ? null : found.Kind switch
        {
            ArrayKind.Float64 => Doubles(array).ToArray(),
            ArrayKind.Float32 => System.Array.ConvertAll(Floats(array).ToArray(), x => (double)x),
            ArrayKind.Int32 => System.Array.ConvertAll(Ints(array).ToArray(), x => (double)x),
            _ => System.Array.ConvertAll(Bytes(array).ToArray(), x => (double)x),
        };

    /// <summary>Whether an array of the engine's model holds numbers in single precision.</summary>
    /// <param name="array">Name of the array in <c>mjModel</c>.</param>
    /// <returns>False also for unknown arrays.</returns>
    public static bool IsSingle(string array) =>
        Layout.Arrays.TryGetValue(array, out var found) && found.Kind == ArrayKind.Float32;
}

/// <summary>Element type of an array of the model.</summary>
internal enum ArrayKind
{
    Byte,
    Int32,
    Float32,
    Float64,
}

/// <summary>Location of an array of the engine's model: byte offsets into <c>mjModel</c>.</summary>
/// <param name="PointerAt">Offset of the pointer.</param>
/// <param name="Kind">Element type.</param>
/// <param name="RowsAt">Offset of the size that counts its rows.</param>
/// <param name="Columns">Elements a row.</param>
internal readonly record struct ModelArray(int PointerAt, ArrayKind Kind, int RowsAt, int Columns);

/// <summary>Location of a number, or a few, in the engine's model itself: a size, an option, a statistic. A byte offset into
/// <c>mjModel</c>.</summary>
internal readonly record struct ModelField(int At, ArrayKind Kind, int Count);
