// What other files need of dense.cpp.
#pragma once
#include <ATen/ATen.h>

namespace mt {

// One recorded layer, see dense.cpp.
at::Tensor dense(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool relu, at::ScalarType type);

// Rows of g that are not all zero (32-bit integers), if there are so few that leaving out the others pays; else
// undefined. g: two dimensions without gaps, in main memory.
at::Tensor few_rows(const at::Tensor& g);

}  // namespace mt
