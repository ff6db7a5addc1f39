// A convolution between two images, by filters of 3 × 3: as a map from the big image to the small one (a convolution),
// from the small one to the big one (its transpose), and the gradient of the filters, which is the same for both.
//
// The weight is [small channels, big channels, 3, 3] in both directions. With stride 2 the big image is in the order of
// planes, with stride 1 in that of pixels; the small image is always in that of pixels.
#pragma once
#include <ATen/ATen.h>
#include <vector>
#include "kernels/convolution.h"

namespace mt {

constexpr int64_t Filter = 3;
// Pixels around a small image that a map to a big one reads: zeros.
constexpr int64_t Border = Filter - 1;

struct Filters {
    int64_t small, big;  // channels
    int64_t small_side, big_side;
    int64_t stride;

    bool has_planes() const { return stride == 2; }
    int64_t windows() const { return Filter * Filter * (has_planes() ? big : lanes_of(big)); }
};

// The filters of one map in the order of its sums.
struct Taps {
    at::Tensor weights;  // [inputs, lanes]
    std::vector<int32_t> offsets;
    int64_t lanes;
};

// Elements of an image in the order of pixels with `border` zeros around it, and that image in such memory.
inline int64_t pixel_elements(int64_t side, int64_t lanes, int64_t border) {
    return (side + 2 * border) * (side + 2 * border) * lanes;
}
inline Pixels pixels_in(float* memory, int64_t side, int64_t lanes, int64_t border) {
    const auto row = (side + 2 * border) * lanes;
    return {memory + border * (row + lanes), row, lanes};
}
void clear_border(const Pixels& image, int64_t side);

// To the small image; `row`: elements between rows of the big one. Weights are multiplied by `scale`.
Taps shrinking(const Filters& f, const float* weight, float scale, int64_t row);
void shrink(const Filters& f, const Taps& taps, const float* big, int64_t row, const float* bias, bool relu,
            const Pixels& mask, const Pixels& small);

// To the big image in the order of pixels; one set of taps, with stride 2 one for each parity of row and column. The small
// image has a border of zeros.
std::vector<Taps> growing(const Filters& f, const float* weight, int64_t row);
void grow(const Filters& f, const std::vector<Taps>& taps, const Pixels& small, const float* bias, bool relu,
          const Pixels& mask, const Pixels& big);

// Adds the gradient of the filters to sums [windows, lanes], and the sums, times `scale`, as a weight.
void add_filter_gradient(const Filters& f, const float* big, int64_t row, const Pixels& small, float* sums);
void filter_gradient(const Filters& f, const float* sums, float scale, float* weight);

}  // namespace mt
