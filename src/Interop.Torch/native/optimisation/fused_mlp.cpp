// Passes of Adam over minibatches of a small network, without a tensor: gather rows, forward, loss, backward, step.
//
// Why: with layers of 32 to 64 units and 64 rows a minibatch is a tenth of a millisecond of arithmetic, and several
// times as much of making, recording and freeing tensors. The recorded computation, which the tests compare with, is
// that of Descending.fs.
#include <algorithm>
#include <cmath>
#include <cstring>
#include "optimisation/fused_mlp.h"
#include "kernels/product.h"
#include "optimisation/mlp.h"

namespace {

MT_CLONES double squared(int64_t n, const float* __restrict x) {
    double sum = 0.0;
    for (int64_t i = 0; i < n; ++i) sum += double(x[i]) * double(x[i]);
    return sum;
}

MT_CLONES void scale(int64_t n, float factor, float* __restrict x) {
    for (int64_t i = 0; i < n; ++i) x[i] *= factor;
}

void shorten(double limit, int64_t n, float* gradient) {
    if (limit <= 0.0) return;
    const double factor = limit / (1e-6 + std::sqrt(squared(n, gradient)));
    if (factor < 1.0) scale(n, float(factor), gradient);
}

// The loss of a minibatch, and its gradient to room.gradient.
double differentiate(const mt::SmallNetwork& network, int64_t minibatch, const float* p, mt::SmallRoom& room) {
    const bool is_value = network.how.loss == MT_GAUSSIAN || network.how.loss == MT_SQUARED;
    double loss = 0.0;
    std::fill_n(room.gradient, network.length, 0.0f);
    network.by_pieces(minibatch, [&](const mt::Piece& piece) {
        gather(network, piece, room);
        forward(network, p, piece, room);
        loss += (is_value ? mt::value_loss : mt::policy_loss)(network, p, piece, room);
        backward(network, p, piece, room);
    });
    return loss;
}

}  // namespace

int32_t mt_has_passes(void) { return mt::has_product_f32() ? 1 : 0; }

void mt_passes_f32(const mt_passes* how, float* p, float* m, float* v, float* losses) {
    const mt::SmallNetwork network{*how};
    mt::SmallRoom room{network};
    mt_adam adam = how->adam;
    float *vectors[3] = {p, m, v}, *next[3] = {room.next[0], room.next[1], room.next[2]};
    for (int64_t k = 0; k < how->minibatches; ++k, ++adam.step) {
        losses[k] = float(differentiate(network, k, vectors[0], room));
        shorten(how->max_norm, network.length, room.gradient);
        const float* gradient = room.gradient;
        mt_adam_f32(0, network.length, &adam, &gradient, 1, vectors[0], vectors[1], vectors[2], next[0], next[1], next[2]);
        for (int i = 0; i < 3; ++i) std::swap(vectors[i], next[i]);
    }
    float* given[3] = {p, m, v};
    for (int i = 0; i < 3; ++i)
        if (vectors[i] != given[i]) std::memcpy(given[i], vectors[i], sizeof(float) * network.length);
}

void mt_pass_gradients_f32(const mt_passes* how, const float* p, float* gradients, float* losses) {
    const mt::SmallNetwork network{*how};
    mt::SmallRoom room{network};
    for (int64_t k = 0; k < how->minibatches; ++k) {
        losses[k] = float(differentiate(network, k, p, room));
        std::memcpy(gradients + k * network.length, room.gradient, sizeof(float) * network.length);
    }
}
