// The elementwise parts of a layer: plain loops over rows, compiled for several processors (flags:
// CMakeLists.txt). No header of libtorch is needed.
#include "kernels/rows.h"
#include <cstring>

#if defined(__x86_64__) && defined(__linux__)
#define MT_CLONES __attribute__((target_clones("arch=skylake-avx512", "avx2", "default")))
#else
#define MT_CLONES
#endif

namespace mt {
namespace {

inline float widen(bf16 x) {
    uint32_t bits = static_cast<uint32_t>(x) << 16;
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}
inline float widen(float x) { return x; }
inline double widen(double x) { return x; }

// To the nearest, ties to even, as libtorch rounds. A NaN from arithmetic stays NaN: its lower bits are 0.
inline bf16 narrow(float value, bf16) {
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    return static_cast<bf16>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}
inline float narrow(float value, float) { return value; }
inline double narrow(double value, double) { return value; }

// g where activation > 0, else 0. For bfloat16 in integers, which the compiler can vectorise.
inline float gate(float activation, float g) { return activation > 0 ? g : 0.f; }
inline double gate(double activation, double g) { return activation > 0 ? g : 0.0; }
inline bf16 gate(bf16 activation, bf16 g) { return static_cast<int16_t>(activation) > 0 ? g : bf16{0}; }

template <class W>
void fold(int64_t n, W* part, W* sums) {
    for (int64_t c = 0; c < n; ++c) {
        sums[c] += part[c];
        part[c] = 0;
    }
}

}  // namespace

// NaN stays NaN: the comparison is false for it.
#define MT_FINISH(T, W) \
    MT_CLONES static void bias_relu(int64_t n, const W* __restrict bias, T* __restrict row) { \
        for (int64_t c = 0; c < n; ++c) { \
            W x = widen(row[c]) + bias[c]; \
            row[c] = narrow(x < 0 ? W(0) : x, T()); \
        } \
    } \
    MT_CLONES static void bias_only(int64_t n, const W* __restrict bias, T* __restrict row) { \
        for (int64_t c = 0; c < n; ++c) row[c] = narrow(widen(row[c]) + bias[c], T()); \
    } \
    MT_CLONES static void relu_only(int64_t n, T* __restrict row) { \
        for (int64_t c = 0; c < n; ++c) { \
            W x = widen(row[c]); \
            row[c] = narrow(x < 0 ? W(0) : x, T()); \
        } \
    } \
    MT_CLONES static bool all_zero(int64_t n, const T* row) { \
        int nonzero = 0; \
        for (int64_t c = 0; c < n; ++c) nonzero |= !(widen(row[c]) == 0); \
        return nonzero == 0; \
    } \
    template <> \
    void add_bias<T, W>(int64_t rows, int64_t columns, const W* bias, bool relu, T* data) { \
        for (int64_t r = 0; r < rows; ++r, data += columns) { \
            if (bias && relu) bias_relu(columns, bias, data); \
            else if (bias) bias_only(columns, bias, data); \
            else if (relu) relu_only(columns, data); \
        } \
    } \
    template <> \
    int64_t live_rows<T>(int64_t rows, int64_t columns, const T* gradient, int32_t* live) { \
        int64_t count = 0; \
        for (int64_t r = 0; r < rows; ++r, gradient += columns) { \
            /* The first numbers of most nonzero rows are not all zero. */ \
            const int64_t few = columns < 16 ? columns : 16; \
            if (!all_zero(few, gradient) || !all_zero(columns - few, gradient + few)) live[count++] = static_cast<int32_t>(r); \
        } \
        return count; \
    }

#define MT_MASK(T, O, W) \
    MT_CLONES static void mask_row(int64_t n, const T* __restrict g, const T* __restrict activation, \
                                   O* __restrict out, W* __restrict sums) { \
        for (int64_t c = 0; c < n; ++c) { \
            W x = widen(gate(activation[c], g[c])); \
            out[c] = narrow(x, O()); \
            sums[c] += x; \
        } \
    } \
    MT_CLONES static void sum_row(int64_t n, const T* __restrict g, O* __restrict out, W* __restrict sums) { \
        for (int64_t c = 0; c < n; ++c) { \
            W x = widen(g[c]); \
            out[c] = narrow(x, O()); \
            sums[c] += x; \
        } \
    } \
    /* Partial sums of 32 rows: the error grows with the number of blocks, not of rows. */ \
    template <> \
    void mask_and_sum<T, O, W>(int64_t rows, int64_t columns, const T* g, const T* activation, O* out, W* sums) { \
        W* part = new W[columns](); \
        for (int64_t at = 0, r = 0; r < rows; ++r, at += columns) { \
            if (activation) mask_row(columns, g + at, activation + at, out + at, part); \
            else sum_row(columns, g + at, out + at, part); \
            if (r % 32 == 31 || r == rows - 1) fold(columns, part, sums); \
        } \
        delete[] part; \
    }

MT_FINISH(float, float)
MT_FINISH(double, double)
MT_FINISH(bf16, float)
MT_MASK(float, float, float)
MT_MASK(double, double, double)
MT_MASK(bf16, bf16, float)
MT_MASK(float, bf16, float)
MT_MASK(bf16, float, float)

}  // namespace mt
