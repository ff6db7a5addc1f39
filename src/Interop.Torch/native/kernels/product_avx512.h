// The kernel of product.h, for an arithmetic given as a type:
//   Lane             an element of the operands, four bytes
//   add(sum, a, b)   sum + a b on sixteen columns
// A tile of Rows × (16 · Vectors) sums stays in registers over the whole inner dimension. The files that
// include this are compiled for AVX-512 (CMakeLists.txt), so nothing of the standard library may be
// instantiated in them: the linker could choose that copy for the whole program.
#pragma once
// GCC 12 warns about the undefined operands inside its own intrinsics.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#include "kernels/product.h"

namespace {

// Prefetch distance in rows of the right operand, whose rows lie in different cache lines.
constexpr int64_t Ahead = 8;

constexpr __mmask16 All = 0xffff;

// Mask of the first `left` of sixteen lanes.
inline __mmask16 mask_of(int64_t left) { return left >= 16 ? All : __mmask16((1u << left) - 1); }

inline __m512i zero_extended(const mt::bf16* from, __mmask16 mask) {
    return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, from));
}

// To bfloat16, ties to even. A NaN from arithmetic stays NaN: its lower bits are 0.
inline __m512i to_bf16(__m512 x) {
    const __m512i bits = _mm512_castps_si512(x);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    return _mm512_srli_epi32(_mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd), 16);
}

inline void put(void* result, bool is_bf16, int64_t at, __m512 x, __mmask16 mask) {
    if (is_bf16) _mm512_mask_cvtepi32_storeu_epi16(static_cast<mt::bf16*>(result) + at, mask, to_bf16(x));
    else _mm512_mask_storeu_ps(static_cast<float*>(result) + at, mask, x);
}

inline __m512 number(const void* from, bool is_bf16, int64_t at, __mmask16 mask) {
    if (!is_bf16) return _mm512_maskz_loadu_ps(mask, static_cast<const float*>(from) + at);
    return _mm512_castsi512_ps(_mm512_slli_epi32(zero_extended(static_cast<const mt::bf16*>(from) + at, mask), 16));
}

inline __mmask16 above_zero(__m512 x) { return _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ); }

inline __m512 apply_mask(const mt::ReluMask& relu_mask, int64_t row, int64_t column, __m512 x, __mmask16 mask) {
    const int64_t place = relu_mask.row_indices ? relu_mask.row_indices[row] : row;
    return _mm512_maskz_mov_ps(above_zero(number(relu_mask.data, relu_mask.is_bf16, place * relu_mask.stride + column, mask)), x);
}

#define MT_INLINE inline __attribute__((always_inline))

template <int Vectors>
MT_INLINE __mmask16 mask_at(int v, __mmask16 last) { return v == Vectors - 1 ? last : All; }

// The maximum returns its second argument where one is NaN.
MT_INLINE __m512 relu(__m512 x) { return _mm512_max_ps(_mm512_setzero_ps(), x); }

template <int Rows, int Vectors>
MT_INLINE void finish(const mt::Product& p, int64_t row, int64_t column, __mmask16 last, const __m512 (&sums)[Rows][Vectors]) {
#pragma GCC unroll 32
    for (int r = 0; r < Rows; ++r) {
        const int64_t place = p.row_indices ? p.row_indices[row + r] : row + r;
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v)
            put(p.result, p.result_bf16, place * p.result_stride + column + 16 * v, p.relu ? relu(sums[r][v]) : sums[r][v],
                mask_at<Vectors>(v, last));
    }
}

template <int Rows, int Vectors>
MT_INLINE void finish_gradient(const mt::Product& p, int64_t row, int64_t column, __mmask16 last, const __m512 (&sums)[Rows][Vectors]) {
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
        const __mmask16 mask = mask_at<Vectors>(v, last);
        float* total = p.relu_mask.sums + column + 16 * v;
        __m512 sum = row > 0 || p.relu_mask.accumulates_sums ? _mm512_maskz_loadu_ps(mask, total) : _mm512_setzero_ps();
#pragma GCC unroll 32
        for (int r = 0; r < Rows; ++r) {
            const __m512 x = apply_mask(p.relu_mask, row + r, column + 16 * v, sums[r][v], mask);
            put(p.result, p.result_bf16, (row + r) * p.result_stride + column + 16 * v, x, mask);
            sum = _mm512_add_ps(sum, x);
        }
        _mm512_mask_storeu_ps(total, mask, sum);
    }
}

template <int Rows, int Vectors>
MT_INLINE void finish_value(const mt::Product& p, int64_t row, int64_t column, __mmask16 last, const __m512 (&sums)[Rows][Vectors]) {
    const mt::Value& value = p.value;
#pragma GCC unroll 32
    for (int r = 0; r < Rows; ++r) {
        float* parts = value.parts + (row + r) * 16;
        __m512 part = column > 0 ? _mm512_loadu_ps(parts) : _mm512_setzero_ps();
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v) {
            const __mmask16 mask = mask_at<Vectors>(v, last);
            const __m512 x = relu(sums[r][v]);
            part = _mm512_fmadd_ps(x, _mm512_maskz_loadu_ps(mask, value.head + column + 16 * v), part);
            if (value.above) value.above[(row + r) * value.words + column / 16 + v] = above_zero(x) & mask;
        }
        _mm512_storeu_ps(parts, part);
    }
}

// sums += left right; `step` is the stride of left along the inner dimension, `across` the stride between rows.
template <class Arithmetic, int Rows, int Vectors>
MT_INLINE void accumulate(const typename Arithmetic::Lane* left, int64_t step, int64_t across, const typename Arithmetic::Lane* right,
                          int64_t right_stride, int64_t inner, __mmask16 last, __m512 (&sums)[Rows][Vectors]) {
    for (int64_t i = 0; i < inner; ++i) {
        __m512i b[Vectors];
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v) {
            b[v] = _mm512_maskz_loadu_epi32(mask_at<Vectors>(v, last), right + 16 * v);
            _mm_prefetch(reinterpret_cast<const char*>(right + Ahead * right_stride + 16 * v), _MM_HINT_T0);
        }
#pragma GCC unroll 32
        for (int r = 0; r < Rows; ++r) {
            const __m512i a = Arithmetic::broadcast(left + r * across);
#pragma GCC unroll 8
            for (int v = 0; v < Vectors; ++v) sums[r][v] = Arithmetic::add(sums[r][v], a, b[v]);
        }
        left += step;
        right += right_stride;
    }
}

template <class Arithmetic, int Rows, int Vectors, bool Transposed>
inline void tile(const mt::Product& p, int64_t row, int64_t column, __mmask16 last) {
    using Lane = typename Arithmetic::Lane;
    const int64_t step = Transposed ? p.left_stride : 1, across = Transposed ? 1 : p.left_stride;
    __m512 sums[Rows][Vectors];
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
        const __mmask16 mask = mask_at<Vectors>(v, last);
        const __m512 start = p.bias ? _mm512_maskz_loadu_ps(mask, p.bias + column + 16 * v) : _mm512_setzero_ps();
        const float* before = static_cast<const float*>(p.result) + row * p.result_stride + column + 16 * v;
#pragma GCC unroll 32
        for (int r = 0; r < Rows; ++r) sums[r][v] = p.accumulates ? _mm512_maskz_loadu_ps(mask, before + r * p.result_stride) : start;
    }
    accumulate<Arithmetic, Rows, Vectors>(static_cast<const Lane*>(p.left) + row * across, step, across,
                                          static_cast<const Lane*>(p.right) + column, p.right_stride, p.inner, last, sums);
    if (!Transposed && p.second.inner > 0) {
        const mt::Second& s = p.second;
        accumulate<Arithmetic, Rows, Vectors>(static_cast<const Lane*>(s.left) + row * s.left_stride, 1, s.left_stride,
                                              static_cast<const Lane*>(s.right) + column, s.right_stride, s.inner, last, sums);
    }
    if (p.value.head) finish_value<Rows, Vectors>(p, row, column, last, sums);
    else if (p.relu_mask.data) finish_gradient<Rows, Vectors>(p, row, column, last, sums);
    else finish<Rows, Vectors>(p, row, column, last, sums);
}

// Number of columns after the last whole vector up to which dot products are faster.
constexpr int64_t Narrow = 4;

// Whether the last `count` columns are dot products: nothing is fused with the result, and rows are long enough.
inline bool is_narrow(const mt::Product& p, int64_t count) {
    return 0 < count && count <= Narrow && !p.left_transposed && p.columns > 16 && p.inner >= 128 && p.inner <= 512 &&
           p.second.inner == 0 && !p.row_indices && !p.accumulates && !p.relu_mask.data && !p.value.head && !p.relu && !p.bias;
}

// The last columns as dot products with the rows of left, four rows at a time.
template <class Arithmetic, int Columns>
void narrow(const mt::Product& p, int64_t column) {
    using Lane = typename Arithmetic::Lane;
    alignas(64) Lane right[Columns][512];
    for (int64_t i = 0; i < p.inner; ++i)
        for (int c = 0; c < Columns; ++c) right[c][i] = static_cast<const Lane*>(p.right)[i * p.right_stride + column + c];
    for (int64_t row = 0; row < p.rows; row += 4) {
        const int64_t rows = p.rows - row < 4 ? p.rows - row : 4;
        const Lane* left[4];
        __m512 sums[4][Columns];
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r) {
            left[r] = static_cast<const Lane*>(p.left) + (row + (r < rows ? r : 0)) * p.left_stride;
#pragma GCC unroll 4
            for (int c = 0; c < Columns; ++c) sums[r][c] = _mm512_setzero_ps();
        }
        for (int64_t i = 0; i < p.inner; i += 16) {
            const __mmask16 mask = mask_of(p.inner - i);
            __m512i b[Columns];
#pragma GCC unroll 4
            for (int c = 0; c < Columns; ++c) b[c] = _mm512_maskz_loadu_epi32(mask, right[c] + i);
#pragma GCC unroll 4
            for (int r = 0; r < 4; ++r) {
                const __m512i a = _mm512_maskz_loadu_epi32(mask, left[r] + i);
#pragma GCC unroll 4
                for (int c = 0; c < Columns; ++c) sums[r][c] = Arithmetic::add(sums[r][c], a, b[c]);
            }
        }
        // With constant indices, so that the sums stay in registers.
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r)
#pragma GCC unroll 4
            for (int c = 0; c < Columns; ++c)
                if (r < rows) put(p.result, p.result_bf16, (row + r) * p.result_stride + column + c, _mm512_set1_ps(_mm512_reduce_add_ps(sums[r][c])), 1);
    }
}

// All rows of some columns.
template <class Arithmetic, int Rows, int Vectors, bool Transposed>
void panel(const mt::Product& p, int64_t column, __mmask16 last) {
    int64_t row = 0;
    for (; row + Rows <= p.rows; row += Rows) tile<Arithmetic, Rows, Vectors, Transposed>(p, row, column, last);
    if (Rows > 8 && row + 8 <= p.rows) tile<Arithmetic, 8, Vectors, Transposed>(p, row, column, last), row += 8;
    if (row + 4 <= p.rows) tile<Arithmetic, 4, Vectors, Transposed>(p, row, column, last), row += 4;
    if (row + 2 <= p.rows) tile<Arithmetic, 2, Vectors, Transposed>(p, row, column, last), row += 2;
    if (row < p.rows) tile<Arithmetic, 1, Vectors, Transposed>(p, row, column, last);
}

template <class Arithmetic, bool Transposed>
void panels(const mt::Product& p) {
    int64_t column = 0, end = p.columns;
    const int64_t over = end % 16;
    if (is_narrow(p, over)) {
        end -= over;
        if (over == 1) narrow<Arithmetic, 1>(p, end);
        if (over == 2) narrow<Arithmetic, 2>(p, end);
        if (over == 3) narrow<Arithmetic, 3>(p, end);
        if (over == 4) narrow<Arithmetic, 4>(p, end);
    }
    while (column < end) {
        const int64_t vectors = (end - column + 15) / 16;
        // Three vectors at a time; four are split into two and two, because one alone does not hide the latency.
        const int64_t now = vectors == 4 || vectors == 2 ? 2 : vectors == 1 ? 1 : 3;
        const int64_t past = column + 16 * now - end;
        const __mmask16 last = past > 0 ? __mmask16(All >> past) : All;
        if (now == 3) panel<Arithmetic, 8, 3, Transposed>(p, column, last);
        if (now == 2) panel<Arithmetic, 12, 2, Transposed>(p, column, last);
        if (now == 1) panel<Arithmetic, 16, 1, Transposed>(p, column, last);
        column += 16 * now;
    }
}

template <class Arithmetic>
void multiply(const mt::Product& p) {
    if (p.left_transposed) panels<Arithmetic, true>(p);
    else panels<Arithmetic, false>(p);
}

}  // namespace
