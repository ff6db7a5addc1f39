namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        /// <summary>Sum of all elements.</summary>
        public Tensor sum() => Native.mt_sum(this);

        /// <summary>Sum over a dimension.</summary>
        public Tensor sum(long dim, bool keepdim = false) => Native.mt_sum_over(this, dim, Flag(keepdim));

        /// <summary>Mean of all elements.</summary>
        public Tensor mean() => Native.mt_mean(this);

        /// <summary>Mean over one dimension.</summary>
        public Tensor mean(long[] dimensions, bool keepdim = false) =>
            Native.mt_mean_over(this, One(dimensions), Flag(keepdim));

        /// <summary>Largest elements over one dimension; ties share the gradient.</summary>
        public Tensor amax(long[] dims, bool keepdim = false) => Native.mt_amax_over(this, One(dims), Flag(keepdim));

        /// <summary>Indices of the largest elements over a dimension, 64-bit; of equal ones the first.</summary>
        public Tensor argmax(long dim, bool keepdim = false) => Native.mt_argmax(this, dim, Flag(keepdim));

        /// <summary>exp x / Σ exp x over a dimension.</summary>
        public Tensor softmax(long dim) => Native.mt_softmax(this, dim);

        /// <summary>Logarithm of <see cref="softmax"/>, without overflow.</summary>
        public Tensor log_softmax(long dim) => Native.mt_log_softmax(this, dim);

        /// <summary>(Σ |x|^p)^(1/p) over all elements.</summary>
        public Tensor norm(float p = 2.0f) => Native.mt_norm(this, p);

        private static int Flag(bool value) => value ? 1 : 0;

        private static long One(long[] dimensions) =>
            dimensions.Length == 1
                ? dimensions[0]
                : throw new ArgumentException("This binding reduces over one dimension at a time.", nameof(dimensions));
    }
}
