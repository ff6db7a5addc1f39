using System.Runtime.InteropServices;
using Tensor = TorchSharp.torch.Tensor;

namespace TorchSharp;

/// <summary>The functions of native/mtrl_torch.h: arithmetic, reductions, shapes, products.</summary>
internal static unsafe partial class Native
{
    [LibraryImport(Library)]
    internal static partial Tensor mt_neg(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_exp(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_log(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_tanh(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_relu(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_square(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_sqrt(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_abs(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_isfinite(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_sum(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_mean(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_contiguous(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_clone(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_detach(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_add(Tensor x, Tensor y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_sub(Tensor x, Tensor y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_mul(Tensor x, Tensor y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_div(Tensor x, Tensor y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_minimum(Tensor x, Tensor y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_maximum(Tensor x, Tensor y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_eq(Tensor x, Tensor y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_gt(Tensor x, Tensor y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_ge(Tensor x, Tensor y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_lt(Tensor x, Tensor y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_matmul(Tensor x, Tensor y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_bmm(Tensor x, Tensor y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_add_scalar(Tensor x, NativeScalar y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_mul_scalar(Tensor x, NativeScalar y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_div_scalar(Tensor x, NativeScalar y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_pow_scalar(Tensor x, NativeScalar y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_clamp_min_scalar(Tensor x, NativeScalar y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_clamp_max_scalar(Tensor x, NativeScalar y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_sum_over(Tensor x, long dimension, int keep);

    [LibraryImport(Library)]
    internal static partial Tensor mt_mean_over(Tensor x, long dimension, int keep);

    [LibraryImport(Library)]
    internal static partial Tensor mt_amax_over(Tensor x, long dimension, int keep);

    [LibraryImport(Library)]
    internal static partial Tensor mt_argmax(Tensor x, long dimension, int keep);

    [LibraryImport(Library)]
    internal static partial Tensor mt_clamp(Tensor x, NativeScalar low, NativeScalar high);

    [LibraryImport(Library)]
    internal static partial Tensor mt_layer_norm(Tensor x, Tensor gain, Tensor shift, double eps);

    [LibraryImport(Library)]
    internal static partial Tensor mt_softplus(Tensor x, double beta, double threshold);

    [LibraryImport(Library)]
    internal static partial Tensor mt_where(Tensor condition, Tensor x, Tensor y);

    [LibraryImport(Library)]
    internal static partial Tensor mt_softmax(Tensor x, long dimension);

    [LibraryImport(Library)]
    internal static partial Tensor mt_log_softmax(Tensor x, long dimension);

    [LibraryImport(Library)]
    internal static partial Tensor mt_norm(Tensor x, double p);

    [LibraryImport(Library)]
    internal static partial Tensor mt_reshape(Tensor x, long* sizes, int dimensions);

    [LibraryImport(Library)]
    internal static partial Tensor mt_expand(Tensor x, long* sizes, int dimensions);

    [LibraryImport(Library)]
    internal static partial Tensor mt_narrow(Tensor x, long dimension, long start, long length);

    [LibraryImport(Library)]
    internal static partial Tensor mt_select(Tensor x, long dimension, long index);

    [LibraryImport(Library)]
    internal static partial Tensor mt_transpose(Tensor x, long first, long second);

    [LibraryImport(Library)]
    internal static partial Tensor mt_unsqueeze(Tensor x, long dimension);

    [LibraryImport(Library)]
    internal static partial Tensor mt_squeeze(Tensor x, long dimension);

    [LibraryImport(Library)]
    internal static partial Tensor mt_cat(nint tensors, int count, long dimension);

    [LibraryImport(Library)]
    internal static partial Tensor mt_stack(nint tensors, int count, long dimension);

    [LibraryImport(Library)]
    internal static partial Tensor mt_flatten(nint tensors, int count);

    [LibraryImport(Library)]
    internal static partial Tensor mt_slice(Tensor vector, long offset, long* sizes, int dimensions);

    [LibraryImport(Library)]
    internal static partial int mt_unbind(Tensor x, long dimension, nint* entries);

    [LibraryImport(Library)]
    internal static partial Tensor mt_index_select(Tensor x, long dimension, Tensor index);

    [LibraryImport(Library)]
    internal static partial Tensor mt_dense(Tensor x, Tensor weight, Tensor? bias, int relu, int type);

    [LibraryImport(Library)]
    internal static partial Tensor mt_dense_stack(Tensor x, nint weights, nint biases, int count, ulong rounded);

    [LibraryImport(Library)]
    internal static partial Tensor mt_blended_dense(
        Tensor x, Tensor coefficients, Tensor sets, Tensor origin, Tensor bias, int relu);

    [LibraryImport(Library)]
    internal static partial Tensor mt_gru(Tensor gates, Tensor keep, Tensor start, Tensor weight, Tensor bias);

    [LibraryImport(Library)]
    internal static partial int mt_can_rollout(Tensor state);

    [LibraryImport(Library)]
    internal static partial Tensor mt_rollout(
        Tensor state, Tensor sequences, nint weights, nint biases, int count, double discount, int terminates);

    [LibraryImport(Library)]
    internal static partial Tensor mt_convolve(Tensor x, Tensor weight, Tensor bias, long stride, int relu);

    [LibraryImport(Library)]
    internal static partial Tensor mt_convolve_transposed(
        Tensor x, Tensor weight, Tensor bias, long stride, long outputPadding, int relu);

    [LibraryImport(Library)]
    internal static partial Tensor mt_convolution_stack(Tensor x, double divisor, nint weights, nint biases, int count);

    [LibraryImport(Library)]
    internal static partial Tensor mt_deconvolution_stack(Tensor x, nint weights, nint biases, int count);

    [LibraryImport(Library)]
    internal static partial int mt_can_project(Tensor x);

    [LibraryImport(Library)]
    internal static partial Tensor mt_projected(
        Tensor x, nint parameters, int parameterCount, int* layers, int count, ulong rounded, long tasks, int residual, int mix);
}
