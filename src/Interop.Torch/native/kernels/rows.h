// Elementwise passes over the rows of a layer's result, one read and one write each; see rows.cpp.
#pragma once
#include "kernels/product.h"

namespace mt {

// data[r][c] += bias[c] where there is a bias, then max(0, .) where relu. bfloat16 is passed as its bits.
template <class T, class B>
void add_bias(int64_t rows, int64_t columns, const B* bias_or_null, bool relu, T* data);

// Indices of the rows that are not all zero, ascending; returns their number. NaN is not zero.
template <class T>
int64_t live_rows(int64_t rows, int64_t columns, const T* gradient, int32_t* live);

// Whether so few rows are live that leaving out the others is faster.
inline bool leaves_out(int64_t rows, int64_t live) { return live <= rows * 7 / 8; }

// out[r][c] = gradient where activation > 0, elsewhere 0 (null: no mask); sums[c] += the column sum of out.
template <class T, class O, class S>
void mask_and_sum(int64_t rows, int64_t columns, const T* gradient, const T* activation_or_null, O* out, S* sums);

}  // namespace mt
