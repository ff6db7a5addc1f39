// The recorded dense layer of dense.cpp.
#pragma once
#include <ATen/ATen.h>

namespace mt {

// One recorded layer.
at::Tensor dense(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool relu, at::ScalarType type);

// 32-bit indices of the rows of g that are not all zero, if they are few enough that skipping the others is faster;
// else undefined. g: two dimensions, contiguous, in main memory.
at::Tensor nonzero_rows(const at::Tensor& g);

}  // namespace mt
