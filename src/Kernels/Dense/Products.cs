using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Products of matrices.</summary>
public static class Products
{
    /// <summary>Matrix product of the last two dimensions, the others broadcast.</summary>
    /// <remarks>TorchSharp's <c>matmul</c> lets exceptions of libtorch end the process.</remarks>
    /// <exception cref="ExternalException">The shapes do not fit.</exception>
    public static Tensor MatMul(Tensor x, Tensor y)
    {
        long[] left = x.shape, right = y.shape;
        if (left.Length == 2 && right.Length == 2)
            return x.mm(y);
        if (left.Length == 3 && right.Length == 3 && left[0] == right[0])
            return x.bmm(y);
        if (left.Length < 2 || right.Length < 2)
            throw new ExternalException($"[{string.Join(", ", left)}] and [{string.Join(", ", right)}] are not both matrices.");
        if (right.Length == 2)
            return x.reshape(-1, left[^1]).mm(y).reshape([.. left[..^1], right[1]]);
        var count = Math.Max(left.Length, right.Length) - 2;
        long Size(long[] shape, int i) => i + shape.Length - 2 - count is >= 0 and var at ? shape[at] : 1;
        long[] batch = [.. Enumerable.Range(0, count).Select(i => Size(left, i) == 1 ? Size(right, i) : Size(left, i))];
        Tensor Spread(Tensor z, long[] shape) => z.expand([.. batch, .. shape[^2..]]).reshape(-1, shape[^2], shape[^1]);
        return Spread(x, left).bmm(Spread(y, right)).reshape([.. batch, left[^2], right[^1]]);
    }
}
