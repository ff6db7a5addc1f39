// The product of product.h for AVX-512: 32 registers, of which the sums take 24.
#include "product_tiles.h"

namespace {

struct Avx512 {
    using Vector = __m512;
    using Mask = __mmask16;
    static constexpr int64_t lanes = 16;
    static constexpr int widest = 3;
    static constexpr bool packs = false;  // not measured
    static constexpr int rows[] = {0, 16, 12, 8};  // of a tile of so many vectors
    // The first `left` of the lanes.
    static MT_INLINE Mask mask(int64_t left) { return left >= lanes ? Mask(0xffff) : Mask((1u << left) - 1); }
    static MT_INLINE Vector all(float x) { return _mm512_set1_ps(x); }
    static MT_INLINE Vector load(const float* from) { return _mm512_loadu_ps(from); }
    static MT_INLINE Vector load(const float* from, Mask mask) { return _mm512_maskz_loadu_ps(mask, from); }
    static MT_INLINE void store(float* to, Vector x) { _mm512_storeu_ps(to, x); }
    static MT_INLINE void store(float* to, Vector x, Mask mask) { _mm512_mask_storeu_ps(to, mask, x); }
    static MT_INLINE Vector add(Vector a, Vector b, Vector sum) { return _mm512_fmadd_ps(a, b, sum); }
    // The maximum returns its second argument where one is NaN.
    static MT_INLINE Vector relu(Vector x) { return _mm512_max_ps(_mm512_setzero_ps(), x); }
};

}  // namespace

namespace mt {
void product_avx512(const Product& product) { multiply<Avx512>(product); }
}  // namespace mt
