// Convolutions without padding, and their transposes, by libtorch: y = x ∗ weight + bias, with or without a ReLU.
//
// On the CPU images are in channels-last order, in which the kernels of oneDNN are faster forward and backward
// (benchmarks/results); shapes are [n, channels, height, width] in any order.
#include "support.h"

using namespace mt;

namespace {

at::Tensor ordered(const at::Tensor& t) {
    return t.is_cpu() ? t.contiguous(at::MemoryFormat::ChannelsLast) : t;
}

// In place: a convolution keeps its operands for backward, not its result.
at::Tensor activated(at::Tensor y, bool relu) { return relu ? y.relu_() : y; }

}  // namespace

mt_tensor mt_convolve(mt_tensor x, mt_tensor weight, mt_tensor bias, int64_t stride, int32_t relu) {
    return make([&] {
        return activated(at::conv2d(ordered(tensor(x)), ordered(tensor(weight)), tensor(bias), stride), relu != 0);
    });
}

mt_tensor mt_convolve_transposed(mt_tensor x, mt_tensor weight, mt_tensor bias, int64_t stride, int64_t output_padding,
                                 int32_t relu) {
    return make([&] {
        auto y = at::conv_transpose2d(ordered(tensor(x)), ordered(tensor(weight)), tensor(bias), stride, 0, output_padding);
        return activated(y, relu != 0);
    });
}
