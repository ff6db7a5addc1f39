// A stack of transposed convolutions with ReLU after all but the last, forward and backward.
#include "convolutions/frames.h"

namespace mt {

namespace {

// Images before a layer have a border of zeros; the one of layer i in `all`, image n.
Pixels input_of(const Filters& f, const at::Tensor& all, int64_t n) {
    const auto lanes = lanes_of(f.small);
    return pixels_in(all.data_ptr<float>() + n * pixel_elements(f.small_side, lanes, Border), f.small_side, lanes, Border);
}

at::Tensor inputs(const Filters& f, int64_t images) {
    return at::empty({images, pixel_elements(f.small_side, lanes_of(f.small), Border)});
}

Pixels without_border(const Filters& f, const at::Tensor& memory) {
    return pixels_in(memory.data_ptr<float>(), f.big_side, lanes_of(f.big), 0);
}

at::Tensor big_image(const Filters& f) { return at::empty({pixel_elements(f.big_side, lanes_of(f.big), 0)}); }

// One image of x before the first layer.
Pixels first_input(const Filters& f, const at::Tensor& x, int64_t n, const at::Tensor& memory) {
    const auto pixels = input_of(f, memory, 0);
    to_pixels(x.data_ptr<float>() + n * x.size(1), nullptr, f.small, f.small_side, pixels);
    return pixels;
}

}  // namespace

at::Tensor deconvolutions_forward(const FrameLayers& layers, const at::Tensor& x, Tensors* saved) {
    const auto images = x.size(0), last = layers.count() - 1;
    const auto& outer = layers.filters[last];
    const auto y = at::empty({images, outer.big * outer.big_side * outer.big_side});
    std::vector<std::vector<Taps>> taps;
    Tensors biases, hidden;
    for (int64_t i = 0; i <= last; ++i) {
        const auto& f = layers.filters[i];
        taps.push_back(growing(f, layers.weight(i), (f.small_side + 2 * Border) * lanes_of(f.small)));
        biases.push_back(padded(layers.bias(i)));
        if (saved && i > 0) hidden.push_back(inputs(f, images));
    }
    for_chunks(images, [&](int64_t, int64_t first, int64_t end) {
        Tensors own;
        for (const auto& f : layers.filters) own.push_back(inputs(f, 1).zero_());
        const auto frame = big_image(outer);
        for (auto n = first; n < end; ++n) {
            auto input = first_input(layers.filters[0], x, n, own[0]);
            for (int64_t i = 0; i < last; ++i) {
                const auto& next = layers.filters[i + 1];
                const auto to = saved ? input_of(next, hidden[i], n) : input_of(next, own[i + 1], 0);
                if (saved) clear_border(to, next.small_side);
                grow(layers.filters[i], taps[i], input, biases[i].data_ptr<float>(), true, {}, to);
                input = to;
            }
            const auto pixels = without_border(outer, frame);
            grow(outer, taps[last], input, biases[last].data_ptr<float>(), false, {}, pixels);
            to_planes(pixels, outer.big, outer.big_side, y.data_ptr<float>() + n * y.size(1));
        }
    });
    if (saved) *saved = hidden;
    return y;
}

FrameSums deconvolutions_backward(const FrameLayers& layers, const at::Tensor& x, const Tensors& saved, const at::Tensor& g,
                                  const at::Tensor& gx) {
    const auto images = x.size(0), last = layers.count() - 1;
    const auto row_of = [](const Filters& f) { return f.has_planes() ? f.big_side : f.big_side * lanes_of(f.big); };
    std::vector<Taps> taps;
    for (int64_t i = 0; i <= last; ++i)
        taps.push_back(shrinking(layers.filters[i], layers.weight(i), 1.0f, row_of(layers.filters[i])));
    std::vector<FrameSums> sums;
    for (int64_t chunk = 0; chunk < chunks_of(images); ++chunk) sums.emplace_back(layers);
    for_chunks(images, [&](int64_t chunk, int64_t first, int64_t end) {
        // Of layer i: the gradient of its input.
        Tensors gradients;
        for (const auto& f : layers.filters) gradients.push_back(at::empty({pixel_elements(f.small_side, lanes_of(f.small), 0)}));
        const auto memory = inputs(layers.filters[0], 1).zero_();
        for (auto n = first; n < end; ++n) {
            const float* gradient = g.data_ptr<float>() + n * g.size(1);
            for (auto i = last; i >= 0; --i) {
                const auto& f = layers.filters[i];
                const auto input = i > 0 ? input_of(f, saved[i - 1], n) : first_input(f, x, n, memory);
                add_filter_gradient(f, gradient, row_of(f), input, sums[chunk].filters[i].data_ptr<float>());
                if (i < last)
                    add_pixels({const_cast<float*>(gradient), row_of(f), lanes_of(f.big)}, f.big_side,
                               sums[chunk].biases[i].data_ptr<float>());
                if (i == 0 && !gx.defined()) break;
                const auto to = pixels_in(gradients[i].data_ptr<float>(), f.small_side, lanes_of(f.small), 0);
                shrink(f, taps[i], gradient, row_of(f), nullptr, false, i > 0 ? input : Pixels{}, to);
                gradient = to.data;
                if (i == 0) to_planes(to, f.small, f.small_side, gx.data_ptr<float>() + n * gx.size(1));
            }
        }
    });
    for (size_t chunk = 1; chunk < sums.size(); ++chunk) sums[0].add(sums[chunk]);
    const auto channels = layers.filters[last].big;
    sums[0].biases[last].narrow(0, 0, channels).copy_(g.view({images, channels, -1}).sum(at::IntArrayRef({0, 2})));
    return sums[0];
}

}  // namespace mt
