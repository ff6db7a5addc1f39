// The kernels of convolution.h.
#include "kernels/convolution.h"

#if defined(__x86_64__)
#include "kernels/product_avx512.h"

namespace {

// Results of a tile, at most: with two vectors each and two of weights they fill the 32 registers.
constexpr int MostPixels = 14;

MT_INLINE __mmask16 is_positive(__m512 x) { return _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_NLE_UQ); }

// `Step` is the distance of the inputs of adjacent pixels; 0: that of c.
template <int Count, int Vectors, int Step>
void tile(const mt::Correlation& c, int64_t pixel, int64_t lane) {
    const int64_t step = Step ? Step : c.step;
    __m512 sums[Count][Vectors];
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) {
        const __m512 start = c.bias ? _mm512_loadu_ps(c.bias + lane + 16 * v) : _mm512_setzero_ps();
#pragma GCC unroll 16
        for (int j = 0; j < Count; ++j) sums[j][v] = start;
    }
    const float* x = c.x + pixel * step;
    const float* w = c.weights + c.first * c.lanes + lane;
    for (int64_t k = c.first; k < c.end; ++k, w += c.lanes) {
        const float* at = x + c.offsets[k];
        __m512 weight[Vectors];
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) weight[v] = _mm512_loadu_ps(w + 16 * v);
#pragma GCC unroll 16
        for (int j = 0; j < Count; ++j) {
            const __m512 input = _mm512_set1_ps(at[j * step]);
#pragma GCC unroll 2
            for (int v = 0; v < Vectors; ++v) sums[j][v] = _mm512_fmadd_ps(input, weight[v], sums[j][v]);
        }
    }
    float* result = c.result + pixel * c.result_step + lane;
    const float* mask = c.mask + (c.mask ? pixel * c.lanes + lane : 0);
#pragma GCC unroll 16
    for (int j = 0; j < Count; ++j)
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) {
            __m512 y = sums[j][v];
            if (c.relu) y = relu(y);
            if (c.mask) y = _mm512_maskz_mov_ps(is_positive(_mm512_loadu_ps(mask + j * c.lanes + 16 * v)), y);
            _mm512_storeu_ps(result + j * c.result_step + 16 * v, y);
        }
}

template <int Vectors, int Step>
void tile_of(int64_t count, const mt::Correlation& c, int64_t pixel, int64_t lane) {
    switch (count) {
#define MT_TILE(n) case n: return tile<n, Vectors, Step>(c, pixel, lane);
        MT_TILE(1) MT_TILE(2) MT_TILE(3) MT_TILE(4) MT_TILE(5) MT_TILE(6) MT_TILE(7)
        MT_TILE(8) MT_TILE(9) MT_TILE(10) MT_TILE(11) MT_TILE(12) MT_TILE(13) MT_TILE(14)
#undef MT_TILE
    }
}

template <int Step>
void correlate_by(const mt::Correlation& c, int64_t pixels) {
    // Tiles of nearly equal sizes: a small one would wait for its own sums.
    const int64_t tiles = (pixels + MostPixels - 1) / MostPixels;
    for (int64_t lane = 0; lane < c.lanes; lane += 32)
        for (int64_t t = 0; t < tiles; ++t) {
            const int64_t from = pixels * t / tiles, count = pixels * (t + 1) / tiles - from;
            if (c.lanes - lane > 16) tile_of<2, Step>(count, c, from, lane);
            else tile_of<1, Step>(count, c, from, lane);
        }
}

// Rows of the sums of a window in registers: of `Count` inputs, in runs of `Run`.
template <int Count, int Run, int Vectors>
void window_tile(const mt::WindowGradient& w, int64_t first, int64_t lane) {
    __m512 sums[Count][Vectors];
    float* to = w.sums + first * w.lanes + lane;
#pragma GCC unroll 16
    for (int k = 0; k < Count; ++k)
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) sums[k][v] = _mm512_loadu_ps(to + k * w.lanes + 16 * v);
    for (int64_t i = 0; i < w.rows; ++i) {
        const float* x = w.x + i * w.x_row + first / w.run * w.pitch + first % w.run;
        const float* g = w.g + i * w.g_row + lane;
        for (int64_t j = 0; j < w.pixels; ++j, x += w.step, g += w.lanes) {
            __m512 gradient[Vectors];
#pragma GCC unroll 2
            for (int v = 0; v < Vectors; ++v) gradient[v] = _mm512_loadu_ps(g + 16 * v);
#pragma GCC unroll 16
            for (int k = 0; k < Count; ++k) {
                const __m512 input = _mm512_set1_ps(x[k / Run * w.pitch + k % Run]);
#pragma GCC unroll 2
                for (int v = 0; v < Vectors; ++v) sums[k][v] = _mm512_fmadd_ps(input, gradient[v], sums[k][v]);
            }
        }
    }
#pragma GCC unroll 16
    for (int k = 0; k < Count; ++k)
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) _mm512_storeu_ps(to + k * w.lanes + 16 * v, sums[k][v]);
}

template <int Vectors>
void window_of(const mt::WindowGradient& w, int64_t lane) {
    if (w.run == 3) {
        window_tile<9, 3, Vectors>(w, 0, lane);
        return;
    }
    // Three pixels of lanes: a multiple of 48.
    for (int64_t first = 0; first < w.runs * w.run; first += 12) window_tile<12, 12, Vectors>(w, first, lane);
}

}  // namespace

namespace mt {

bool has_convolution_kernels() { return has_product_f32(); }

void correlate(const Correlation& c, int64_t pixels) {
    switch (c.step) {
        case 2: return correlate_by<2>(c, pixels);
        case 16: return correlate_by<16>(c, pixels);
        case 32: return correlate_by<32>(c, pixels);
        default: return correlate_by<0>(c, pixels);
    }
}

void add_window_gradient(const WindowGradient& w) {
    for (int64_t lane = 0; lane < w.lanes; lane += 32) {
        if (w.lanes - lane > 16) window_of<2>(w, lane);
        else window_of<1>(w, lane);
    }
}

void to_pixels(const float* planes, const float* mask, int64_t channels, int64_t side, const Pixels& to) {
    const __m512i index = _mm512_mullo_epi32(
        _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), _mm512_set1_epi32(int32_t(to.lanes)));
    for (int64_t i = 0; i < side; ++i)
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t j = 0; j < side; j += 16) {
                const int64_t at = (c * side + i) * side + j;
                __mmask16 inside = mask_of(side - j);
                __m512 x = _mm512_maskz_loadu_ps(inside, planes + at);
                if (mask) x = _mm512_maskz_mov_ps(is_positive(_mm512_maskz_loadu_ps(inside, mask + at)), x);
                _mm512_mask_i32scatter_ps(to.data + i * to.row + j * to.lanes + c, inside, index, x, 4);
            }
}

void to_planes(const Pixels& pixels, int64_t channels, int64_t side, float* planes) {
    const __m512i index = _mm512_mullo_epi32(
        _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), _mm512_set1_epi32(int32_t(pixels.lanes)));
    for (int64_t i = 0; i < side; ++i)
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t j = 0; j < side; j += 16) {
                const __mmask16 inside = mask_of(side - j);
                const float* from = pixels.data + i * pixels.row + j * pixels.lanes + c;
                const __m512 x = _mm512_mask_i32gather_ps(_mm512_setzero_ps(), inside, index, from, 4);
                _mm512_mask_storeu_ps(planes + (c * side + i) * side + j, inside, x);
            }
}

void to_floats(int64_t count, const uint8_t* bytes, float* to) {
    for (int64_t k = 0; k < count; k += 16) {
        const __mmask16 inside = mask_of(count - k);
        const __m512i wide = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(inside, bytes + k));
        _mm512_mask_storeu_ps(to + k, inside, _mm512_cvtepi32_ps(wide));
    }
}

void add_pixels(const Pixels& pixels, int64_t side, float* sums) {
    for (int64_t lane = 0; lane < pixels.lanes; lane += 16) {
        __m512 total = _mm512_setzero_ps();
        for (int64_t i = 0; i < side; ++i) {
            const float* x = pixels.data + i * pixels.row + lane;
            for (int64_t j = 0; j < side; ++j, x += pixels.lanes) total = _mm512_add_ps(total, _mm512_loadu_ps(x));
        }
        _mm512_storeu_ps(sums + lane, _mm512_add_ps(_mm512_loadu_ps(sums + lane), total));
    }
}

}  // namespace mt

#else

namespace mt {
bool has_convolution_kernels() { return false; }
void correlate(const Correlation&, int64_t) {}
void add_window_gradient(const WindowGradient&) {}
void to_pixels(const float*, const float*, int64_t, int64_t, const Pixels&) {}
void to_planes(const Pixels&, int64_t, int64_t, float*) {}
void to_floats(int64_t, const uint8_t*, float*) {}
void add_pixels(const Pixels&, int64_t, float*) {}
}  // namespace mt

#endif
