// Products in single precision, and elementwise passes over rows.
#include "kernels/product.h"

#if defined(__x86_64__)
#include "kernels/product_avx512.h"

namespace {

struct Single {
    using Lane = float;
    static __m512i broadcast(const float* a) { return _mm512_castps_si512(_mm512_set1_ps(*a)); }
    static __m512 add(__m512 sum, __m512i a, __m512i b) {
        return _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum);
    }
};

// Transposes a block of 16 × 16 in registers, by pairs, fours, eights and sixteens.
void transpose_block(const float* from, int64_t from_stride, float* to, int64_t to_stride) {
    __m512 a[16], b[16];
    for (int i = 0; i < 16; ++i) a[i] = _mm512_loadu_ps(from + i * from_stride);
    for (int i = 0; i < 16; i += 2) {
        b[i] = _mm512_unpacklo_ps(a[i], a[i + 1]);
        b[i + 1] = _mm512_unpackhi_ps(a[i], a[i + 1]);
    }
    for (int i = 0; i < 16; i += 4)
        for (int j = 0; j < 2; ++j) {
            const __m512d x = _mm512_castps_pd(b[i + j]), y = _mm512_castps_pd(b[i + j + 2]);
            a[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(x, y));
            a[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(x, y));
        }
    for (int i = 0; i < 16; i += 8)
        for (int j = 0; j < 4; ++j) {
            b[i + j] = _mm512_shuffle_f32x4(a[i + j], a[i + j + 4], 0x88);
            b[i + j + 4] = _mm512_shuffle_f32x4(a[i + j], a[i + j + 4], 0xdd);
        }
    for (int j = 0; j < 8; ++j) {
        a[j] = _mm512_shuffle_f32x4(b[j], b[j + 8], 0x88);
        a[j + 8] = _mm512_shuffle_f32x4(b[j], b[j + 8], 0xdd);
    }
    for (int i = 0; i < 16; ++i) _mm512_storeu_ps(to + i * to_stride, a[i]);
}

// Four rows at a time, so that each load of the column serves all of them.
template <int Rows>
void dots(const mt::Product& p, int64_t row) {
    const float* left = static_cast<const float*>(p.left) + row * p.left_stride;
    const float* right = static_cast<const float*>(p.right);
    __m512 sums[Rows];
    for (int r = 0; r < Rows; ++r) sums[r] = _mm512_setzero_ps();
    for (int64_t i = 0; i < p.inner; i += 16) {
        const __mmask16 mask = mask_of(p.inner - i);
        const __m512 b = _mm512_maskz_loadu_ps(mask, right + i);
        for (int r = 0; r < Rows; ++r)
            sums[r] = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, left + r * p.left_stride + i), b, sums[r]);
    }
    for (int r = 0; r < Rows; ++r) {
        const float x = _mm512_reduce_add_ps(sums[r]) + (p.bias ? p.bias[0] : 0.0f);
        put(p.result, p.result_bf16, (row + r) * p.result_stride, _mm512_set1_ps(p.relu && x < 0.0f ? 0.0f : x), 1);
    }
}

// 16 · Vectors columns of all rows; the sums stay in registers.
template <bool Bf16In, bool Bf16Out, int Vectors>
void mask_columns(const mt::Mask& m, int64_t column, __mmask16 last) {
    // Partial sums of 32 rows: the error grows with the number of blocks, not of rows.
    __m512 sums[Vectors], block[Vectors];
    for (int v = 0; v < Vectors; ++v) sums[v] = block[v] = _mm512_setzero_ps();
    for (int64_t r = 0; r < m.rows; ++r) {
        const int64_t from = (m.row_indices ? m.row_indices[r] : r) * m.columns + column, to = r * m.columns + column;
        for (int v = 0; v < Vectors; ++v) {
            const __mmask16 mask = v == Vectors - 1 ? last : All;
            __m512 x = number(m.gradient, Bf16In, from + 16 * v, mask);
            if (m.activation) {
                const __m512 activation = number(m.activation, Bf16In, from + 16 * v, mask);
                x = _mm512_maskz_mov_ps(above_zero(activation), x);
            }
            put(m.out, Bf16Out, to + 16 * v, x, mask);
            block[v] = _mm512_add_ps(block[v], x);
        }
        if (r % 32 == 31 || r == m.rows - 1)
            for (int v = 0; v < Vectors; ++v) {
                sums[v] = _mm512_add_ps(sums[v], block[v]);
                block[v] = _mm512_setzero_ps();
            }
    }
    for (int v = 0; v < Vectors; ++v)
        _mm512_mask_storeu_ps(m.sums + column + 16 * v, v == Vectors - 1 ? last : All, sums[v]);
}

template <bool Bf16In, bool Bf16Out>
void mask_all(const mt::Mask& m) {
    int64_t column = 0;
    for (; column + 128 <= m.columns; column += 128) mask_columns<Bf16In, Bf16Out, 8>(m, column, All);
    for (; column < m.columns; column += 16) mask_columns<Bf16In, Bf16Out, 1>(m, column, mask_of(m.columns - column));
}

template <bool Bf16Out, int Vectors>
void head_gradient_columns(const mt::HeadGradient& s, int64_t column, __mmask16 last) {
    __m512 head[Vectors], sums[Vectors], of_head[Vectors];
    for (int v = 0; v < Vectors; ++v) {
        const __mmask16 mask = v == Vectors - 1 ? last : All;
        head[v] = _mm512_maskz_loadu_ps(mask, s.head + column + 16 * v);
        sums[v] = _mm512_maskz_loadu_ps(mask, s.sums + column + 16 * v);
        of_head[v] = _mm512_setzero_ps();
    }
    for (int64_t r = 0; r < s.rows; ++r) {
        const int64_t place = s.row_indices ? s.row_indices[r] : r;
        const __m512 g = _mm512_set1_ps(s.g[place]);
        for (int v = 0; v < Vectors; ++v) {
            const __mmask16 mask = v == Vectors - 1 ? last : All;
            const __m512 y = _mm512_maskz_loadu_ps(mask, s.y + place * s.columns + column + 16 * v);
            const __m512 x = _mm512_maskz_mul_ps(above_zero(y), g, head[v]);
            put(s.out, Bf16Out, r * s.columns + column + 16 * v, x, mask);
            sums[v] = _mm512_add_ps(sums[v], x);
            of_head[v] = _mm512_fmadd_ps(g, y, of_head[v]);
        }
    }
    for (int v = 0; v < Vectors; ++v) {
        const __mmask16 mask = v == Vectors - 1 ? last : All;
        _mm512_mask_storeu_ps(s.sums + column + 16 * v, mask, sums[v]);
        _mm512_mask_storeu_ps(s.of_head + column + 16 * v, mask, of_head[v]);
    }
}

template <bool Bf16Out>
void head_gradient_all(const mt::HeadGradient& s) {
    int64_t column = 0;
    for (; column + 64 <= s.columns; column += 64) head_gradient_columns<Bf16Out, 4>(s, column, All);
    for (; column < s.columns; column += 16) head_gradient_columns<Bf16Out, 1>(s, column, mask_of(s.columns - column));
}

}  // namespace

namespace mt {

void column_f32(const Product& product) {
    int64_t row = 0;
    for (; row + 4 <= product.rows; row += 4) dots<4>(product, row);
    for (; row < product.rows; ++row) dots<1>(product, row);
}

void add_sixteen(int64_t rows, const float* parts, float start, float* to) {
    for (int64_t r = 0; r < rows; ++r) to[r] = start + _mm512_reduce_add_ps(_mm512_loadu_ps(parts + 16 * r));
}

void mask_f32(const Mask& mask) {
    if (mask.bf16_in && mask.bf16_out) mask_all<true, true>(mask);
    else if (mask.bf16_in) mask_all<true, false>(mask);
    else if (mask.bf16_out) mask_all<false, true>(mask);
    else mask_all<false, false>(mask);
}

void add_rows(int64_t rows, int64_t columns, const void* from, bool is_bf16, float* to) {
    for (int64_t c = 0; c < columns; c += 16) {
        const __mmask16 mask = mask_of(columns - c);
        // Partial sums of 32 rows: the error grows with the number of blocks, not of rows.
        __m512 sum = _mm512_setzero_ps(), block = _mm512_setzero_ps();
        for (int64_t r = 0; r < rows; ++r) {
            block = _mm512_add_ps(block, number(from, is_bf16, r * columns + c, mask));
            if (r % 32 == 31 || r == rows - 1) {
                sum = _mm512_add_ps(sum, block);
                block = _mm512_setzero_ps();
            }
        }
        _mm512_mask_storeu_ps(to + c, mask, sum);
    }
}

void head_gradient_f32(const HeadGradient& s) {
    if (s.out_bf16) head_gradient_all<true>(s);
    else head_gradient_all<false>(s);
}

bool has_product_f32() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

void product_f32(const Product& product) { multiply<Single>(product); }

void transpose(int64_t rows, int64_t columns, const float* from, int64_t from_stride, float* to) {
    const int64_t even_rows = rows / 16 * 16, even_columns = columns / 16 * 16;
    for (int64_t c = 0; c < even_columns; c += 16)
        for (int64_t r = 0; r < even_rows; r += 16) transpose_block(from + r * from_stride + c, from_stride, to + c * rows + r, rows);
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = r < even_rows ? even_columns : 0; c < columns; ++c) to[c * rows + r] = from[r * from_stride + c];
}

}  // namespace mt

#else

namespace mt {
bool has_product_f32() { return false; }
void product_f32(const Product&) {}
void transpose(int64_t, int64_t, const float*, int64_t, float*) {}
void column_f32(const Product&) {}
void add_sixteen(int64_t, const float*, float, float*) {}
void mask_f32(const Mask&) {}
void add_rows(int64_t, int64_t, const void*, bool, float*) {}
void head_gradient_f32(const HeadGradient&) {}
}  // namespace mt

#endif
