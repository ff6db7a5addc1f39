using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Reductions. <c>keep</c> leaves the dimension with size 1; -1 is the last dimension.</content>
public static partial class Ops
{
    /// <summary>Sum of all elements, shape [].</summary>
    public static Tensor Sum(Tensor x) => x.sum();

    /// <summary>Sum over a dimension.</summary>
    public static Tensor SumDim(Tensor x, long dimension, bool keep) => x.sum(dimension, keep);

    /// <summary>Mean of all elements, shape [].</summary>
    public static Tensor Mean(Tensor x) => x.mean();

    /// <summary>Mean over a dimension.</summary>
    public static Tensor MeanDim(Tensor x, long dimension, bool keep) => x.mean([dimension], keep);

    /// <summary>Largest elements over a dimension; ties share the gradient.</summary>
    public static Tensor AmaxDim(Tensor x, long dimension, bool keep) => x.amax([dimension], keep);

    /// <summary>Indices of the largest elements over a dimension, 64-bit; of equal ones the first.</summary>
    public static Tensor Argmax(Tensor x, long dimension, bool keep) => x.argmax(dimension, keep);

    /// <summary>exp x / Σ exp x over a dimension.</summary>
    public static Tensor Softmax(Tensor x, long dimension) => x.softmax(dimension);

    /// <summary>Logarithm of the softmax over a dimension, without overflow.</summary>
    public static Tensor LogSoftmax(Tensor x, long dimension) => x.log_softmax(dimension);

    /// <summary>Euclidean norm of all elements, shape [].</summary>
    public static Tensor Norm(Tensor x) => x.norm();
}
