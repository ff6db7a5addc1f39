// The rows of a batch that a gradient reaches, task by task, and what is computed over those of each task.
#pragma once
#include <vector>
#include "layers/dense.h"
#include "layers/layer.h"

namespace mt {

struct LiveRows {
    at::Tensor places;           // the row that each row computed here is; undefined: all rows
    std::vector<int64_t> first;  // of each task, the first of its rows computed here; then their number

    void find(const at::Tensor& g, int64_t tasks) {
        const auto each = g.size(0) / tasks;
        places = few_rows(g);
        for (int64_t t = 0, row = 0; t <= tasks; ++t) {
            while (places.defined() && row < places.size(0) && places.data_ptr<int32_t>()[row] < t * each) ++row;
            first.push_back(places.defined() ? row : t * each);
        }
    }

    int64_t tasks() const { return static_cast<int64_t>(first.size()) - 1; }
    int64_t rows() const { return first.back(); }
    int64_t rows(int64_t task) const { return first[task + 1] - first[task]; }
    at::Tensor live(const at::Tensor& x) const { return places.defined() ? x.index_select(0, places) : x; }
    const int32_t* live_places() const { return places.defined() ? places.data_ptr<int32_t>() : nullptr; }

    // A product whose right operand (and second one) belongs to a task, of which it has `right` (and `second`) rows.
    void by_rows(Product p, int64_t right, int64_t second, bool rounded) const {
        const auto go_on = [](const void* from, int64_t bytes) { return static_cast<const char*>(from) + bytes; };
        for (int64_t t = 0; t < tasks(); ++t) {
            Product q = p;
            const auto row = first[t];
            q.rows = rows(t);
            q.left = go_on(p.left, 4 * row * p.left_stride);
            q.right = go_on(p.right, 4 * t * right * p.right_stride);
            if (p.second.inner > 0) {
                q.second.left = go_on(p.second.left, 4 * row * p.second.left_stride);
                q.second.right = go_on(p.second.right, 4 * t * second * p.second.right_stride);
            }
            if (p.places) q.places = p.places + row;
            else q.result = const_cast<char*>(go_on(p.result, (p.result_short ? 2 : 4) * row * p.result_stride));
            if (p.kept.places) q.kept.places = p.kept.places + row;
            else if (p.kept.data) q.kept.data = go_on(p.kept.data, (p.kept.is_short ? 2 : 4) * row * p.kept.stride);
            multiply(q, rounded);
        }
    }

    // to [tasks, a, b] = leftᵀ right over the rows of each task.
    void by_inner(const at::Tensor& left, const at::Tensor& right, const at::Tensor& to) const {
        for (int64_t t = 0; t < tasks(); ++t) {
            auto l = left.narrow(0, first[t], rows(t)), r = right.narrow(0, first[t], rows(t));
            const bool rounded = is_short(left);
            multiply(product(left.size(1), right.size(1), along(l), true, along(r), to[t]), rounded);
        }
    }

    // An operand whose rows are the inner dimension.
    static at::Tensor along(const at::Tensor& m) { return is_short(m) ? pairs_of(m) : m; }

    // The column sums of each task's rows, the gradient of b_t.
    void sum_by_task(const at::Tensor& from, const at::Tensor& to) const {
        const auto columns = from.size(1);
        for (int64_t t = 0; t < tasks(); ++t)
            add_rows(rows(t), columns, static_cast<const char*>(from.data_ptr()) + first[t] * columns * from.element_size(),
                     is_short(from), to.data_ptr<float>() + t * columns);
    }
};

}  // namespace mt
