// Passes of Adam over minibatches of a small network, without a tensor: gather rows, forward, loss, backward, step.
//
// Why: with layers of 32 to 64 units and 64 rows a minibatch is a tenth of a millisecond of arithmetic, and several
// times as much of making, recording and freeing tensors. Formulas: PolicyObjective.fs and ValueFitting.fs, whose
// recorded computation the tests compare with.
//
// Parameters are one vector: log σ, weight [in, out] and bias [out] of each layer, then gain and shift of each task
// where the value function has them. The products are those of
// product.h; what stands around them is compiled with the flags of adam.cpp (CMakeLists.txt).
#include <cmath>
#include <cstring>
#include <memory>
#include "passes.h"
#include "product.h"

#if defined(__x86_64__) && defined(__linux__)
#define MT_CLONES __attribute__((target_clones("arch=skylake-avx512", "avx2", "default")))
#else
#define MT_CLONES
#endif

namespace {

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

// g times the derivative of the activation whose result is h.
MT_CLONES void unbend(int64_t n, int32_t is_tanh, const float* __restrict h, float* __restrict g) {
    if (is_tanh) for (int64_t i = 0; i < n; ++i) g[i] *= 1.0f - h[i] * h[i];
    else for (int64_t i = 0; i < n; ++i) g[i] = h[i] > 0.0f ? g[i] : 0.0f;
}

MT_CLONES void add_columns(int64_t rows, int64_t columns, const float* __restrict g, float* __restrict to) {
    for (int64_t c = 0; c < columns; ++c) to[c] = 0.0f;
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < columns; ++c) to[c] += g[r * columns + c];
}

MT_CLONES double squared(int64_t n, const float* __restrict x) {
    double sum = 0.0;
    for (int64_t i = 0; i < n; ++i) sum += double(x[i]) * double(x[i]);
    return sum;
}

MT_CLONES void scale(int64_t n, float factor, float* __restrict x) {
    for (int64_t i = 0; i < n; ++i) x[i] *= factor;
}

// Memory for one minibatch and one gradient.
struct Room {
    std::unique_ptr<float[]> floats;
    float *activations[MT_PASSES_LAYERS + 1], *g, *below, *turned, *gradient;
    float* next[3];  // what a step makes of parameters and moments
};

struct Network {
    const mt_passes& how;

    int64_t width(int32_t i) const { return i == 0 ? how.inputs : how.units[i - 1]; }
    int64_t weight(int32_t i) const {
        int64_t at = how.spread;
        for (int32_t j = 0; j < i; ++j) at += (width(j) + 1) * width(j + 1);
        return at;
    }
    int64_t bias(int32_t i) const { return weight(i) + width(i) * width(i + 1); }
    int64_t gain() const { return weight(how.layers); }
    int64_t length() const { return gain() + 2 * how.tasks; }
};

Room room_for(const Network& network, int64_t rows) {
    const auto& how = network.how;
    int64_t widest = 0, turned = 0, total = 0;
    for (int32_t i = 0; i <= how.layers; ++i) {
        widest = network.width(i) > widest ? network.width(i) : widest;
        total += rows * network.width(i);
        if (i > 0) turned = network.width(i) * network.width(i - 1) > turned ? network.width(i) * network.width(i - 1) : turned;
    }
    const int64_t length = network.length();
    Room room{std::unique_ptr<float[]>(new float[total + 2 * rows * widest + turned + 4 * length]), {}, nullptr, nullptr, nullptr, nullptr, {}};
    float* at = room.floats.get();
    auto take = [&](int64_t n) { float* here = at; at += n; return here; };
    for (int32_t i = 0; i <= how.layers; ++i) room.activations[i] = take(rows * network.width(i));
    room.g = take(rows * widest);
    room.below = take(rows * widest);
    room.turned = take(turned);
    room.gradient = take(length);
    for (auto& vector : room.next) vector = take(length);
    return room;
}

void multiply(int64_t rows, int64_t columns, int64_t inner, const float* left, int64_t left_stride, bool left_turned,
              const float* right, const float* bias, bool relu, float* to) {
    mt::Product product{};
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
    product.result = to;
    product.result_stride = columns;
    mt::product_f32(product);
}

void forward(const Network& network, const float* p, int64_t rows, Room& room) {
    const auto& how = network.how;
    for (int32_t i = 0; i < how.layers; ++i) {
        const bool hidden = i + 1 < how.layers;
        const int64_t in = network.width(i), out = network.width(i + 1);
        float* to = room.activations[i + 1];
        multiply(rows, out, in, room.activations[i], in, false, p + network.weight(i), p + network.bias(i),
                 hidden && !how.is_tanh, to);
        if (hidden && how.is_tanh) bend(rows * out, to);
    }
}

// From the gradient of the last result, in room.g, to those of all weights and biases.
void backward(const Network& network, const float* p, int64_t rows, Room& room) {
    const auto& how = network.how;
    for (int32_t i = how.layers - 1; i >= 0; --i) {
        const int64_t in = network.width(i), out = network.width(i + 1);
        const float* h = room.activations[i];
        multiply(in, out, rows, h, in, true, room.g, nullptr, false, room.gradient + network.weight(i));
        add_columns(rows, out, room.g, room.gradient + network.bias(i));
        if (i == 0) return;
        mt::turn(in, out, p + network.weight(i), out, room.turned);
        multiply(rows, in, out, room.g, out, false, room.turned, nullptr, false, room.below);
        unbend(rows * in, how.is_tanh, h, room.below);
        float* freed = room.g;
        room.g = room.below;
        room.below = freed;
    }
}

const double half_log_2pi = 0.91893853320467274178;

// Loss of a policy on the rows; room.g and the gradient of log σ.
double policy_loss(const Network& network, const float* p, int64_t rows, const int64_t* places, const float* advantages, Room& room) {
    const auto& how = network.how;
    const int64_t n = network.width(how.layers);
    const float* mean = room.activations[how.layers];
    double spread[MT_PASSES_OUTPUTS], inverse[MT_PASSES_OUTPUTS], of_spread[MT_PASSES_OUTPUTS], entropy = 0.0, loss = 0.0;
    for (int64_t a = 0; a < n; ++a) {
        spread[a] = std::fmin(std::fmax(p[a], how.low), how.high);
        inverse[a] = std::exp(-spread[a]);
        entropy += spread[a] + 0.5 + half_log_2pi;
        of_spread[a] = 0.0;
    }
    const double share = 1.0 / double(rows);
    for (int64_t r = 0; r < rows; ++r) {
        const float* action = how.target + places[r] * n;
        double z[MT_PASSES_OUTPUTS], log_prob = 0.0;
        for (int64_t a = 0; a < n; ++a) {
            z[a] = (double(action[a]) - double(mean[r * n + a])) * inverse[a];
            log_prob -= 0.5 * z[a] * z[a] + spread[a] + half_log_2pi;
        }
        const double advantage = advantages[r];
        double gained, slope;
        if (how.loss == MT_LOG_LIKELIHOOD) {
            gained = log_prob * advantage;
            slope = advantage;
        } else {
            const double ratio = std::exp(log_prob - double(how.before[places[r]]));
            gained = ratio * advantage;
            slope = gained;
            if (how.loss == MT_CLIPPED_RATIO) {
                const double inside = std::fmin(std::fmax(ratio, 1.0 - how.range), 1.0 + how.range) * advantage;
                if (inside < gained) {
                    gained = inside;
                    slope = 0.0;
                }
            }
        }
        loss -= share * gained;
        const double c = -share * slope;
        for (int64_t a = 0; a < n; ++a) {
            room.g[r * n + a] = float(c * z[a] * inverse[a]);
            of_spread[a] += c * (z[a] * z[a] - 1.0);
        }
    }
    for (int64_t a = 0; a < n; ++a) {
        const bool limited = p[a] < how.low || p[a] > how.high;
        room.gradient[a] = limited ? 0.0f : float(of_spread[a] - how.entropy);
    }
    return loss - how.entropy * entropy;
}

// Loss of a value function on the rows; room.g and the gradients of its log σ, gains and shifts, as far as it has them.
double value_loss(const Network& network, const float* p, int64_t rows, const int64_t* places, Room& room) {
    const auto& how = network.how;
    const float* output = room.activations[how.layers];
    const float *gain = p + network.gain(), *shift = gain + how.tasks;
    float *of_gain = room.gradient + network.gain(), *of_shift = of_gain + how.tasks;
    for (int64_t t = 0; t < 2 * how.tasks; ++t) of_gain[t] = 0.0f;
    const bool likely = how.loss == MT_GAUSSIAN;
    const double spread = likely ? double(p[0]) : 0.0, inverse = std::exp(-spread), share = 1.0 / double(rows);
    double loss = 0.0, of_spread = 0.0;
    for (int64_t r = 0; r < rows; ++r) {
        const int64_t task = how.tasks > 0 ? places[r] / how.rows_of_task : 0;
        const double value = how.tasks > 0 ? double(gain[task]) * double(output[r]) + double(shift[task]) : double(output[r]);
        const double target = how.target[places[r]], z = (target - value) * inverse;
        double missed = 0.5 * z * z, slope = -z * inverse;
        if (how.loss == MT_SQUARED && how.range > 0.0) {
            const double before = how.before[places[r]];
            const double far = before + std::fmin(std::fmax(value - before, -how.range), how.range) - target;
            if (std::fabs(value - before) > how.range && 0.5 * far * far > missed) {
                missed = 0.5 * far * far;
                slope = 0.0;
            }
        }
        loss += share * (missed + (likely ? spread + half_log_2pi : 0.0));
        of_spread += share * (1.0 - z * z);
        const double g = share * slope;
        room.g[r] = float(how.tasks > 0 ? g * double(gain[task]) : g);
        if (how.tasks > 0) {
            of_gain[task] += float(g * double(output[r]));
            of_shift[task] += float(g);
        }
    }
    if (likely) room.gradient[0] = float(of_spread);
    return loss;
}

}  // namespace

int32_t mt_has_passes(void) { return mt::has_product_f32() ? 1 : 0; }

void mt_passes_f32(const mt_passes* how, float* p, float* m, float* v, float* losses) {
    const Network network{*how};
    const int64_t inputs = how->inputs, length = network.length();
    int64_t most = 0;
    for (int64_t k = 0; k < how->minibatches; ++k) {
        const int64_t rows = how->starts[k + 1] - how->starts[k];
        most = rows > most ? rows : most;
    }
    Room room = room_for(network, most);
    mt_adam adam = how->adam;
    float *vectors[3] = {p, m, v}, *next[3] = {room.next[0], room.next[1], room.next[2]};
    for (int64_t k = 0; k < how->minibatches; ++k, ++adam.step) {
        const int64_t* places = how->places + how->starts[k];
        const int64_t rows = how->starts[k + 1] - how->starts[k];
        for (int64_t r = 0; r < rows; ++r)
            std::memcpy(room.activations[0] + r * inputs, how->obs + places[r] * inputs, sizeof(float) * inputs);
        forward(network, vectors[0], rows, room);
        const bool is_value = how->loss == MT_GAUSSIAN || how->loss == MT_SQUARED;
        losses[k] = float(is_value ? value_loss(network, vectors[0], rows, places, room)
                                   : policy_loss(network, vectors[0], rows, places, how->advantage + how->starts[k], room));
        backward(network, vectors[0], rows, room);
        if (how->max_norm > 0.0) {
            const double factor = how->max_norm / (1e-6 + std::sqrt(squared(length, room.gradient)));
            if (factor < 1.0) scale(length, float(factor), room.gradient);
        }
        const float* gradient = room.gradient;
        mt_adam_f32(0, length, &adam, &gradient, 1, vectors[0], vectors[1], vectors[2], next[0], next[1], next[2], nullptr, nullptr);
        for (int i = 0; i < 3; ++i) {
            float* made = next[i];
            next[i] = vectors[i];
            vectors[i] = made;
        }
    }
    float* given[3] = {p, m, v};
    for (int i = 0; i < 3; ++i)
        if (vectors[i] != given[i]) std::memcpy(given[i], vectors[i], sizeof(float) * length);
}
