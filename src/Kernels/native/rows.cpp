// What follows a dense layer's product, and its gradient, each in one pass over memory, where tensor operations take two and four.
#include <algorithm>
#include "clones.h"
#include "mtrl_kernels.h"

// Columns whose sums stay in the L1 cache.
static constexpr int64_t block = 512;

MT_CLONES static void masked(int64_t n, const float* __restrict y, const float* __restrict g, float* __restrict to,
                             float* __restrict sums) {
    for (int64_t c = 0; c < n; ++c) {
        const float x = y[c] > 0.0f ? g[c] : 0.0f;
        to[c] = x;
        sums[c] += x;
    }
}

MT_CLONES static void added(int64_t n, const float* __restrict bias, float* __restrict y) {
    for (int64_t c = 0; c < n; ++c) y[c] += bias[c];
}

// NaN stays.
MT_CLONES static void cut(int64_t n, const float* __restrict bias, float* __restrict y) {
    for (int64_t c = 0; c < n; ++c) {
        const float x = y[c] + bias[c];
        y[c] = x < 0.0f ? 0.0f : x;
    }
}

void mt_add_bias_f32(int64_t count, int64_t rows, int64_t columns, const float* bias, int32_t relu, float* y) {
    for (int64_t i = 0; i < count * rows; ++i) (relu ? cut : added)(columns, bias + i / rows * columns, y + i * columns);
}

static void relu_gradient(int64_t rows, int64_t columns, const float* y, const float* g, float* to, float* sums) {
    std::fill_n(sums, columns, 0.0f);
    // Partial sums of 32 rows: the error grows with the number of groups, not of rows.
    float part[block];
    for (int64_t first = 0; first < columns; first += block) {
        const int64_t n = std::min(block, columns - first);
        for (int64_t r = 0; r < rows; r += 32) {
            std::fill_n(part, n, 0.0f);
            for (int64_t i = r; i < rows && i < r + 32; ++i) {
                const int64_t at = i * columns + first;
                masked(n, y + at, g + at, to + at, part);
            }
            for (int64_t c = 0; c < n; ++c) sums[first + c] += part[c];
        }
    }
}

void mt_relu_gradient_f32(int64_t count, int64_t rows, int64_t columns, const float* y, const float* g, float* to, float* sums) {
    for (int64_t i = 0; i < count; ++i) {
        const int64_t at = i * rows * columns;
        relu_gradient(rows, columns, y + at, g + at, to + at, sums + i * columns);
    }
}
