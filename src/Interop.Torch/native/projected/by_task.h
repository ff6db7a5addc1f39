// Products that differ from task to task: the same one again and again, a task further in memory each time.
#pragma once
#include "layers/layer.h"

namespace mt {

// How many rows of the operands and of the result a task has; the bias is that of each task. A second product has the
// rows of the first on its left, and `second` on its right.
struct Stride {
    int64_t left, right, result, second = 0;
};

// The product at the first task, then at the next … of `tasks`. A product with one column takes the way for that.
inline void by_task(Product p, int64_t tasks, Stride by, bool rounded) {
    const auto go_on = [](const void* from, int64_t bytes) { return static_cast<const char*>(from) + bytes; };
    const int64_t size = p.result_short ? 2 : 4;
    for (int64_t t = 0; t < tasks; ++t) {
        if (p.columns == 1 && !rounded && !p.adds && !p.left_turned && p.second.inner == 0 && !p.kept.data) column_f32(p);
        else multiply(p, rounded);
        p.left = go_on(p.left, 4 * by.left * p.left_stride);
        p.right = go_on(p.right, 4 * by.right * p.right_stride);
        p.second.left = go_on(p.second.left, 4 * by.left * p.second.left_stride);
        p.second.right = go_on(p.second.right, 4 * by.second * p.second.right_stride);
        p.result = const_cast<char*>(go_on(p.result, size * by.result * p.result_stride));
        if (p.bias) p.bias += p.columns;
    }
}

// A right operand in the arithmetic of a layer.
inline at::Tensor right_of(const at::Tensor& m, bool rounded) { return rounded ? pairs_of(m) : rows_of(m); }

// left right, added to another product.
inline Second second_of(const at::Tensor& left, const at::Tensor& right) {
    return {left.data_ptr(), is_short(left) ? left.stride(0) / 2 : left.stride(0), right.data_ptr(), right.stride(0), right.size(0)};
}

}  // namespace mt
