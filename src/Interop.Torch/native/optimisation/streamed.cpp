#include "optimisation/streamed.h"
#include "kernels/product.h"

#if defined(__x86_64__)
// GCC 12 warns about the undefined operands inside its own intrinsics.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>

namespace {

// Seven vectors of so many numbers take 15 MB, more than the L2 cache of any processor.
constexpr int64_t Large = 1 << 19;

__m512 all(float x) { return _mm512_set1_ps(x); }

__mmask16 not_finite(__m512 x) {
    return _mm512_cmp_ps_mask(_mm512_abs_ps(x), all(3.40282347e38f), _CMP_NLE_UQ);
}

}  // namespace

namespace mt {

bool streams(int64_t count, float) { return count >= Large && has_product_f32(); }

int64_t adam_streamed(int64_t n, const AdamFactors<float>& f, const float* g, const float* p, const float* m, const float* v,
                      float* p1, float* m1, float* v1, bool& bad) {
    __mmask16 found = 0;
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        const __m512 x = _mm512_loadu_ps(p + i);
        const __m512 d = _mm512_add_ps(_mm512_loadu_ps(g + i), _mm512_mul_ps(all(f.decay), x));
        const __m512 a = _mm512_add_ps(_mm512_mul_ps(_mm512_loadu_ps(m + i), all(f.beta1)), _mm512_mul_ps(all(f.rest1), d));
        const __m512 b = _mm512_add_ps(_mm512_mul_ps(_mm512_loadu_ps(v + i), all(f.beta2)),
                                       _mm512_mul_ps(_mm512_mul_ps(all(f.rest2), d), d));
        const __m512 below = _mm512_add_ps(_mm512_div_ps(_mm512_sqrt_ps(b), all(f.root)), all(f.epsilon));
        const __m512 c = _mm512_add_ps(x, _mm512_div_ps(_mm512_mul_ps(all(f.step), a), below));
        _mm512_stream_ps(m1 + i, a);
        _mm512_stream_ps(v1 + i, b);
        _mm512_stream_ps(p1 + i, c);
        found |= not_finite(c) | not_finite(b);
    }
    bad |= found != 0;
    return i;
}

int64_t polyak_streamed(int64_t n, float tau, float rest, const float* p, const float* target, float* target1, bool& bad) {
    __mmask16 found = 0;
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        const __m512 c = _mm512_add_ps(_mm512_mul_ps(all(tau), _mm512_loadu_ps(p + i)),
                                       _mm512_mul_ps(all(rest), _mm512_loadu_ps(target + i)));
        _mm512_stream_ps(target1 + i, c);
        found |= not_finite(c);
    }
    bad |= found != 0;
    return i;
}

void end_streams() { _mm_sfence(); }

}  // namespace mt

#else

namespace mt {
bool streams(int64_t, float) { return false; }
int64_t adam_streamed(int64_t, const AdamFactors<float>&, const float*, const float*, const float*, const float*, float*, float*,
                      float*, bool&) { return 0; }
int64_t polyak_streamed(int64_t, float, float, const float*, const float*, float*, bool&) { return 0; }
void end_streams() {}
}  // namespace mt

#endif
