// Layers of a small network, forward and backward (mlp.h). Products are from product.h.
#include <algorithm>
#include <cmath>
#include <cstring>
#include "product.h"
#include "mlp.h"

namespace mt {

namespace {

// Added to the variance in layer normalisation, as in LayerNorm.fs.
const float epsilon = 1e-5f;

// tanh as a rational approximation, within a few units in the last place (the coefficients of Eigen's ptanh).
MT_CLONES void tanh_in_place(int64_t n, float* __restrict x) {
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
        // NaN stays NaN.
        x[i] = x[i] == x[i] ? y * p / q : x[i];
    }
}

MT_CLONES void relu_in_place(int64_t n, float* __restrict x) {
    for (int64_t i = 0; i < n; ++i) x[i] = x[i] < 0.0f ? 0.0f : x[i];
}

// g times the derivative of the activation, from its result h.
MT_CLONES void tanh_gradient(int64_t n, const float* __restrict h, float* __restrict g) {
    for (int64_t i = 0; i < n; ++i) g[i] *= 1.0f - h[i] * h[i];
}

MT_CLONES void relu_gradient(int64_t n, const float* __restrict h, float* __restrict g) {
    for (int64_t i = 0; i < n; ++i) g[i] = h[i] > 0.0f ? g[i] : 0.0f;
}

MT_CLONES void add_columns(int64_t rows, int64_t columns, const float* __restrict g, float* __restrict to) {
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < columns; ++c) to[c] += g[r * columns + c];
}

// Sums over a row in sixteen lanes, as vectors of the compiler: of an array of sixteen sums it makes permutations for AVX2.
typedef float Eight __attribute__((vector_size(32), aligned(4)));
enum { lanes = 16 };

struct Sums {
    Eight low, high;
    float total() const {
        float sum = 0.0f;
        for (int i = 0; i < 8; ++i) sum += low[i];
        for (int i = 0; i < 8; ++i) sum += high[i];
        return sum;
    }
};

#define MT_EIGHT(x) (*reinterpret_cast<const Eight*>(x))

// Rows with mean 0 and variance 1 to `normal`, then scaled and shifted in place.
MT_CLONES void normalise(int64_t rows, int64_t units, const float* __restrict gain, const float* __restrict shift,
                         float* __restrict x, float* __restrict normal, float* __restrict inverse) {
    const int64_t whole = units / lanes * lanes;
    for (int64_t r = 0; r < rows; ++r, x += units, normal += units) {
        Sums sum{}, squares{};
        for (int64_t c = 0; c < whole; c += lanes) {
            sum.low += MT_EIGHT(x + c);
            sum.high += MT_EIGHT(x + c + 8);
        }
        for (int64_t c = whole; c < units; ++c) sum.low[0] += x[c];
        const float mean = sum.total() / float(units);
        for (int64_t c = 0; c < units; ++c) normal[c] = x[c] - mean;
        for (int64_t c = 0; c < whole; c += lanes) {
            squares.low += MT_EIGHT(normal + c) * MT_EIGHT(normal + c);
            squares.high += MT_EIGHT(normal + c + 8) * MT_EIGHT(normal + c + 8);
        }
        for (int64_t c = whole; c < units; ++c) squares.low[0] += normal[c] * normal[c];
        const float by = 1.0f / std::sqrt(squares.total() / float(units) + epsilon);
        inverse[r] = by;
        for (int64_t c = 0; c < units; ++c) {
            normal[c] *= by;
            x[c] = normal[c] * gain[c] + shift[c];
        }
    }
}

// From the gradient of the result of `normalise` to the gradient of its input, in place; gradients of gain and shift
// are accumulated.
MT_CLONES void unnormalise(int64_t rows, int64_t units, const float* __restrict gain, const float* __restrict normal,
                           const float* __restrict inverse, float* __restrict g, float* __restrict of_gain,
                           float* __restrict of_shift) {
    const int64_t whole = units / lanes * lanes;
    for (int64_t r = 0; r < rows; ++r, g += units, normal += units) {
        for (int64_t c = 0; c < units; ++c) {
            of_gain[c] += g[c] * normal[c];
            of_shift[c] += g[c];
            g[c] *= gain[c];
        }
        Sums sum{}, along{};
        for (int64_t c = 0; c < whole; c += lanes) {
            sum.low += MT_EIGHT(g + c);
            sum.high += MT_EIGHT(g + c + 8);
            along.low += MT_EIGHT(g + c) * MT_EIGHT(normal + c);
            along.high += MT_EIGHT(g + c + 8) * MT_EIGHT(normal + c + 8);
        }
        for (int64_t c = whole; c < units; ++c) {
            sum.low[0] += g[c];
            along.low[0] += g[c] * normal[c];
        }
        const float mean = sum.total() / float(units), slope = along.total() / float(units), by = inverse[r];
        for (int64_t c = 0; c < units; ++c) g[c] = by * (g[c] - mean - normal[c] * slope);
    }
}

void multiply(int64_t rows, int64_t columns, int64_t inner, const float* left, int64_t left_stride, bool left_transposed,
              const float* right, const float* bias, bool relu, bool accumulates, float* to) {
    Product p{};
    p.rows = rows;
    p.columns = columns;
    p.inner = inner;
    p.left = left;
    p.left_stride = left_stride;
    p.left_transposed = left_transposed;
    p.right = right;
    p.right_stride = columns;
    p.bias = bias;
    p.relu = relu;
    p.accumulates = accumulates;
    p.result = to;
    p.result_stride = columns;
    mt::product(p);
}

}  // namespace

const std::vector<Rows>& parts_of(const MlpLayer& layer, const Chunk& chunk) {
    return layer.owner == MT_OF_TASK ? chunk.tasks : layer.owner == MT_OF_GROUP ? chunk.groups : chunk.whole;
}

void activation_gradient(const MlpLayer& layer, int64_t n, const float* results, float* g) {
    if (layer.activation == MT_TANH) tanh_gradient(n, results, g);
    if (layer.activation == MT_RELU) relu_gradient(n, results, g);
}

Mlp::Mlp(const mt_fused_mlp& job) : job(job) {
    int64_t at = job.log_std_count, inputs = job.inputs;
    auto take = [&](int64_t n) { const int64_t here = at; at += n; return here; };
    const int64_t groups = job.groups ? *std::max_element(job.groups, job.groups + job.tasks) + 1 : 0;
    for (int32_t i = 0; i < job.depth; ++i) {
        const mt_fused_mlp_layer& given = job.layers[i];
        MlpLayer layer{inputs, given.units, given.owner, 0, 0, 0, 0, given.normalised != 0, given.activation};
        const int64_t owners = layer.owner == MT_OF_TASK ? job.tasks : layer.owner == MT_OF_GROUP ? groups : 1;
        layer.weight = take(owners * inputs * layer.units);
        layer.bias = take(owners * layer.units);
        layer.gain = take(layer.normalised ? layer.units : 0);
        layer.shift = take(layer.normalised ? layer.units : 0);
        layers.push_back(layer);
        inputs = given.units;
    }
    gain = take(job.scaled ? 2 * job.tasks : 0);
    length = at;
}

Chunk Mlp::chunk(int64_t minibatch, int64_t first, int64_t next) const {
    const int64_t start = job.starts[minibatch] + first, all = job.starts[minibatch + 1] - job.starts[minibatch];
    const float* advantages = job.advantage ? job.advantage + start : nullptr;
    Chunk chunk{next - first, 1.0 / double(all), job.row_indices + start, advantages, {{0, 0, next - first}}, {}, {}};
    auto extend = [](std::vector<Rows>& parts, int64_t owner, int64_t r) {
        if (parts.empty() || parts.back().owner != owner) parts.push_back({owner, r, r});
        parts.back().next = r + 1;
    };
    for (int64_t r = 0; r < chunk.rows; ++r) {
        const int64_t task = chunk.row_indices[r] / job.rows_of_task;
        extend(chunk.tasks, task, r);
        if (job.groups) extend(chunk.groups, job.groups[task], r);
    }
    return chunk;
}

MlpWorkspace::MlpWorkspace(const Mlp& network) {
    const auto& job = network.job;
    int64_t rows = 0;
    for (int64_t k = 0; k < job.minibatches; ++k) rows = std::max(rows, job.starts[k + 1] - job.starts[k]);
    rows = std::min(rows, chunk_rows);
    int64_t widest = job.inputs, total = rows * job.inputs;
    for (const auto& layer : network.layers) {
        widest = std::max(widest, layer.units);
        total += rows * (layer.normalised ? 2 * layer.units + 1 : layer.units) + layer.inputs * layer.units;
    }
    floats.reset(new float[total + 2 * rows * widest + network.length]);
    float* at = floats.get();
    auto take = [&](int64_t n) { float* here = at; at += n; return here; };
    results.push_back(take(rows * job.inputs));
    for (const auto& layer : network.layers) {
        results.push_back(take(rows * layer.units));
        normal.push_back(take(layer.normalised ? rows * layer.units : 0));
        inverse.push_back(take(layer.normalised ? rows : 0));
        transposed.push_back(take(layer.inputs * layer.units));
    }
    g = take(rows * widest);
    below = take(rows * widest);
    gradient = take(network.length);
}

void gather(const Mlp& network, const Chunk& chunk, MlpWorkspace& workspace) {
    const int64_t inputs = network.job.inputs;
    for (int64_t r = 0; r < chunk.rows; ++r)
        std::memcpy(workspace.results[0] + r * inputs, network.job.obs + chunk.row_indices[r] * inputs, sizeof(float) * inputs);
}

void forward(const Mlp& network, const float* p, const Chunk& chunk, MlpWorkspace& workspace) {
    for (size_t i = 0; i < network.layers.size(); ++i) {
        const auto& layer = network.layers[i];
        const int64_t in = layer.inputs, out = layer.units, n = chunk.rows * out;
        float* to = workspace.results[i + 1];
        const bool at_once = layer.activation == MT_RELU && !layer.normalised;
        for (const auto& rows : parts_of(layer, chunk))
            multiply(rows.next - rows.first, out, in, workspace.results[i] + rows.first * in, in, false,
                     p + layer.weight + rows.owner * in * out, p + layer.bias + rows.owner * out, at_once, false, to + rows.first * out);
        if (layer.normalised) normalise(chunk.rows, out, p + layer.gain, p + layer.shift, to, workspace.normal[i], workspace.inverse[i]);
        if (layer.activation == MT_TANH) tanh_in_place(n, to);
        if (layer.activation == MT_RELU && !at_once) relu_in_place(n, to);
    }
}

void transpose_shared(const Mlp& network, const float* p, MlpWorkspace& workspace) {
    for (size_t i = 1; i < network.layers.size(); ++i) {
        const auto& layer = network.layers[i];
        if (layer.owner == MT_OF_ALL) transpose(layer.inputs, layer.units, p + layer.weight, workspace.transposed[i]);
    }
}

void backward(const Mlp& network, const float* p, const Chunk& chunk, MlpWorkspace& workspace) {
    for (size_t i = network.layers.size(); i-- > 0;) {
        const auto& layer = network.layers[i];
        const int64_t in = layer.inputs, out = layer.units, n = chunk.rows * out;
        const float *h = workspace.results[i], *result = workspace.results[i + 1];
        activation_gradient(layer, n, result, workspace.g);
        if (layer.normalised)
            unnormalise(chunk.rows, out, p + layer.gain, workspace.normal[i], workspace.inverse[i], workspace.g,
                        workspace.gradient + layer.gain, workspace.gradient + layer.shift);
        for (const auto& rows : parts_of(layer, chunk)) {
            const int64_t count = rows.next - rows.first, weight = layer.weight + rows.owner * in * out;
            const float* g = workspace.g + rows.first * out;
            multiply(in, out, count, h + rows.first * in, in, true, g, nullptr, false, true, workspace.gradient + weight);
            add_columns(count, out, g, workspace.gradient + layer.bias + rows.owner * out);
            if (i == 0) continue;
            if (layer.owner != MT_OF_ALL) transpose(in, out, p + weight, workspace.transposed[i]);
            multiply(count, in, out, g, out, false, workspace.transposed[i], nullptr, false, false, workspace.below + rows.first * in);
        }
        std::swap(workspace.g, workspace.below);
    }
}

}  // namespace mt
