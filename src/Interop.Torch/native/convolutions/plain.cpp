// Convolutions without padding, and their transposes, by libtorch: y = x ∗ weight + bias, with or without a ReLU.
//
// On the CPU images are in channels-last order, in which the kernels of oneDNN are faster forward and backward; shapes are
// [n, channels, height, width] in any order. libtorch has no fast transposed convolution for the CPU: one with stride 1
// is computed as a convolution of an image with borders. Stacks of convolutions are faster still: frames.cpp.
#include "convolutions/plain.h"
#include "support.h"

using namespace mt;

namespace {

at::Tensor ordered(const at::Tensor& t) { return t.is_cpu() ? t.contiguous(at::MemoryFormat::ChannelsLast) : t; }

// In place: a convolution keeps its operands for backward, not its result.
at::Tensor activated(at::Tensor y, bool relu) { return relu ? y.relu_() : y; }

}  // namespace

namespace mt {

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t stride) {
    return at::conv2d(ordered(x), ordered(weight), bias, stride);
}

at::Tensor transposed_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t stride,
                                  int64_t output_padding) {
    if (!x.is_cpu() || stride > 1) return at::conv_transpose2d(ordered(x), ordered(weight), bias, stride, 0, output_padding);
    TORCH_CHECK(output_padding == 0, "output padding must be below the stride");
    return at::conv2d(ordered(x), ordered(weight.transpose(0, 1).flip({2, 3})), bias, 1, weight.size(2) - 1);
}

}  // namespace mt

mt_tensor mt_convolve(mt_tensor x, mt_tensor weight, mt_tensor bias, int64_t stride, int32_t relu) {
    return make([&] { return activated(convolution(tensor(x), tensor(weight), tensor(bias), stride), relu != 0); });
}

mt_tensor mt_convolve_transposed(mt_tensor x, mt_tensor weight, mt_tensor bias, int64_t stride, int64_t output_padding,
                                 int32_t relu) {
    return make([&] {
        return activated(transposed_convolution(tensor(x), tensor(weight), tensor(bias), stride, output_padding), relu != 0);
    });
}
