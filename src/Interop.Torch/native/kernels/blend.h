// Weighted sums of sets of numbers, and their gradients, for some tasks at a time, for processors with AVX-512.
//
// A set is read once for all tasks of a call. Sets are far apart, the numbers of a row of each are adjacent.
#pragma once
#include <cstdint>

namespace mt {

// Most tasks of one call.
constexpr int64_t BlendedTasks = 12;

// The same part of each set: some columns of some rows.
struct BlendedSets {
    int64_t tasks, sets;         // tasks <= BlendedTasks
    int64_t rows, columns;
    const float* coefficients;   // [tasks, sets]
    const float* first;          // the part of the first set
    int64_t row_stride, stride;  // between rows of a set, and between sets
};

// to [tasks, rows, columns], with a distance of to_stride between tasks: origin + Σ coefficient set. The rows of
// origin are as far apart as those of a set; null: 0.
void blend_f32(const BlendedSets& blended, const float* origin, float* to, int64_t to_stride);

// Gradients of whole rows (columns is row_stride). With `starts` they replace what is there, else they add to it; with
// `ends` nothing will be added to them.
struct BlendedGradients {
    const float* of_sum;  // [tasks, rows, columns], with a distance of stride between tasks
    int64_t stride;
    bool starts, ends;
    float* of_first;   // of the first set, with the stride of the sets; null: none
    float* of_origin;  // [rows, columns] or null
    float* dots;       // [tasks, sets, 16], added to: of_sum times set, over every sixteenth number; null: none
};
void blend_gradient_f32(const BlendedSets& blended, const BlendedGradients& gradients);

}  // namespace mt
