// Stacks of convolutions on square images, and of their transposes, image by image: all layers of an image in turn, so
// that it stays in the cache.
#pragma once
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <vector>
#include "convolutions/filters.h"

namespace mt {

using Tensors = std::vector<at::Tensor>;

// Weight and bias of each layer in turn, as given: a stack of convolutions goes from big to small images.
struct FrameLayers {
    std::vector<Filters> filters;
    const at::Tensor* parameters;
    bool transposed;
    float scale;  // of the input: 1 / divisor

    int64_t count() const { return static_cast<int64_t>(filters.size()); }
    const float* weight(int64_t i) const { return parameters[2 * i].data_ptr<float>(); }
    const at::Tensor& bias(int64_t i) const { return parameters[2 * i + 1]; }
    float scale_of(int64_t i) const { return i == 0 ? scale : 1.0f; }
};

// Bias padded to lanes.
at::Tensor padded(const at::Tensor& bias);

// The sums of one thread: of filters and of biases of each layer.
struct FrameSums {
    Tensors filters, biases;
    explicit FrameSums(const FrameLayers& layers);
    void add(const FrameSums& other);
};

// One chunk of images for each thread of libtorch.
inline int64_t chunks_of(int64_t images) {
    return std::max<int64_t>(1, std::min<int64_t>(images, at::get_num_threads()));
}

// Calls body(chunk, first image, end) for each chunk.
template <class Body>
void for_chunks(int64_t images, Body&& body) {
    const auto chunks = chunks_of(images);
    at::parallel_for(0, chunks, 1, [&](int64_t from, int64_t to) {
        for (auto chunk = from; chunk < to; ++chunk) body(chunk, images * chunk / chunks, images * (chunk + 1) / chunks);
    });
}

// x [n, big channels · side²] of bytes or floats to [n, small channels · side²]. `saved`, unless null, receives what
// backward reads.
at::Tensor convolutions_forward(const FrameLayers& layers, const at::Tensor& x, Tensors* saved);
FrameSums convolutions_backward(const FrameLayers& layers, const at::Tensor& x, const Tensors& saved, const at::Tensor& g);

// x [n, small channels · side²] of floats to [n, big channels · side²]. gx, if defined, receives the gradient of x.
at::Tensor deconvolutions_forward(const FrameLayers& layers, const at::Tensor& x, Tensors* saved);
FrameSums deconvolutions_backward(const FrameLayers& layers, const at::Tensor& x, const Tensors& saved, const at::Tensor& g,
                                  const at::Tensor& gx);

}  // namespace mt
