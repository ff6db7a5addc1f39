// Convolutions of single images, for processors with AVX-512.
//
// Images have one of two orders. Planes: [channels, height, width], at the outside of a network. Pixels:
// [height, width, lanes] between its layers, with lanes = channels rounded up to 16; lanes above the channels are 0.
// In the order of pixels a result is a few vectors, and the inputs of adjacent results have a constant distance, so that
// no copy of overlapping inputs is made (im2col): a tile of adjacent results × 32 channels stays in registers over all
// taps and channels.
#pragma once
#include <cstdint>

namespace mt {

// Whether this processor has the instructions.
bool has_convolution_kernels();

inline int64_t lanes_of(int64_t channels) { return (channels + 15) / 16 * 16; }

// Results of adjacent pixels of a row: result[j] = bias + Σ weights[k] x[offsets[k] + step j], k in [first, end).
struct Correlation {
    const float* weights;    // [.., lanes]
    const int32_t* offsets;  // [..], in elements
    int64_t first, end;
    const float* x;
    int64_t step;
    const float* bias;  // [lanes] or null: 0
    bool relu;          // negatives become 0; NaN stays
    const float* mask;  // [pixels, lanes] or null: the result is a gradient, 0 where this is not above 0
    float* result;      // [pixels, lanes]
    int64_t result_step;
    int64_t lanes;
};
void correlate(const Correlation& c, int64_t pixels);

// Adds to sums[k] the sum over pixels of x[k + step j] g[j], for the inputs k of a window: `runs` pieces of `run` adjacent
// elements, `pitch` elements apart.
struct WindowGradient {
    const float* x;
    int64_t runs, run, pitch;
    int64_t x_row, step;  // elements between rows, and between the inputs of adjacent pixels
    const float* g;       // pixels
    int64_t g_row;
    int64_t rows, pixels;  // of g
    int64_t lanes;
    float* sums;  // [runs, run, lanes]
};
void add_window_gradient(const WindowGradient& w);

// Pixels of one image: `row` elements between rows.
struct Pixels {
    float* data;
    int64_t row, lanes;
};

// Planes [channels, side, side] to pixels; where there is a mask (planes), 0 where it is not above 0.
void to_pixels(const float* planes, const float* mask, int64_t channels, int64_t side, const Pixels& to);
void to_planes(const Pixels& pixels, int64_t channels, int64_t side, float* planes);
void to_floats(int64_t count, const uint8_t* bytes, float* to);

// sums[lane] += the sum over all pixels.
void add_pixels(const Pixels& pixels, int64_t side, float* sums);

}  // namespace mt
