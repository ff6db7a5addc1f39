// Products with the Fisher matrix of a small Gaussian policy: Jᵀ F J v, where J is the derivative of means and log σ by the
// parameters, and F is 1/σ² for a mean and 2 for a log σ. Formulas: SmallFisher.fs.
//
// Why: a recorded Hessian product goes through the network four times and makes some sixty tensors of all rows; this goes
// through it three times, a few rows at a time, which stay in the cache.
#include <algorithm>
#include <cmath>
#include "optimisation/fisher.h"
#include "kernels/product.h"
#include "optimisation/mlp.h"

namespace {

using mt::Piece;
using mt::Rows;
using mt::SmallLayer;
using mt::SmallNetwork;
using mt::SmallRoom;

// From the change of what a layer normalisation reads to that of what it makes, in place.
MT_CLONES void normalise_change(int64_t rows, int64_t units, const float* __restrict gain, const float* __restrict of_gain,
                                const float* __restrict of_shift, const float* __restrict normal,
                                const float* __restrict inverse, float* __restrict t) {
    for (int64_t r = 0; r < rows; ++r, t += units, normal += units) {
        float mean = 0.0f, along = 0.0f;
        for (int64_t c = 0; c < units; ++c) {
            mean += t[c];
            along += t[c] * normal[c];
        }
        mean /= float(units);
        along /= float(units);
        for (int64_t c = 0; c < units; ++c)
            t[c] = gain[c] * inverse[r] * (t[c] - mean - normal[c] * along) + of_gain[c] * normal[c] + of_shift[c];
    }
}

MT_CLONES void add(int64_t n, const float* __restrict x, double* __restrict to) {
    for (int64_t i = 0; i < n; ++i) to[i] += double(x[i]);
}

// t' = h V + t W + c, where weight and bias change by V and c, and the rows h by t; the first layer's rows do not change.
void change_products(const SmallLayer& layer, const Rows& rows, const float* weight, const float* of_weight, const float* of_bias,
                     const float* h, const float* t, float* to) {
    mt::Product product{};
    product.rows = rows.next - rows.first;
    product.columns = layer.units;
    product.inner = layer.inputs;
    product.left = h;
    product.left_stride = layer.inputs;
    product.right = of_weight;
    product.right_stride = layer.units;
    product.bias = of_bias;
    product.result = to;
    product.result_stride = layer.units;
    if (t) product.second = {t, layer.inputs, weight, layer.units, layer.inputs};
    mt::product_f32(product);
}

// J v for the means, to room.g, after a forward pass.
void change(const SmallNetwork& network, const float* p, const float* v, const Piece& piece, SmallRoom& room) {
    for (size_t i = 0; i < network.layers.size(); ++i) {
        const SmallLayer& layer = network.layers[i];
        const int64_t in = layer.inputs, out = layer.units;
        for (const Rows& rows : mt::groups_of(layer, piece)) {
            const int64_t weight = layer.weight + rows.group * in * out, first = rows.first * in;
            change_products(layer, rows, p + weight, v + weight, v + layer.bias + rows.group * out, room.results[i] + first,
                            i > 0 ? room.g + first : nullptr, room.below + rows.first * out);
        }
        if (layer.normalised)
            normalise_change(piece.rows, out, p + layer.gain, v + layer.gain, v + layer.shift, room.normal[i], room.inverse[i],
                             room.below);
        mt::times_slope(layer, piece.rows * out, room.results[i + 1], room.below);
        std::swap(room.g, room.below);
    }
}

// Times a row's share / σ², in place.
void weigh(const SmallNetwork& network, const float* p, const Piece& piece, SmallRoom& room) {
    const auto& how = network.how;
    const int64_t n = network.outputs();
    for (const Rows& rows : piece.tasks) {
        const float* log_std = p + (how.spread > n ? rows.group * n : 0);
        for (int64_t a = 0; a < n; ++a) {
            const float by = float(piece.share * std::exp(-2.0 * std::fmin(std::fmax(log_std[a], how.low), how.high)));
            for (int64_t r = rows.first; r < rows.next; ++r) room.g[r * n + a] *= by;
        }
    }
}

}  // namespace

void mt_fisher_f32(const mt_passes* how, const float* p, const float* v, float* to) {
    const SmallNetwork network{*how};
    const int64_t n = network.outputs();
    SmallRoom room{network};
    std::vector<double> sum(network.length, 0.0), shares(how->tasks, 0.0);
    network.by_pieces(0, [&](const Piece& piece) {
        for (const Rows& rows : piece.tasks) shares[rows.group] += piece.share * double(rows.next - rows.first);
        gather(network, piece, room);
        forward(network, p, piece, room);
        change(network, p, v, piece, room);
        weigh(network, p, piece, room);
        std::fill_n(room.gradient, network.length, 0.0f);
        backward(network, p, piece, room);
        add(network.length, room.gradient, sum.data());
    });
    for (int64_t i = 0; i < network.length; ++i) to[i] = float(sum[i]);
    for (int64_t i = 0; i < how->spread; ++i) {
        const bool limited = mt::is_limited(*how, p[i]);
        to[i] = limited ? 0.0f : float(2.0 * (how->spread > n ? shares[i / n] : 1.0) * double(v[i]));
    }
}
