// The rows of a batch with a nonzero gradient, by task, and products over the rows of each task.
#pragma once
#include <vector>
#include "layers/dense.h"
#include "layers/layer.h"

namespace mt {

struct LiveRows {
    at::Tensor row_indices;      // indices of the live rows in the batch; undefined: all rows
    std::vector<int64_t> first;  // offset of each task's live rows; then their total

    void find(const at::Tensor& g, int64_t tasks) {
        const auto each = g.size(0) / tasks;
        row_indices = nonzero_rows(g);
        for (int64_t t = 0, row = 0; t <= tasks; ++t) {
            while (row_indices.defined() && row < row_indices.size(0) && row_indices.data_ptr<int32_t>()[row] < t * each) ++row;
            first.push_back(row_indices.defined() ? row : t * each);
        }
    }

    int64_t tasks() const { return static_cast<int64_t>(first.size()) - 1; }
    int64_t rows() const { return first.back(); }
    int64_t rows(int64_t task) const { return first[task + 1] - first[task]; }
    at::Tensor live(const at::Tensor& x) const { return row_indices.defined() ? x.index_select(0, row_indices) : x; }
    const int32_t* live_row_indices() const { return row_indices.defined() ? row_indices.data_ptr<int32_t>() : nullptr; }

    // A product whose right operand (and second one) differs by task, with `right` (and `second`) rows per task.
    void by_rows(Product p, int64_t right, int64_t second, bool rounded) const {
        const auto advance = [](const void* from, int64_t bytes) { return static_cast<const char*>(from) + bytes; };
        for (int64_t t = 0; t < tasks(); ++t) {
            Product q = p;
            const auto row = first[t];
            q.rows = rows(t);
            q.left = advance(p.left, 4 * row * p.left_stride);
            q.right = advance(p.right, 4 * t * right * p.right_stride);
            if (p.second.inner > 0) {
                q.second.left = advance(p.second.left, 4 * row * p.second.left_stride);
                q.second.right = advance(p.second.right, 4 * t * second * p.second.right_stride);
            }
            if (p.row_indices) q.row_indices = p.row_indices + row;
            else q.result = const_cast<char*>(advance(p.result, (p.result_bf16 ? 2 : 4) * row * p.result_stride));
            if (p.relu_mask.row_indices) q.relu_mask.row_indices = p.relu_mask.row_indices + row;
            else if (p.relu_mask.data) q.relu_mask.data = advance(p.relu_mask.data, (p.relu_mask.is_bf16 ? 2 : 4) * row * p.relu_mask.stride);
            multiply(q, rounded);
        }
    }

    // to [tasks, a, b] = leftᵀ right over the rows of each task.
    void by_inner(const at::Tensor& left, const at::Tensor& right, const at::Tensor& to) const {
        for (int64_t t = 0; t < tasks(); ++t) {
            auto l = left.narrow(0, first[t], rows(t)), r = right.narrow(0, first[t], rows(t));
            const bool rounded = is_bf16(left);
            multiply(product(left.size(1), right.size(1), along(l), true, along(r), to[t]), rounded);
        }
    }

    // An operand with the inner dimension along its rows.
    static at::Tensor along(const at::Tensor& m) { return is_bf16(m) ? pairs_of(m) : m; }

    // The column sums of each task's rows, the gradient of b_t.
    void sum_by_task(const at::Tensor& from, const at::Tensor& to) const {
        const auto columns = from.size(1);
        for (int64_t t = 0; t < tasks(); ++t)
            add_rows(rows(t), columns, static_cast<const char*>(from.data_ptr()) + first[t] * columns * from.element_size(),
                     is_bf16(from), to.data_ptr<float>() + t * columns);
    }
};

}  // namespace mt
