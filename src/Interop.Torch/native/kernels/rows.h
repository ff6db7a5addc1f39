// Passes over the rows of a layer's result, one read and one write each; see rows.cpp.
#pragma once
#include "kernels/product.h"

namespace mt {

// data[r][c] += bias[c] where there is a bias, then max(0, .) where relu. bfloat16 is passed as its bits.
template <class T, class B>
void add_bias(int64_t rows, int64_t columns, const B* bias_or_null, bool relu, T* data);

// The rows that are not all zero, in order; returns how many. NaN is not zero.
template <class T>
int64_t live_rows(int64_t rows, int64_t columns, const T* gradient, int32_t* live);

// out[r][c] = where kept > 0: gradient, elsewhere 0; sums[c] += the column's sum. kept_or_null keeps all.
template <class T, class O, class S>
void mask_and_sum(int64_t rows, int64_t columns, const T* gradient, const T* kept_or_null, O* out, S* sums);

}  // namespace mt
