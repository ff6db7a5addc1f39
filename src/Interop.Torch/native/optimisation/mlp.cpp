// Layers of a small network, forward and backward (mlp.h). The products are those of product.h; what stands
// around them is compiled with the flags of adam.cpp (CMakeLists.txt).
#include <algorithm>
#include <cmath>
#include <cstring>
#include "kernels/product.h"
#include "optimisation/mlp.h"

namespace mt {

namespace {

// Of the layer normalisation, below the root; as LayerNorm.fs.
const float epsilon = 1e-5f;

// tanh as a quotient of polynomials, within a few units of the last place (the coefficients of Eigen's ptanh).
MT_CLONES void bend(int64_t n, float* __restrict x) {
    for (int64_t i = 0; i < n; ++i) {
        float y = x[i];
        y = y > 7.90531110763549805f ? 7.90531110763549805f : y;
        y = y < -7.90531110763549805f ? -7.90531110763549805f : y;
        const float s = y * y;
        float p = -2.76076847742355e-16f;
        p = p * s + 2.00018790482477e-13f;
        p = p * s - 8.60467152213735e-11f;
        p = p * s + 5.12229709037114e-08f;
        p = p * s + 1.48572235717979e-05f;
        p = p * s + 6.37261928935876e-04f;
        p = p * s + 4.89352455891786e-03f;
        float q = 1.19825839466702e-06f;
        q = q * s + 1.18534705686654e-04f;
        q = q * s + 2.26843463243900e-03f;
        q = q * s + 4.89352518554385e-03f;
        // A number that is none stays one.
        x[i] = x[i] == x[i] ? y * p / q : x[i];
    }
}

MT_CLONES void cut(int64_t n, float* __restrict x) {
    for (int64_t i = 0; i < n; ++i) x[i] = x[i] < 0.0f ? 0.0f : x[i];
}

// g times the derivative of the activation whose result is h.
MT_CLONES void unbend(int64_t n, const float* __restrict h, float* __restrict g) {
    for (int64_t i = 0; i < n; ++i) g[i] *= 1.0f - h[i] * h[i];
}

MT_CLONES void uncut(int64_t n, const float* __restrict h, float* __restrict g) {
    for (int64_t i = 0; i < n; ++i) g[i] = h[i] > 0.0f ? g[i] : 0.0f;
}

MT_CLONES void add_columns(int64_t rows, int64_t columns, const float* __restrict g, float* __restrict to) {
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < columns; ++c) to[c] += g[r * columns + c];
}

// Sums over a row in sixteen parts, which the compiler keeps in one register.
enum { parts = 16 };

struct Sums {
    float of[parts];
    float total() const {
        float sum = 0.0f;
        for (float part : of) sum += part;
        return sum;
    }
};

// Rows with mean 0 and variance 1 to `normal`, then scaled and shifted in place.
MT_CLONES void normalise(int64_t rows, int64_t units, const float* __restrict gain, const float* __restrict shift,
                         float* __restrict x, float* __restrict normal, float* __restrict inverse) {
    const int64_t whole = units / parts * parts;
    for (int64_t r = 0; r < rows; ++r, x += units, normal += units) {
        Sums sum{}, squares{};
        for (int64_t c = 0; c < whole; c += parts)
            for (int64_t i = 0; i < parts; ++i) sum.of[i] += x[c + i];
        for (int64_t c = whole; c < units; ++c) sum.of[0] += x[c];
        const float mean = sum.total() / float(units);
        for (int64_t c = 0; c < units; ++c) normal[c] = x[c] - mean;
        for (int64_t c = 0; c < whole; c += parts)
            for (int64_t i = 0; i < parts; ++i) squares.of[i] += normal[c + i] * normal[c + i];
        for (int64_t c = whole; c < units; ++c) squares.of[0] += normal[c] * normal[c];
        const float by = 1.0f / std::sqrt(squares.total() / float(units) + epsilon);
        inverse[r] = by;
        for (int64_t c = 0; c < units; ++c) {
            normal[c] *= by;
            x[c] = normal[c] * gain[c] + shift[c];
        }
    }
}

// From the gradient of what `normalise` made to that of its input, in place; those of gain and shift are added.
MT_CLONES void unnormalise(int64_t rows, int64_t units, const float* __restrict gain, const float* __restrict normal,
                           const float* __restrict inverse, float* __restrict g, float* __restrict of_gain,
                           float* __restrict of_shift) {
    const int64_t whole = units / parts * parts;
    for (int64_t r = 0; r < rows; ++r, g += units, normal += units) {
        for (int64_t c = 0; c < units; ++c) {
            of_gain[c] += g[c] * normal[c];
            of_shift[c] += g[c];
            g[c] *= gain[c];
        }
        Sums sum{}, along{};
        for (int64_t c = 0; c < whole; c += parts)
            for (int64_t i = 0; i < parts; ++i) {
                sum.of[i] += g[c + i];
                along.of[i] += g[c + i] * normal[c + i];
            }
        for (int64_t c = whole; c < units; ++c) {
            sum.of[0] += g[c];
            along.of[0] += g[c] * normal[c];
        }
        const float mean = sum.total() / float(units), slope = along.total() / float(units), by = inverse[r];
        for (int64_t c = 0; c < units; ++c) g[c] = by * (g[c] - mean - normal[c] * slope);
    }
}

void multiply(int64_t rows, int64_t columns, int64_t inner, const float* left, int64_t left_stride, bool left_turned,
              const float* right, const float* bias, bool relu, bool adds, float* to) {
    Product product{};
    product.rows = rows;
    product.columns = columns;
    product.inner = inner;
    product.left = left;
    product.left_stride = left_stride;
    product.left_turned = left_turned;
    product.right = right;
    product.right_stride = columns;
    product.bias = bias;
    product.relu = relu;
    product.adds = adds;
    product.result = to;
    product.result_stride = columns;
    product_f32(product);
}

}  // namespace

const std::vector<Rows>& groups_of(const SmallLayer& layer, const Piece& piece) {
    return layer.groups > 1 ? piece.tasks : piece.whole;
}

void times_slope(const SmallLayer& layer, int64_t n, const float* results, float* g) {
    if (layer.activation == MT_TANH) unbend(n, results, g);
    if (layer.activation == MT_RELU) uncut(n, results, g);
}

SmallNetwork::SmallNetwork(const mt_passes& how) : how(how) {
    int64_t at = how.spread, inputs = how.inputs;
    auto take = [&](int64_t n) { const int64_t here = at; at += n; return here; };
    for (int32_t i = 0; i < how.depth; ++i) {
        const mt_pass_layer& given = how.layers[i];
        SmallLayer layer{inputs, given.units, given.per_task ? how.tasks : 1, 0, 0, 0, 0, given.normalised != 0, given.activation};
        layer.weight = take(layer.groups * inputs * layer.units);
        layer.bias = take(layer.groups * layer.units);
        layer.gain = take(layer.normalised ? layer.units : 0);
        layer.shift = take(layer.normalised ? layer.units : 0);
        layers.push_back(layer);
        inputs = given.units;
    }
    gain = take(how.scaled ? 2 * how.tasks : 0);
    length = at;
}

Piece SmallNetwork::piece(int64_t minibatch, int64_t first, int64_t next) const {
    const int64_t start = how.starts[minibatch] + first, all = how.starts[minibatch + 1] - how.starts[minibatch];
    Piece piece{next - first, 1.0 / double(all), how.places + start, how.advantage ? how.advantage + start : nullptr, {}, {{0, 0, next - first}}};
    for (int64_t r = 0; r < piece.rows; ++r) {
        const int64_t task = piece.places[r] / how.rows_of_task;
        if (piece.tasks.empty() || piece.tasks.back().group != task) piece.tasks.push_back({task, r, r});
        piece.tasks.back().next = r + 1;
    }
    return piece;
}

SmallRoom::SmallRoom(const SmallNetwork& network) {
    const auto& how = network.how;
    int64_t rows = 0;
    for (int64_t k = 0; k < how.minibatches; ++k) rows = std::max(rows, how.starts[k + 1] - how.starts[k]);
    rows = std::min(rows, rows_at_once);
    int64_t widest = how.inputs, weights = 0, total = rows * how.inputs;
    for (const auto& layer : network.layers) {
        widest = std::max(widest, layer.units);
        weights = std::max(weights, layer.inputs * layer.units);
        total += rows * (layer.normalised ? 2 * layer.units + 1 : layer.units);
    }
    floats.reset(new float[total + 2 * rows * widest + weights + 4 * network.length]);
    float* at = floats.get();
    auto take = [&](int64_t n) { float* here = at; at += n; return here; };
    results.push_back(take(rows * how.inputs));
    for (const auto& layer : network.layers) {
        results.push_back(take(rows * layer.units));
        normal.push_back(take(layer.normalised ? rows * layer.units : 0));
        inverse.push_back(take(layer.normalised ? rows : 0));
    }
    g = take(rows * widest);
    below = take(rows * widest);
    turned = take(weights);
    gradient = take(network.length);
    for (auto& vector : next) vector = take(network.length);
}

void gather(const SmallNetwork& network, const Piece& piece, SmallRoom& room) {
    const int64_t inputs = network.how.inputs;
    for (int64_t r = 0; r < piece.rows; ++r)
        std::memcpy(room.results[0] + r * inputs, network.how.obs + piece.places[r] * inputs, sizeof(float) * inputs);
}

void forward(const SmallNetwork& network, const float* p, const Piece& piece, SmallRoom& room) {
    for (size_t i = 0; i < network.layers.size(); ++i) {
        const auto& layer = network.layers[i];
        const int64_t in = layer.inputs, out = layer.units, n = piece.rows * out;
        float* to = room.results[i + 1];
        const bool at_once = layer.activation == MT_RELU && !layer.normalised;
        for (const auto& rows : groups_of(layer, piece))
            multiply(rows.next - rows.first, out, in, room.results[i] + rows.first * in, in, false,
                     p + layer.weight + rows.group * in * out, p + layer.bias + rows.group * out, at_once, false, to + rows.first * out);
        if (layer.normalised) normalise(piece.rows, out, p + layer.gain, p + layer.shift, to, room.normal[i], room.inverse[i]);
        if (layer.activation == MT_TANH) bend(n, to);
        if (layer.activation == MT_RELU && !at_once) cut(n, to);
    }
}

void backward(const SmallNetwork& network, const float* p, const Piece& piece, SmallRoom& room) {
    for (size_t i = network.layers.size(); i-- > 0;) {
        const auto& layer = network.layers[i];
        const int64_t in = layer.inputs, out = layer.units, n = piece.rows * out;
        const float *h = room.results[i], *result = room.results[i + 1];
        times_slope(layer, n, result, room.g);
        if (layer.normalised)
            unnormalise(piece.rows, out, p + layer.gain, room.normal[i], room.inverse[i], room.g,
                        room.gradient + layer.gain, room.gradient + layer.shift);
        for (const auto& rows : groups_of(layer, piece)) {
            const int64_t count = rows.next - rows.first, weight = layer.weight + rows.group * in * out;
            const float* g = room.g + rows.first * out;
            multiply(in, out, count, h + rows.first * in, in, true, g, nullptr, false, true, room.gradient + weight);
            add_columns(count, out, g, room.gradient + layer.bias + rows.group * out);
            if (i == 0) continue;
            turn(in, out, p + weight, out, room.turned);
            multiply(count, in, out, g, out, false, room.turned, nullptr, false, false, room.below + rows.first * in);
        }
        std::swap(room.g, room.below);
    }
}

}  // namespace mt
