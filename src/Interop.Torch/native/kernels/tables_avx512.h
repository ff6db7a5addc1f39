// Tables of sums, for product_selected.cpp and product_by_task.cpp: sixteen rows of a source give three tables with the
// sums of all subsets of five, five and six of them.
#pragma once
#include "kernels/product_avx512.h"

namespace {

constexpr int Words = 4, Table = 128 * 16;

// All subset sums of the Count vectors: entry i is the sum over the set bits of i. The sums of the first three stay
// in registers.
template <int Count>
inline void tabulate(const __m512* v, float* table) {
    const __m512 none = _mm512_setzero_ps(), first = _mm512_add_ps(v[0], v[1]);
    const __m512 low[8] = {none, v[0], v[1], first, v[2], _mm512_add_ps(v[0], v[2]), _mm512_add_ps(v[1], v[2]), _mm512_add_ps(first, v[2])};
#pragma GCC unroll 8
    for (int high = 0; high < 1 << (Count - 3); ++high) {
        __m512 base = none;
#pragma GCC unroll 4
        for (int i = 3; i < Count; ++i)
            if (high >> (i - 3) & 1) base = _mm512_add_ps(base, v[i]);
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) _mm512_store_ps(table + (8 * high + i) * 16, high ? _mm512_add_ps(low[i], base) : low[i]);
    }
}

void tabulate_word(const mt::SelectedSums& c, int64_t first, int64_t column, __mmask16 mask, float* table) {
    __m512 vectors[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
        const int64_t row = first + i;
        if (row >= c.sources) {
            vectors[i] = _mm512_setzero_ps();
            continue;
        }
        vectors[i] = number(c.source, c.source_bf16, row * c.source_stride + column, mask);
        if (c.weights) vectors[i] = _mm512_mul_ps(vectors[i], _mm512_set1_ps(c.weights[row]));
    }
    tabulate<5>(vectors, table);
    tabulate<5>(vectors + 5, table + 32 * 16);
    tabulate<6>(vectors + 10, table + 64 * 16);
}

// The sum selected by Count words, the first in the lowest sixteen bits. Indices are scaled to bytes.
template <int Count>
inline __m512 look_up(const char* tables, uint64_t words, __m512 sum) {
#pragma GCC unroll 8
    for (int w = 0; w < Count; ++w, words >>= 16, tables += 4 * Table) {
        sum = _mm512_add_ps(sum, _mm512_load_ps(tables + ((words & 31) << 6)));
        sum = _mm512_add_ps(sum, _mm512_load_ps(tables + 32 * 64 + ((words >> 5 & 31) << 6)));
        sum = _mm512_add_ps(sum, _mm512_load_ps(tables + 64 * 64 + ((words >> 10 & 63) << 6)));
    }
    return sum;
}

}  // namespace
