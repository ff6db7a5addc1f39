// Products in single precision.
#include "product.h"

#if defined(__x86_64__)
#include "product_avx512.h"

namespace {

struct Single {
    using Lane = float;
    static __m512i spread(const float* a) { return _mm512_castps_si512(_mm512_set1_ps(*a)); }
    static __m512 add(__m512 sum, __m512i a, __m512i b) {
        return _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum);
    }
};

// A block of 16 × 16, in registers: rows of pairs, of fours, of eights, of sixteen.
void turn_block(const float* from, int64_t from_stride, float* to, int64_t to_stride) {
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

}  // namespace

namespace mt {

bool has_product_f32() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

void product_f32(const Product& product) { multiply<Single>(product); }

void turn(int64_t rows, int64_t columns, const float* from, int64_t from_stride, float* to) {
    const int64_t even_rows = rows / 16 * 16, even_columns = columns / 16 * 16;
    for (int64_t c = 0; c < even_columns; c += 16)
        for (int64_t r = 0; r < even_rows; r += 16) turn_block(from + r * from_stride + c, from_stride, to + c * rows + r, rows);
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = r < even_rows ? even_columns : 0; c < columns; ++c) to[c * rows + r] = from[r * from_stride + c];
}

}  // namespace mt

#else

namespace mt {
bool has_product_f32() { return false; }
void product_f32(const Product&) {}
void turn(int64_t, int64_t, const float*, int64_t, float*) {}
}  // namespace mt

#endif
