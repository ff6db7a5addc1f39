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

        /// <summary>Smallest element.</summary>
        public Tensor min() => Native.mt_min(this);

        /// <summary>Largest element.</summary>
        public Tensor max() => Native.mt_max(this);

        /// <summary>Smallest elements over one dimension; ties share the gradient.</summary>
        public Tensor amin(long[] dims, bool keepdim = false) => Native.mt_amin_over(this, One(dims), Flag(keepdim));

        /// <summary>Largest elements over one dimension; ties share the gradient.</summary>
        public Tensor amax(long[] dims, bool keepdim = false) => Native.mt_amax_over(this, One(dims), Flag(keepdim));

        /// <summary>Place of the largest element of a dimension.</summary>
        public Tensor argmax(long dim, bool keepdim = false) => Native.mt_argmax_over(this, dim, Flag(keepdim));

        /// <summary>Standard deviation over a dimension; unbiased divides by n - 1.</summary>
        public Tensor std(long dim, bool unbiased = true, bool keepdim = false) =>
            Native.mt_std_over(this, dim, Flag(unbiased), Flag(keepdim));

        /// <summary>log Σ exp over a dimension, without overflow.</summary>
        public Tensor logsumexp(long dim, bool keepdim = false) => Native.mt_logsumexp_over(this, dim, Flag(keepdim));

        /// <summary>exp x / Σ exp x over a dimension.</summary>
        public Tensor softmax(long dim) => Native.mt_softmax(this, dim);

        /// <summary>Logarithm of <see cref="softmax"/>, without overflow.</summary>
        public Tensor log_softmax(long dim) => Native.mt_log_softmax(this, dim);

        /// <summary>Running sum over a dimension.</summary>
        public Tensor cumsum(long dim) => Native.mt_cumsum(this, dim);

        /// <summary>(Σ |x|^p)^(1/p) over all elements.</summary>
        public Tensor norm(float p = 2.0f) => Native.mt_norm(this, p);

        private static int Flag(bool value) => value ? 1 : 0;

        private static long One(long[] dimensions) =>
            dimensions.Length == 1
                ? dimensions[0]
                : throw new ArgumentException("This binding reduces over one dimension at a time.", nameof(dimensions));
    }
}
