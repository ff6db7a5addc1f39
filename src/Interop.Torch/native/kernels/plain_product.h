// Products for AVX-512 or, where the processor lacks it, AVX2. Both add along the inner dimension in the same order, each product
// fused with its addition, so that results are equal bit by bit.
#pragma once
#include "kernels/product.h"

namespace mt {

// Whether this processor has the instructions of one of them.
bool has_plain_product();

// A product of floats: no relu_mask, value, row_indices or bfloat16.
void plain_product(const Product& product);

// to [columns, rows] = the transpose of from [rows, columns].
void plain_transpose(int64_t rows, int64_t columns, const float* from, int64_t from_stride, float* to);

}  // namespace mt
