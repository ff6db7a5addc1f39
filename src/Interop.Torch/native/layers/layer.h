// The three products of a dense layer by the kernels of product.h. Two-dimensional tensors in main memory;
// x is float or bfloat16, which decides the arithmetic; weight is float, in either memory order.
#pragma once
#include <ATen/ATen.h>
#include "kernels/product.h"

namespace mt {

// Whether they can: types, strides and sizes fit, the processor has the instructions, and the caller
// computes on one thread, as these kernels do.
bool own_products(const at::Tensor& x, const at::Tensor& weight);

bool is_short(const at::Tensor& t);

// A right operand of product_f32, m [inner, columns] itself or its elements in rows; of product_bf16, pairs of neighbours.
at::Tensor rows_of(const at::Tensor& m);
at::Tensor pairs_of(const at::Tensor& m);

// to = left right, or leftᵀ right if turned, for operands that lie as product.h wants them.
Product product(int64_t rows, int64_t columns, const at::Tensor& left, bool turned, const at::Tensor& right, const at::Tensor& to);
void multiply(const Product& product, bool rounded);

// y [n, out] = x [n, in] weightᵀ + bias, cut at 0 where relu; bias is float or undefined, y float or bfloat16.
void own_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool relu, const at::Tensor& y);

// y [n] = max(0, x weightᵀ + bias) head + tail for head [out] and tail [1], float. above [n, ⌈out / 16⌉] of 16-bit
// integers becomes, bit by bit, which of the hidden results are above 0; undefined if not requested.
void own_value(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& head,
               const at::Tensor& tail, const at::Tensor& above, const at::Tensor& y);

// rows = the rows of g [n, out] that places names (undefined: all), 0 where y, if defined, is not above 0;
// sums [out] = its column sums. All without gaps; g and y alike, float or bfloat16, rows likewise, sums float.
void own_mask(const at::Tensor& g, const at::Tensor& y, const at::Tensor& places, const at::Tensor& rows, const at::Tensor& sums);

// Row places[r] of to [.., in] = row r of g weight; g has the type of x, to is float or bfloat16. The
// other rows become 0. Without places (32-bit integers, ascending, or undefined) the rows stay in order.
void own_input_gradient(const at::Tensor& g, const at::Tensor& weight, const at::Tensor& places, const at::Tensor& to);

// The activation [.., in] that a layer got from one before it, which cut it at 0, and the rows of it that
// rows of a gradient belong to (32-bit integers; undefined: all).
struct Cut {
    at::Tensor activation, places;
};

// The same for product.h, with the place for column sums.
Kept kept_of(const Cut& cut, const at::Tensor& sums);

// to [n, in] = g weight, 0 where the activation is not above 0, float or bfloat16; sums [in] = its column sums.
void own_hidden_gradient(const at::Tensor& g, const at::Tensor& weight, const Cut& cut, const at::Tensor& to, const at::Tensor& sums);

// to [out, in] = gᵀ x, float, in either memory order; g has the type of x.
void own_weight_gradient(const at::Tensor& g, const at::Tensor& x, const at::Tensor& to);

}  // namespace mt
