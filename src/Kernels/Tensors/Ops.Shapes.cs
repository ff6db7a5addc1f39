using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Shapes and selection. Views share memory with their source; gradients flow through all.</content>
public static partial class Ops
{
    /// <summary>Sizes of all dimensions.</summary>
    public static long[] Shape(Tensor x) => x.shape;

    /// <summary>Size of a dimension; -1 is the last.</summary>
    public static long Size(Tensor x, int dimension)
    {
        var shape = x.shape;
        return shape[dimension < 0 ? shape.Length + dimension : dimension];
    }

    /// <summary>Number of elements.</summary>
    public static long Count(Tensor x) => x.numel();

    /// <summary>The same elements in another shape; -1 is inferred from the others. A view where possible.</summary>
    public static Tensor Reshape(Tensor x, long[] shape) => x.reshape(shape);

    /// <summary>A view of <paramref name="length"/> entries of a dimension.</summary>
    public static Tensor Narrow(Tensor x, long dimension, long start, long length) => x.narrow(dimension, start, length);

    /// <summary>A view of one entry of a dimension, without that dimension.</summary>
    public static Tensor Select(Tensor x, long dimension, long index) => x.select(dimension, index);

    /// <summary>Views of all entries of a dimension, without that dimension. Their gradients are joined in one copy, those
    /// of <see cref="Select"/> are summed.</summary>
    public static Tensor[] Unbind(Tensor x, int dimension) => x.unbind(dimension);

    /// <summary>A view with two dimensions exchanged.</summary>
    public static Tensor Transpose(Tensor x, long first, long second) => x.transpose(first, second);

    /// <summary>A view that repeats dimensions of size 1; -1 leaves a dimension as it is.</summary>
    public static Tensor Expand(Tensor x, long[] shape) => x.expand(shape);

    /// <summary>Concatenates tensors along a dimension.</summary>
    public static Tensor Cat(Tensor[] tensors, long dimension) =>
        // TorchSharp's of one tensor is that tensor.
        tensors.Length == 1 ? tensors[0].clone() : torch.cat(tensors, dimension);

    /// <summary>Stacks tensors along a new dimension.</summary>
    public static Tensor Stack(Tensor[] tensors, long dimension) => torch.stack(tensors, dimension);

    /// <summary>A view with a new dimension of size 1.</summary>
    public static Tensor Unsqueeze(Tensor x, long dimension) => x.unsqueeze(dimension);

    /// <summary>A view without the dimension, if its size is 1.</summary>
    public static Tensor Squeeze(Tensor x, long dimension) => x.squeeze(dimension);

    /// <summary>The same elements in contiguous memory; a copy only where needed.</summary>
    public static Tensor Contiguous(Tensor x) => x.contiguous();

    /// <summary>A copy.</summary>
    public static Tensor Clone(Tensor x) => x.clone();

    /// <summary>Entries of a dimension by index (64-bit integers, shape [n]).</summary>
    public static Tensor IndexSelect(Tensor x, long dimension, Tensor index) => x.index_select(dimension, index);
}
