#include "kernels/blend.h"

#if defined(__x86_64__)
#include "kernels/product_avx512.h"

namespace {

// Numbers of the gradients of twelve tasks that stay in the first cache while all sets are read against them.
constexpr int64_t Chunk = 512;

// Into the second cache: each stream of numbers is too short for the processor to foresee.
MT_INLINE void prefetch(const float* from) { _mm_prefetch(reinterpret_cast<const char*>(from), _MM_HINT_T1); }

// Prefetch distance in rows.
constexpr int64_t RowsAhead = 2;

template <int Tasks, int Vectors>
MT_INLINE void blend_block(const mt::BlendedSets& b, const float* first, const float* origin, __mmask16 last, float* to, int64_t to_stride) {
    __m512 sums[Tasks][Vectors];
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
        const __m512 start = origin ? _mm512_maskz_loadu_ps(mask_at<Vectors>(v, last), origin + 16 * v) : _mm512_setzero_ps();
#pragma GCC unroll 16
        for (int t = 0; t < Tasks; ++t) sums[t][v] = start;
    }
    for (int64_t k = 0; k < b.sets; ++k) {
        const float* set = first + k * b.stride;
        __m512 x[Vectors];
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v) {
            x[v] = _mm512_maskz_loadu_ps(mask_at<Vectors>(v, last), set + 16 * v);
            prefetch(set + RowsAhead * b.row_stride + 16 * v);
        }
#pragma GCC unroll 16
        for (int t = 0; t < Tasks; ++t) {
            const __m512 c = _mm512_set1_ps(b.coefficients[t * b.sets + k]);
#pragma GCC unroll 8
            for (int v = 0; v < Vectors; ++v) sums[t][v] = _mm512_fmadd_ps(c, x[v], sums[t][v]);
        }
    }
#pragma GCC unroll 16
    for (int t = 0; t < Tasks; ++t)
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v) _mm512_mask_storeu_ps(to + t * to_stride + 16 * v, mask_at<Vectors>(v, last), sums[t][v]);
}

// Eight sums or more at a time hide the latency of an addition.
template <int Tasks>
void blend(const mt::BlendedSets& b, const float* origin, float* to, int64_t to_stride) {
    constexpr int Vectors = Tasks >= 4 ? 2 : 8 / Tasks;
    // Adjacent rows are one.
    const bool adjacent = b.columns == b.row_stride;
    const int64_t rows = adjacent ? 1 : b.rows, columns = adjacent ? b.rows * b.columns : b.columns;
    for (int64_t r = 0; r < rows; ++r) {
        const float *first = b.first + r * b.row_stride, *start = origin ? origin + r * b.row_stride : nullptr;
        float* row = to + r * columns;
        int64_t at = 0;
        for (; at + 16 * Vectors <= columns; at += 16 * Vectors)
            blend_block<Tasks, Vectors>(b, first + at, start ? start + at : nullptr, All, row + at, to_stride);
        for (; at < columns; at += 16)
            blend_block<Tasks, 1>(b, first + at, start ? start + at : nullptr, mask_of(columns - at), row + at, to_stride);
    }
}

template <int Tasks>
MT_INLINE void add_sums(const mt::BlendedGradients& g, int64_t from, int64_t end) {
    for (int64_t at = from; at < end; at += 16) {
        const __mmask16 mask = mask_of(end - at);
        __m512 sum = g.starts ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(mask, g.of_origin + at);
#pragma GCC unroll 16
        for (int t = 0; t < Tasks; ++t) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, g.of_sum + t * g.stride + at));
        _mm512_mask_storeu_ps(g.of_origin + at, mask, sum);
    }
}

// Numbers of all sets from which on their gradients are written past the caches: they are evicted before Adam reads them.
constexpr int64_t Large = 1 << 20;

bool streams(const mt::BlendedSets& b, const mt::BlendedGradients& g) {
    return b.sets * b.stride >= Large && g.starts && g.ends && b.stride % 16 == 0 &&
           reinterpret_cast<uintptr_t>(g.of_first) % 64 == 0;
}

// One set over one chunk: both gradients read the same numbers.
template <int Tasks, bool OfSets, bool Dots>
MT_INLINE void of_set(const mt::BlendedSets& b, const mt::BlendedGradients& g, int64_t k, int64_t from, int64_t end, bool streamed) {
    const float* set = b.first + k * b.stride;
    float* to = OfSets ? g.of_first + k * b.stride : nullptr;
    __m512 dots[Tasks], c[Tasks];
#pragma GCC unroll 16
    for (int t = 0; t < Tasks; ++t) {
        dots[t] = Dots ? _mm512_loadu_ps(g.dots + (t * b.sets + k) * 16) : _mm512_setzero_ps();
        c[t] = _mm512_set1_ps(b.coefficients[t * b.sets + k]);
    }
    for (int64_t at = from; at < end; at += 16) {
        const __mmask16 mask = mask_of(end - at);
        __m512 sum = OfSets && !g.starts ? _mm512_maskz_loadu_ps(mask, to + at) : _mm512_setzero_ps();
        if (Dots) prefetch(set + at + Chunk);
        const __m512 x = Dots ? _mm512_maskz_loadu_ps(mask, set + at) : _mm512_setzero_ps();
#pragma GCC unroll 16
        for (int t = 0; t < Tasks; ++t) {
            const __m512 d = _mm512_maskz_loadu_ps(mask, g.of_sum + t * g.stride + at);
            if (OfSets) sum = _mm512_fmadd_ps(c[t], d, sum);
            if (Dots) dots[t] = _mm512_fmadd_ps(x, d, dots[t]);
        }
        if (OfSets && streamed && mask == All) _mm512_stream_ps(to + at, sum);
        else if (OfSets) _mm512_mask_storeu_ps(to + at, mask, sum);
    }
#pragma GCC unroll 16
    for (int t = 0; Dots && t < Tasks; ++t) _mm512_storeu_ps(g.dots + (t * b.sets + k) * 16, dots[t]);
}

template <int Tasks>
void gradient(const mt::BlendedSets& b, const mt::BlendedGradients& g) {
    const int64_t count = b.rows * b.columns;
    const bool streamed = streams(b, g);
    for (int64_t from = 0; from < count; from += Chunk) {
        const int64_t end = from + Chunk < count ? from + Chunk : count;
        if (g.of_origin) add_sums<Tasks>(g, from, end);
        for (int64_t k = 0; k < b.sets; ++k) {
            if (g.of_first && g.dots) of_set<Tasks, true, true>(b, g, k, from, end, streamed);
            else if (g.of_first) of_set<Tasks, true, false>(b, g, k, from, end, streamed);
            else if (g.dots) of_set<Tasks, false, true>(b, g, k, from, end, streamed);
        }
    }
    _mm_sfence();
}

// Calls one of the functions for 1 … BlendedTasks tasks.
template <int Tasks = int(mt::BlendedTasks)>
void blend_any(const mt::BlendedSets& b, const float* origin, float* to, int64_t to_stride) {
    if (b.tasks == Tasks) return blend<Tasks>(b, origin, to, to_stride);
    if constexpr (Tasks > 1) blend_any<Tasks - 1>(b, origin, to, to_stride);
}

template <int Tasks = int(mt::BlendedTasks)>
void gradient_any(const mt::BlendedSets& b, const mt::BlendedGradients& g) {
    if (b.tasks == Tasks) return gradient<Tasks>(b, g);
    if constexpr (Tasks > 1) gradient_any<Tasks - 1>(b, g);
}

}  // namespace

namespace mt {

void blend_f32(const BlendedSets& b, const float* origin, float* to, int64_t to_stride) { blend_any(b, origin, to, to_stride); }

void blend_gradient_f32(const BlendedSets& b, const BlendedGradients& g) { gradient_any(b, g); }

}  // namespace mt

#else

namespace mt {
void blend_f32(const BlendedSets&, const float*, float*, int64_t) {}
void blend_gradient_f32(const BlendedSets&, const BlendedGradients&) {}
}  // namespace mt

#endif
