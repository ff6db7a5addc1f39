#include "convolutions/filters.h"
#include <algorithm>

namespace mt {

namespace {

int64_t at(const Filters& f, int64_t s, int64_t b, int64_t p, int64_t q) { return ((s * f.big + b) * Filter + p) * Filter + q; }

// Index of an input of a window in the sums of the gradient.
int64_t window(const Filters& f, int64_t b, int64_t p, int64_t q) {
    return f.has_planes() ? (b * Filter + p) * Filter + q : (p * Filter + q) * lanes_of(f.big) + b;
}

// Taps in order; weight(tap, lane).
template <class Weight>
Taps pack(std::vector<int32_t> offsets, int64_t channels, Weight&& weight) {
    const auto lanes = lanes_of(channels);
    Taps taps{at::zeros({static_cast<int64_t>(offsets.size()), lanes}), std::move(offsets), lanes};
    auto to = taps.weights.data_ptr<float>();
    for (size_t k = 0; k < taps.offsets.size(); ++k)
        for (int64_t c = 0; c < channels; ++c) to[k * lanes + c] = weight(k, c);
    return taps;
}

Correlation correlation(const Taps& taps, const float* bias, bool relu) {
    Correlation c{};
    c.weights = taps.weights.data_ptr<float>();
    c.offsets = taps.offsets.data();
    c.end = static_cast<int64_t>(taps.offsets.size());
    c.bias = bias;
    c.relu = relu;
    c.lanes = taps.lanes;
    return c;
}

struct Tap {
    int64_t channel, p, q;
};

// Output rows of one parity read one or two taps: of row 2 i + parity those with 2 (i - shift) + p = 2 i + parity.
struct ParityTap {
    int64_t p, shift;
};
std::vector<ParityTap> taps_of(int64_t parity) {
    return parity == 0 ? std::vector<ParityTap>{{2, 1}, {0, 0}} : std::vector<ParityTap>{{1, 0}};
}

}  // namespace

void clear_border(const Pixels& image, int64_t side) {
    const auto whole = (side + 2 * Border) * image.lanes, edge = Border * image.lanes;
    for (int64_t i = -Border; i < side + Border; ++i) {
        float* row = image.data + i * image.row - edge;
        if (i < 0 || i >= side) {
            std::fill_n(row, whole, 0.0f);
        } else {
            std::fill_n(row, edge, 0.0f);
            std::fill_n(row + whole - edge, edge, 0.0f);
        }
    }
}

Taps shrinking(const Filters& f, const float* weight, float scale, int64_t row) {
    std::vector<int32_t> offsets(Filter * Filter * f.big);
    std::vector<Tap> taps(offsets.size());
    for (int64_t b = 0; b < f.big; ++b)
        for (int64_t p = 0; p < Filter; ++p)
            for (int64_t q = 0; q < Filter; ++q) {
                const auto k = f.has_planes() ? (b * Filter + p) * Filter + q : (p * Filter + q) * f.big + b;
                taps[k] = {b, p, q};
                offsets[k] = static_cast<int32_t>(
                    f.has_planes() ? b * f.big_side * row + p * row + q : p * row + q * lanes_of(f.big) + b);
            }
    return pack(std::move(offsets), f.small,
                [&](size_t k, int64_t s) { return scale * weight[at(f, s, taps[k].channel, taps[k].p, taps[k].q)]; });
}

void shrink(const Filters& f, const Taps& taps, const float* big, int64_t row, const float* bias, bool relu,
            const Pixels& mask, const Pixels& small) {
    auto c = correlation(taps, bias, relu);
    c.step = f.has_planes() ? f.stride : lanes_of(f.big);
    c.result_step = small.lanes;
    for (int64_t i = 0; i < f.small_side; ++i) {
        c.x = big + f.stride * i * row;
        c.mask = mask.data ? mask.data + i * mask.row : nullptr;
        c.result = small.data + i * small.row;
        correlate(c, f.small_side);
    }
}

std::vector<Taps> growing(const Filters& f, const float* weight, int64_t row) {
    std::vector<Taps> all;
    const auto lanes = lanes_of(f.small);
    const auto add = [&](const std::vector<ParityTap>& rows, const std::vector<ParityTap>& columns) {
        std::vector<int32_t> offsets;
        std::vector<Tap> taps;
        for (const auto& r : rows)
            for (const auto& c : columns)
                for (int64_t s = 0; s < f.small; ++s) {
                    taps.push_back({s, r.p, c.p});
                    offsets.push_back(static_cast<int32_t>(-r.shift * row - c.shift * lanes + s));
                }
        all.push_back(pack(std::move(offsets), f.big,
                           [&](size_t k, int64_t b) { return weight[at(f, taps[k].channel, b, taps[k].p, taps[k].q)]; }));
    };
    if (f.stride == 1) {
        const std::vector<ParityTap> every{{2, 2}, {1, 1}, {0, 0}};
        add(every, every);
    } else {
        for (int64_t i = 0; i < 2; ++i)
            for (int64_t j = 0; j < 2; ++j) add(taps_of(i), taps_of(j));
    }
    return all;
}

void grow(const Filters& f, const std::vector<Taps>& taps, const Pixels& small, const float* bias, bool relu,
          const Pixels& mask, const Pixels& big) {
    for (int64_t parity = 0; parity < f.stride * f.stride; ++parity) {
        const auto row = parity / f.stride, column = parity % f.stride;
        auto c = correlation(taps[parity], bias, relu);
        c.step = small.lanes;
        c.result_step = f.stride * big.lanes;
        for (int64_t i = 0; f.stride * i + row < f.big_side; ++i) {
            if (f.stride == 1) {
                // Rows outside the small image are zero.
                const auto taps_of_row = Filter * f.small;
                c.first = std::max<int64_t>(0, Border - i) * taps_of_row;
                c.end = std::min<int64_t>(Filter, f.small_side + Border - i) * taps_of_row;
            }
            c.x = small.data + i * small.row;
            c.mask = mask.data ? mask.data + i * mask.row : nullptr;
            c.result = big.data + (f.stride * i + row) * big.row + column * big.lanes;
            correlate(c, (f.big_side - column + f.stride - 1) / f.stride);
        }
    }
}

void add_filter_gradient(const Filters& f, const float* big, int64_t row, const Pixels& small, float* sums) {
    WindowGradient w{};
    w.x_row = f.stride * row;
    w.g = small.data;
    w.g_row = small.row;
    w.rows = w.pixels = f.small_side;
    w.lanes = small.lanes;
    if (f.has_planes()) {
        w.runs = w.run = Filter;
        w.pitch = row;
        w.step = f.stride;
    } else {
        w.runs = 1;
        w.run = Filter * lanes_of(f.big);
        w.step = lanes_of(f.big);
    }
    for (int64_t piece = 0; piece < (f.has_planes() ? f.big : Filter); ++piece) {
        w.x = big + piece * (f.has_planes() ? f.big_side * row : row);
        w.sums = sums + piece * w.runs * w.run * w.lanes;
        add_window_gradient(w);
    }
}

void filter_gradient(const Filters& f, const float* sums, float scale, float* weight) {
    const auto lanes = lanes_of(f.small);
    for (int64_t s = 0; s < f.small; ++s)
        for (int64_t b = 0; b < f.big; ++b)
            for (int64_t p = 0; p < Filter; ++p)
                for (int64_t q = 0; q < Filter; ++q)
                    weight[at(f, s, b, p, q)] = scale * sums[window(f, b, p, q) * lanes + s];
}

}  // namespace mt
