// A stack of convolutions with ReLU after each, forward and backward.
#include "convolutions/frames.h"

namespace mt {

namespace {

// One image of x as planes of floats.
const float* planes_of(const at::Tensor& x, int64_t n, float* memory) {
    const auto size = x.size(1);
    if (x.scalar_type() == at::kFloat) return x.data_ptr<float>() + n * size;
    to_floats(size, x.data_ptr<uint8_t>() + n * size, memory);
    return memory;
}

int64_t row_of(const Filters& f, int64_t border) {
    return f.has_planes() ? f.big_side : (f.big_side + 2 * border) * lanes_of(f.big);
}

// Images between the layers have no border; the results of layer i of image n.
Pixels result_of(const Filters& f, const at::Tensor& all, int64_t n) {
    const auto lanes = lanes_of(f.small);
    return pixels_in(all.data_ptr<float>() + n * pixel_elements(f.small_side, lanes, 0), f.small_side, lanes, 0);
}

at::Tensor results(const Filters& f, int64_t images) {
    return at::empty({images, pixel_elements(f.small_side, lanes_of(f.small), 0)});
}

}  // namespace

at::Tensor convolutions_forward(const FrameLayers& layers, const at::Tensor& x, Tensors* saved) {
    const auto images = x.size(0), last = layers.count() - 1;
    const auto& outer = layers.filters[last];
    const auto y = at::empty({images, outer.small * outer.small_side * outer.small_side});
    std::vector<Taps> taps;
    Tensors biases, hidden;
    for (int64_t i = 0; i <= last; ++i) {
        const auto& f = layers.filters[i];
        taps.push_back(shrinking(f, layers.weight(i), layers.scale_of(i), row_of(f, 0)));
        biases.push_back(padded(layers.bias(i)));
        if (saved && i < last) hidden.push_back(results(f, images));
    }
    for_chunks(images, [&](int64_t, int64_t first, int64_t end) {
        const auto planes = at::empty({x.size(1)});
        Tensors own;
        for (const auto& f : layers.filters) own.push_back(results(f, 1));
        for (auto n = first; n < end; ++n) {
            const float* input = planes_of(x, n, planes.data_ptr<float>());
            for (int64_t i = 0; i <= last; ++i) {
                const auto& f = layers.filters[i];
                const auto to = saved && i < last ? result_of(f, hidden[i], n) : result_of(f, own[i], 0);
                shrink(f, taps[i], input, row_of(f, 0), biases[i].data_ptr<float>(), true, {}, to);
                input = to.data;
            }
            to_planes(result_of(outer, own[last], 0), outer.small, outer.small_side, y.data_ptr<float>() + n * y.size(1));
        }
    });
    if (saved) {
        *saved = hidden;
        // Not y itself, which will refer to the record that owns this list.
        saved->push_back(y.detach());
    }
    return y;
}

FrameSums convolutions_backward(const FrameLayers& layers, const at::Tensor& x, const Tensors& saved, const at::Tensor& g) {
    const auto images = x.size(0), last = layers.count() - 1;
    // Of layer i: gradients of its results, with a border of zeros where the layer reads the results of another.
    const auto gradient_of = [&](int64_t i, const at::Tensor& memory) {
        const auto& f = layers.filters[i];
        return pixels_in(memory.data_ptr<float>(), f.small_side, lanes_of(f.small), Border);
    };
    std::vector<std::vector<Taps>> taps(layers.count());
    for (int64_t i = 1; i <= last; ++i) {
        const auto& f = layers.filters[i];
        taps[i] = growing(f, layers.weight(i), (f.small_side + 2 * Border) * lanes_of(f.small));
    }
    std::vector<FrameSums> sums;
    for (int64_t chunk = 0; chunk < chunks_of(images); ++chunk) sums.emplace_back(layers);
    for_chunks(images, [&](int64_t chunk, int64_t first, int64_t end) {
        const auto planes = at::empty({x.size(1)});
        Tensors gradients;
        for (const auto& f : layers.filters) gradients.push_back(at::zeros({pixel_elements(f.small_side, lanes_of(f.small), Border)}));
        for (auto n = first; n < end; ++n) {
            const auto& outer = layers.filters[last];
            to_pixels(g.data_ptr<float>() + n * g.size(1), saved[last].data_ptr<float>() + n * g.size(1), outer.small,
                      outer.small_side, gradient_of(last, gradients[last]));
            for (auto i = last; i >= 0; --i) {
                const auto& f = layers.filters[i];
                const auto gradient = gradient_of(i, gradients[i]);
                const auto below = i > 0 ? result_of(layers.filters[i - 1], saved[i - 1], n) : Pixels{};
                const float* input = i > 0 ? below.data : planes_of(x, n, planes.data_ptr<float>());
                add_pixels(gradient, f.small_side, sums[chunk].biases[i].data_ptr<float>());
                add_filter_gradient(f, input, row_of(f, 0), gradient, sums[chunk].filters[i].data_ptr<float>());
                if (i > 0) grow(f, taps[i], gradient, nullptr, false, below, gradient_of(i - 1, gradients[i - 1]));
            }
        }
    });
    for (size_t chunk = 1; chunk < sums.size(); ++chunk) sums[0].add(sums[chunk]);
    return sums[0];
}

}  // namespace mt
