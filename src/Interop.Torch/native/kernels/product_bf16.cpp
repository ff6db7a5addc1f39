// Products of numbers rounded to bfloat16; sums in single precision.
#include "kernels/product.h"

#if defined(__x86_64__)
#include "kernels/product_avx512.h"

namespace {

struct Pairs {
    using Lane = uint32_t;
    static __m512i broadcast(const uint32_t* a) { return _mm512_set1_epi32(static_cast<int>(*a)); }
};

struct InOneInstruction : Pairs {
    static __m512 add(__m512 sum, __m512i a, __m512i b) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }
};

// What the instruction computes, for processors without it: the upper products, then the lower ones. Subnormal numbers
// count, where the instruction takes them for 0.
struct InSinglePrecision : Pairs {
    static __m512 upper(__m512i x) { return _mm512_castsi512_ps(_mm512_and_si512(x, _mm512_set1_epi32(~0xffff))); }
    static __m512 lower(__m512i x) { return _mm512_castsi512_ps(_mm512_slli_epi32(x, 16)); }
    static __m512 add(__m512 sum, __m512i a, __m512i b) {
        return _mm512_fmadd_ps(lower(a), lower(b), _mm512_fmadd_ps(upper(a), upper(b), sum));
    }
};

}  // namespace

namespace mt {

void product_bf16(const Product& product) {
    static const bool has_instruction = __builtin_cpu_supports("avx512bf16");
    if (has_instruction) multiply<InOneInstruction>(product);
    else multiply<InSinglePrecision>(product);
}

void pair_f32(int64_t rows, int64_t columns, const float* from, int64_t from_stride, uint32_t* to) {
    for (int64_t r = 0; r < rows; r += 2, from += 2 * from_stride, to += columns)
        for (int64_t c = 0; c < columns; c += 16) {
            const __mmask16 mask = mask_of(columns - c);
            const __m512i first = to_bf16(_mm512_maskz_loadu_ps(mask, from + c));
            const __m512i second = r + 1 < rows ? to_bf16(_mm512_maskz_loadu_ps(mask, from + from_stride + c))
                                                : _mm512_setzero_si512();
            _mm512_mask_storeu_epi32(to + c, mask, _mm512_or_si512(first, _mm512_slli_epi32(second, 16)));
        }
}

void pair_bf16(int64_t rows, int64_t columns, const bf16* from, int64_t from_stride, uint32_t* to) {
    for (int64_t r = 0; r < rows; r += 2, from += 2 * from_stride, to += columns)
        for (int64_t c = 0; c < columns; c += 16) {
            const __mmask16 mask = mask_of(columns - c);
            const __m512i first = zero_extended(from + c, mask);
            const __m512i second = r + 1 < rows ? zero_extended(from + from_stride + c, mask) : _mm512_setzero_si512();
            _mm512_mask_storeu_epi32(to + c, mask, _mm512_or_si512(first, _mm512_slli_epi32(second, 16)));
        }
}

void round_to_bf16(int64_t count, const float* from, bf16* to) {
    for (int64_t i = 0; i < count; i += 16) {
        const __mmask16 mask = mask_of(count - i);
        _mm512_mask_cvtepi32_storeu_epi16(to + i, mask, to_bf16(_mm512_maskz_loadu_ps(mask, from + i)));
    }
}

}  // namespace mt

#else

namespace mt {
void product_bf16(const Product&) {}
void pair_f32(int64_t, int64_t, const float*, int64_t, uint32_t*) {}
void pair_bf16(int64_t, int64_t, const bf16*, int64_t, uint32_t*) {}
void round_to_bf16(int64_t, const float*, bf16*) {}
}  // namespace mt

#endif
