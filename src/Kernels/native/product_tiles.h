// The product of product.h for vectors of any width, given as a type (product_avx2.cpp, product_avx512.cpp). A tile of
// Rows × (lanes · Vectors) sums stays in registers over the whole inner dimension.
//
// The files that include this are compiled for one processor (CMakeLists.txt), so nothing of the standard library may be
// instantiated in them: the linker could choose that copy for the whole program.
#pragma once
// GCC 12 warns about the undefined operands inside its own intrinsics.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#include "product.h"

namespace {

#define MT_INLINE inline __attribute__((always_inline))

// Prefetch distance in rows of the right operand, whose rows lie in different cache lines.
constexpr int64_t ahead = 8;

template <class Isa, int Rows, int Vectors>
struct Tile {
    typename Isa::Vector sums[Rows][Vectors];
};

// Only the last vector of a tile may be partial.
template <class Isa, int Vectors, bool Partial>
MT_INLINE typename Isa::Vector load(const float* from, int v, typename Isa::Mask last) {
    return Partial && v == Vectors - 1 ? Isa::load(from + Isa::lanes * v, last) : Isa::load(from + Isa::lanes * v);
}

// sums += left right; `step` is the stride of left along the inner dimension, `across` the stride between rows.
template <class Isa, int Rows, int Vectors, bool Partial>
MT_INLINE void accumulate(const float* left, int64_t step, int64_t across, const float* right, int64_t right_stride, int64_t inner,
                          typename Isa::Mask last, Tile<Isa, Rows, Vectors>& tile) {
    for (int64_t i = 0; i < inner; ++i) {
        typename Isa::Vector b[Vectors];
#pragma GCC unroll 3
        for (int v = 0; v < Vectors; ++v) b[v] = load<Isa, Vectors, Partial>(right, v, last);
        _mm_prefetch(reinterpret_cast<const char*>(right + ahead * right_stride), _MM_HINT_T0);
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r) {
            const typename Isa::Vector a = Isa::all(left[r * across]);
#pragma GCC unroll 3
            for (int v = 0; v < Vectors; ++v) tile.sums[r][v] = Isa::add(a, b[v], tile.sums[r][v]);
        }
        left += step;
        right += right_stride;
    }
}

template <class Isa, int Rows, int Vectors, bool Transposed, bool Partial>
inline void compute(const mt::Product& p, int64_t row, int64_t column, typename Isa::Mask last) {
    const int64_t step = Transposed ? p.left_stride : 1, across = Transposed ? 1 : p.left_stride;
    float* result = p.result + row * p.result_stride + column;
    Tile<Isa, Rows, Vectors> tile;
#pragma GCC unroll 3
    for (int v = 0; v < Vectors; ++v) {
        const typename Isa::Vector start = p.bias ? load<Isa, Vectors, Partial>(p.bias + column, v, last) : Isa::all(0.0f);
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r)
            tile.sums[r][v] = p.accumulates ? load<Isa, Vectors, Partial>(result + r * p.result_stride, v, last) : start;
    }
    accumulate<Isa, Rows, Vectors, Partial>(p.left + row * across, step, across, p.right + column, p.right_stride, p.inner, last, tile);
    const mt::Second& second = p.second;
    if (second.inner > 0)
        accumulate<Isa, Rows, Vectors, Partial>(second.left + row * second.left_stride, 1, second.left_stride, second.right + column,
                                                second.right_stride, second.inner, last, tile);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 3
        for (int v = 0; v < Vectors; ++v) {
            const typename Isa::Vector x = p.relu ? Isa::relu(tile.sums[r][v]) : tile.sums[r][v];
            float* to = result + r * p.result_stride + Isa::lanes * v;
            if (Partial && v == Vectors - 1) Isa::store(to, x, last);
            else Isa::store(to, x);
        }
}

// All rows of some columns, `Rows` at a time, then the rest.
template <class Isa, int Rows, int Vectors, bool Transposed, bool Partial>
void panel(const mt::Product& p, int64_t row, int64_t column, typename Isa::Mask last) {
    for (; row + Rows <= p.rows; row += Rows) compute<Isa, Rows, Vectors, Transposed, Partial>(p, row, column, last);
    if constexpr (Rows > 1)
        if (row < p.rows) panel<Isa, Rows / 2, Vectors, Transposed, Partial>(p, row, column, last);
}

template <class Isa, int Vectors, bool Transposed>
void whole_panel(const mt::Product& p, int64_t column) {
    const int64_t left = p.columns - column - Isa::lanes * (Vectors - 1);
    if (left >= Isa::lanes) panel<Isa, Isa::rows[Vectors], Vectors, Transposed, false>(p, 0, column, Isa::mask(left));
    else panel<Isa, Isa::rows[Vectors], Vectors, Transposed, true>(p, 0, column, Isa::mask(left));
}

// Numbers of the right operand that are packed at once: with rows of the left one they stay in the L1 cache.
constexpr int64_t packed_size = 6144;

// Packing pays where tiles read the operand often, and its rows fill a good part of the cache.
template <class Isa, int Vectors>
bool pays(const mt::Product& p, int64_t column) {
    constexpr int64_t width = Isa::lanes * Vectors;
    return Isa::packs && column + width <= p.columns && p.rows >= 4 * Isa::rows[Vectors] && p.inner * width >= packed_size / 3 &&
           p.second.inner == 0;
}

// The panel from copies of the right operand: its rows lie in a cache line each, or in two, and the copies one after the other.
template <class Isa, int Vectors, bool Transposed>
void packed_panel(const mt::Product& p, int64_t column) {
    constexpr int64_t width = Isa::lanes * Vectors;
    alignas(64) float packed[packed_size];
    const int64_t blocks = (p.inner * width + packed_size - 1) / packed_size;
    for (int64_t k = 0; k < blocks; ++k) {
        const int64_t first = p.inner * k / blocks, next = p.inner * (k + 1) / blocks;
        for (int64_t i = first; i < next; ++i)
            for (int v = 0; v < Vectors; ++v)
                Isa::store(packed + (i - first) * width + v * Isa::lanes, Isa::load(p.right + i * p.right_stride + column + v * Isa::lanes));
        mt::Product block = p;
        block.inner = next - first;
        block.left += first * (Transposed ? p.left_stride : 1);
        block.right = packed - column;
        block.right_stride = width;
        block.accumulates = p.accumulates || k > 0;
        block.bias = k > 0 ? nullptr : p.bias;
        block.relu = p.relu && k + 1 == blocks;
        whole_panel<Isa, Vectors, Transposed>(block, column);
    }
}

template <class Isa, int Vectors, bool Transposed>
void panel_of(const mt::Product& p, int64_t column) {
    if (pays<Isa, Vectors>(p, column)) packed_panel<Isa, Vectors, Transposed>(p, column);
    else whole_panel<Isa, Vectors, Transposed>(p, column);
}

template <class Isa, bool Transposed>
void panels(const mt::Product& p) {
    for (int64_t column = 0; column < p.columns;) {
        const int64_t vectors = (p.columns - column + Isa::lanes - 1) / Isa::lanes;
        // Four vectors are two and two, because one alone does not hide the latency.
        if (Isa::widest == 3 && vectors >= 3 && vectors != 4) panel_of<Isa, Isa::widest, Transposed>(p, column), column += Isa::widest * Isa::lanes;
        else if (vectors >= 2) panel_of<Isa, 2, Transposed>(p, column), column += 2 * Isa::lanes;
        else panel_of<Isa, 1, Transposed>(p, column), column += Isa::lanes;
    }
}

template <class Isa>
void multiply(const mt::Product& p) {
    if (p.left_transposed) panels<Isa, true>(p);
    else panels<Isa, false>(p);
}

}  // namespace
