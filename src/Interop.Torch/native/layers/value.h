// Gradients of y = max(0, x weightᵀ + bias) head + tail, a layer and a head with one output (`value_forward`
// of layer.h).
//
// The gradient of the hidden layer is g ⊗ head, 0 where the hidden result is 0. Its products with weight and x
// are therefore sums of rows selected by bits, which lookup tables give at half the cost or less. The hidden results
// themselves are not needed in backward, so they are not stored.
//
// weight [out, in] float in column-major order (as in layer.h), x [n, in] float or bfloat16, above as there,
// g [n] float, head [out].
#pragma once
#include "layers/layer.h"

namespace mt {

// The gradient of x in the rows row_indices (undefined: all). Without `masked`: row row_indices[r] of `to`. With it:
// row r of `to`, 0 where the activation is not above 0, and sums [in] = the column sums.
void value_input_gradient(const at::Tensor& g, const at::Tensor& row_indices, const at::Tensor& above, const at::Tensor& weight,
                          const at::Tensor& head, const MaskedActivation* masked, const at::Tensor& to, const at::Tensor& sums);

// Gradients of the parameters, in their shapes (weight [in, out], contiguous).
struct ValueGradients {
    at::Tensor weight, bias, head, tail;
};
void value_weight_gradient(const at::Tensor& g, const at::Tensor& x, const at::Tensor& above, const at::Tensor& weight,
                           const at::Tensor& bias, const at::Tensor& head, const ValueGradients& to);

}  // namespace mt
