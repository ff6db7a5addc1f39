// Weighted sums of sets of numbers, and their gradients, for a few tasks at a time, for processors with AVX-512.
//
// A set is read once for all tasks of a call. Sets are far apart, the numbers of each are adjacent.
#pragma once
#include <cstdint>

namespace mt {

// Tasks of one call.
constexpr int64_t BlendedTasks = 4;

// The same part of each set.
struct BlendedSets {
    int64_t tasks, sets, count;  // tasks <= BlendedTasks; count numbers of each set
    const float* coefficients;   // [tasks, sets]
    const float* first;          // the part of the first set
    int64_t stride;              // between sets
};

// to [tasks], each `count` numbers at a distance of to_stride: origin + Σ coefficient set; origin [count] or null.
void blend_f32(const BlendedSets& blended, const float* origin, float* to, int64_t to_stride);

// Gradients of one part. With `starts` they replace what is there, else they add to it.
struct BlendedGradients {
    const float* of_sum;  // [tasks], at a distance of stride
    int64_t stride;
    bool starts;
    float* of_first;   // of the first set, with the stride of the sets; null: none
    float* of_origin;  // [count] or null
    float* dots;       // [tasks, sets, 16], added to: of_sum times set, over every sixteenth number; null: none
};
void blend_gradient_f32(const BlendedSets& blended, const BlendedGradients& gradients);

}  // namespace mt
