// The three products of a dense layer by the kernels of product.h. Two-dimensional tensors in main memory;
// x is float or bfloat16, which decides the arithmetic; weight is float, in either memory order.
#pragma once
#include <ATen/ATen.h>
#include "kernels/product.h"

namespace mt {

// Whether the kernels apply: types, strides and sizes fit, the processor has the instructions, and libtorch is set
// to one thread, as these kernels use one.
bool has_layer_kernels(const at::Tensor& x, const at::Tensor& weight);

bool is_bf16(const at::Tensor& t);

// The right operand of product_f32 (m [inner, columns], copied to row-major order if needed) and of product_bf16 (pairs).
at::Tensor rows_of(const at::Tensor& m);
at::Tensor pairs_of(const at::Tensor& m);

// to = left right, or leftᵀ right if transposed, for operands in the layout of product.h.
Product product(int64_t rows, int64_t columns, const at::Tensor& left, bool transposed, const at::Tensor& right, const at::Tensor& to);
void multiply(const Product& product, bool rounded);

// y [n, out] = x [n, in] weightᵀ + bias, with ReLU if relu; bias is float or undefined, y float or bfloat16.
void layer_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool relu, const at::Tensor& y);

// y [n] = max(0, x weightᵀ + bias) head + tail for head [out] and tail [1], float. above [n, ⌈out / 16⌉] of 16-bit
// integers: output, one bit for each hidden result above 0; undefined if not requested.
void value_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& head,
               const at::Tensor& tail, const at::Tensor& above, const at::Tensor& y);

// rows = the rows row_indices (undefined: all) of g [n, out], 0 where y, if defined, is not above 0;
// sums [out] = its column sums. All contiguous; g and y alike, float or bfloat16, rows likewise, sums float.
void relu_mask_backward(const at::Tensor& g, const at::Tensor& y, const at::Tensor& row_indices, const at::Tensor& rows,
                        const at::Tensor& sums);

// Row row_indices[r] of to [.., in] = row r of g weight; g has the type of x, to is float or bfloat16. The
// other rows become 0. Without row_indices (32-bit integers, ascending, or undefined) the rows stay in order.
void layer_input_gradient(const at::Tensor& g, const at::Tensor& weight, const at::Tensor& row_indices, const at::Tensor& to);

// The input [.., in] of a layer, a result of ReLU, and the row of it for each row of a gradient (32-bit integers;
// undefined: the same row).
struct MaskedActivation {
    at::Tensor activation, row_indices;
};

// The same for product.h, with the output for column sums.
ReluMask relu_mask_of(const MaskedActivation& masked, const at::Tensor& sums);

// to [n, in] = g weight, 0 where the activation is not above 0, float or bfloat16; sums [in] = its column sums.
void layer_hidden_gradient(const at::Tensor& g, const at::Tensor& weight, const MaskedActivation& masked, const at::Tensor& to,
                           const at::Tensor& sums);

// to [out, in] = gᵀ x, float, in either memory order; g has the type of x.
void layer_weight_gradient(const at::Tensor& g, const at::Tensor& x, const at::Tensor& to);

}  // namespace mt
