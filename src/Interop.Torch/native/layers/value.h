// Gradients of y = max(0, x weightᵀ + bias) head + tail, a layer and the one number made of it, as `own_value`
// of layer.h computes it.
//
// The gradient of the hidden layer is g ⊗ head, 0 where the hidden result was: of its products with weight and
// x remain sums of the rows that a bit each chooses, which tables give at half the cost or less. The hidden
// results themselves are not needed again, so they are not stored.
//
// weight [out, in] float in columns (as `layer.h` has it), x [n, in] float or bfloat16, above as there,
// g [n] float, head [out].
#pragma once
#include "layers/layer.h"

namespace mt {

// The gradient of x in the rows that places names (undefined: all): row r of `to` for places[r], or, without a
// cut, for row places[r] itself. With a cut: 0 where it says so, and sums [in] = the column sums.
void value_input_gradient(const at::Tensor& g, const at::Tensor& places, const at::Tensor& above, const at::Tensor& weight,
                          const at::Tensor& head, const Cut* cut, const at::Tensor& to, const at::Tensor& sums);

// Gradients of the parameters, in their shapes (to_weight [in, out] without gaps).
struct ValueGradients {
    at::Tensor weight, bias, head, tail;
};
void value_weight_gradient(const at::Tensor& g, const at::Tensor& x, const at::Tensor& above, const at::Tensor& weight,
                           const at::Tensor& bias, const at::Tensor& head, const ValueGradients& to);

}  // namespace mt
