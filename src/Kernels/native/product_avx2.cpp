// The product of product.h for AVX2: sixteen registers, of which the sums take twelve.
#include "product_tiles.h"

namespace {

struct Avx2 {
    using Vector = __m256;
    using Mask = __m256i;
    static constexpr int64_t lanes = 8;
    static constexpr int widest = 2;
    static constexpr bool packs = true;
    static constexpr int rows[] = {0, 12, 6};  // of a tile of so many vectors
    // The first `left` of the lanes.
    static MT_INLINE Mask mask(int64_t left) {
        return _mm256_cmpgt_epi32(_mm256_set1_epi32(int32_t(left)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    }
    static MT_INLINE Vector all(float x) { return _mm256_set1_ps(x); }
    static MT_INLINE Vector load(const float* from) { return _mm256_loadu_ps(from); }
    static MT_INLINE Vector load(const float* from, Mask mask) { return _mm256_maskload_ps(from, mask); }
    static MT_INLINE void store(float* to, Vector x) { _mm256_storeu_ps(to, x); }
    static MT_INLINE void store(float* to, Vector x, Mask mask) { _mm256_maskstore_ps(to, mask, x); }
    static MT_INLINE Vector add(Vector a, Vector b, Vector sum) { return _mm256_fmadd_ps(a, b, sum); }
    // The maximum returns its second argument where one is NaN.
    static MT_INLINE Vector relu(Vector x) { return _mm256_max_ps(_mm256_setzero_ps(), x); }
};

}  // namespace

namespace mt {
void product_avx2(const Product& product) { multiply<Avx2>(product); }
}  // namespace mt
