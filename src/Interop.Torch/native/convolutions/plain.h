// Convolutions by libtorch.
#pragma once
#include <ATen/ATen.h>

namespace mt {

// x [n, in, h, w], weight [out, in, k, k].
at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t stride);

// x [n, in, h, w], weight [in, out, k, k].
at::Tensor transposed_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t stride,
                                  int64_t output_padding);

}  // namespace mt
