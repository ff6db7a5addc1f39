// Products per task: one product repeated with operands offset by a task.
#pragma once
#include "layers/layer.h"

namespace mt {

// Rows of the operands and of the result per task; the bias is per task. The second product has the left rows of the
// first, and `second` right rows.
struct Stride {
    int64_t left, right, result, second = 0;
};

// The product of each of `tasks`, starting at the first. A product with one column uses column_f32.
inline void by_task(Product p, int64_t tasks, Stride by, bool rounded) {
    const auto advance = [](const void* from, int64_t bytes) { return static_cast<const char*>(from) + bytes; };
    const int64_t size = p.result_bf16 ? 2 : 4;
    for (int64_t t = 0; t < tasks; ++t) {
        if (p.columns == 1 && !rounded && !p.accumulates && !p.left_transposed && p.second.inner == 0 && !p.relu_mask.data) column_f32(p);
        else multiply(p, rounded);
        p.left = advance(p.left, 4 * by.left * p.left_stride);
        p.right = advance(p.right, 4 * by.right * p.right_stride);
        p.second.left = advance(p.second.left, 4 * by.left * p.second.left_stride);
        p.second.right = advance(p.second.right, 4 * by.second * p.second.right_stride);
        p.result = const_cast<char*>(advance(p.result, size * by.result * p.result_stride));
        if (p.bias) p.bias += p.columns;
    }
}

// A right operand in the precision of a layer.
inline at::Tensor right_of(const at::Tensor& m, bool rounded) { return rounded ? pairs_of(m) : rows_of(m); }

// left right, accumulated with another product.
inline Second second_of(const at::Tensor& left, const at::Tensor& right) {
    return {left.data_ptr(), is_bf16(left) ? left.stride(0) / 2 : left.stride(0), right.data_ptr(), right.stride(0), right.size(0)};
}

}  // namespace mt
