// Plain products for processors with AVX2 (plain_product.h). This file is compiled for them (CMakeLists.txt), so nothing of
// the standard library may be instantiated in it: the linker could choose that copy for the whole program.
#include "kernels/product_avx2.h"

#if defined(__x86_64__)
#include <immintrin.h>

namespace {

#define MT_INLINE inline __attribute__((always_inline))

constexpr int64_t Lanes = 8;

// Prefetch distance in rows of the right operand, whose rows lie in different cache lines.
constexpr int64_t Ahead = 8;

// Sums of a tile of Rows × (8 · Vectors) stay in registers over the whole inner dimension. Of sixteen registers the sums take
// twelve.
template <int Rows, int Vectors>
struct Tile {
    __m256 sums[Rows][Vectors];
};

// Mask of the first `left` of eight lanes.
MT_INLINE __m256i mask_of(int64_t left) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(int32_t(left)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

template <bool Masked>
MT_INLINE __m256 load(const float* from, __m256i mask) {
    return Masked ? _mm256_maskload_ps(from, mask) : _mm256_loadu_ps(from);
}

template <bool Masked>
MT_INLINE void store(float* to, __m256i mask, __m256 x) {
    if (Masked) _mm256_maskstore_ps(to, mask, x);
    else _mm256_storeu_ps(to, x);
}

// sums += left right; `step` is the stride of left along the inner dimension, `across` the stride between rows.
template <int Rows, int Vectors, bool Masked>
MT_INLINE void accumulate(const float* left, int64_t step, int64_t across, const float* right, int64_t right_stride, int64_t inner,
                          __m256i last, Tile<Rows, Vectors>& tile) {
    for (int64_t i = 0; i < inner; ++i) {
        __m256 b[Vectors];
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v)
            b[v] = v == Vectors - 1 ? load<Masked>(right + Lanes * v, last) : _mm256_loadu_ps(right + Lanes * v);
        _mm_prefetch(reinterpret_cast<const char*>(right + Ahead * right_stride), _MM_HINT_T0);
#pragma GCC unroll 12
        for (int r = 0; r < Rows; ++r) {
            const __m256 a = _mm256_broadcast_ss(left + r * across);
#pragma GCC unroll 2
            for (int v = 0; v < Vectors; ++v) tile.sums[r][v] = _mm256_fmadd_ps(a, b[v], tile.sums[r][v]);
        }
        left += step;
        right += right_stride;
    }
}

template <int Rows, int Vectors, bool Transposed, bool Masked>
inline void compute(const mt::Product& p, int64_t row, int64_t column, __m256i last) {
    const int64_t step = Transposed ? p.left_stride : 1, across = Transposed ? 1 : p.left_stride;
    float* result = static_cast<float*>(p.result) + row * p.result_stride + column;
    Tile<Rows, Vectors> tile;
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) {
        const bool whole = v < Vectors - 1;
        auto get = [&](const float* from) { return whole ? _mm256_loadu_ps(from) : load<Masked>(from, last); };
        const __m256 start = p.bias ? get(p.bias + column + Lanes * v) : _mm256_setzero_ps();
#pragma GCC unroll 12
        for (int r = 0; r < Rows; ++r) tile.sums[r][v] = p.accumulates ? get(result + r * p.result_stride + Lanes * v) : start;
    }
    accumulate<Rows, Vectors, Masked>(static_cast<const float*>(p.left) + row * across, step, across,
                                      static_cast<const float*>(p.right) + column, p.right_stride, p.inner, last, tile);
    if (p.second.inner > 0)
        accumulate<Rows, Vectors, Masked>(static_cast<const float*>(p.second.left) + row * p.second.left_stride, 1, p.second.left_stride,
                                          static_cast<const float*>(p.second.right) + column, p.second.right_stride, p.second.inner, last,
                                          tile);
    // The maximum returns its second argument where one is NaN.
    const __m256 zero = _mm256_setzero_ps();
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) {
            const __m256 x = p.relu ? _mm256_max_ps(zero, tile.sums[r][v]) : tile.sums[r][v];
            float* to = result + r * p.result_stride + Lanes * v;
            if (v < Vectors - 1) _mm256_storeu_ps(to, x);
            else store<Masked>(to, last, x);
        }
}

// All rows of some columns, `Rows` at a time, then the rest.
template <int Rows, int Vectors, bool Transposed, bool Masked>
void panel(const mt::Product& p, int64_t row, int64_t column, __m256i last) {
    for (; row + Rows <= p.rows; row += Rows) compute<Rows, Vectors, Transposed, Masked>(p, row, column, last);
    if constexpr (Rows > 1)
        if (row < p.rows) panel<Rows / 2, Vectors, Transposed, Masked>(p, row, column, last);
}

template <bool Transposed>
void panels(const mt::Product& p) {
    for (int64_t column = 0; column < p.columns; column += 2 * Lanes) {
        const int64_t left = p.columns - column;
        if (left >= 2 * Lanes) panel<6, 2, Transposed, false>(p, 0, column, __m256i{});
        else if (left > Lanes) panel<6, 2, Transposed, true>(p, 0, column, mask_of(left - Lanes));
        else if (left == Lanes) panel<12, 1, Transposed, false>(p, 0, column, __m256i{});
        else panel<12, 1, Transposed, true>(p, 0, column, mask_of(left));
    }
}

// Transposes a block of 8 × 8 in registers, by pairs, fours and eights.
void transpose_block(const float* from, int64_t from_stride, float* to, int64_t to_stride) {
    __m256 a[8], b[8];
    for (int i = 0; i < 8; ++i) a[i] = _mm256_loadu_ps(from + i * from_stride);
    for (int i = 0; i < 8; i += 2) {
        b[i] = _mm256_unpacklo_ps(a[i], a[i + 1]);
        b[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int j = 0; j < 2; ++j) {
            const __m256d x = _mm256_castps_pd(b[i + j]), y = _mm256_castps_pd(b[i + j + 2]);
            a[i + 2 * j] = _mm256_castpd_ps(_mm256_unpacklo_pd(x, y));
            a[i + 2 * j + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(x, y));
        }
    for (int i = 0; i < 4; ++i) {
        _mm256_storeu_ps(to + i * to_stride, _mm256_permute2f128_ps(a[i], a[i + 4], 0x20));
        _mm256_storeu_ps(to + (i + 4) * to_stride, _mm256_permute2f128_ps(a[i], a[i + 4], 0x31));
    }
}

}  // namespace

namespace mt {

bool has_product_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

void product_avx2(const Product& product) {
    if (product.left_transposed) panels<true>(product);
    else panels<false>(product);
}

void transpose_avx2(int64_t rows, int64_t columns, const float* from, int64_t from_stride, float* to) {
    const int64_t even_rows = rows / Lanes * Lanes, even_columns = columns / Lanes * Lanes;
    for (int64_t c = 0; c < even_columns; c += Lanes)
        for (int64_t r = 0; r < even_rows; r += Lanes) transpose_block(from + r * from_stride + c, from_stride, to + c * rows + r, rows);
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = r < even_rows ? even_columns : 0; c < columns; ++c) to[c * rows + r] = from[r * from_stride + c];
}

}  // namespace mt

#else

namespace mt {
bool has_product_avx2() { return false; }
void product_avx2(const Product&) {}
void transpose_avx2(int64_t, int64_t, const float*, int64_t, float*) {}
}  // namespace mt

#endif
