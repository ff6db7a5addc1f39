// The plain products of plain_product.h for AVX2.
#pragma once
#include "kernels/product.h"

namespace mt {

// Whether this processor has the instructions.
bool has_product_avx2();

void product_avx2(const Product& product);
void transpose_avx2(int64_t rows, int64_t columns, const float* from, int64_t from_stride, float* to);

}  // namespace mt
