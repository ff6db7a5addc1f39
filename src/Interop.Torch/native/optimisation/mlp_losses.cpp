// The losses of PolicyObjective.fs and ValueFitting.fs over rows of a minibatch (mlp.h).
#include <cmath>
#include "optimisation/mlp.h"

namespace mt {

namespace {

const double half_log_2pi = 0.91893853320467274178;

// Of one task, or of all.
struct Gaussian {
    double log_std[MT_PASSES_OUTPUTS], inverse[MT_PASSES_OUTPUTS], of_log_std[MT_PASSES_OUTPUTS], entropy;

    Gaussian(const mt_passes& how, const float* stored, int64_t n) : entropy(0.0) {
        for (int64_t a = 0; a < n; ++a) {
            log_std[a] = std::fmin(std::fmax(stored[a], how.low), how.high);
            inverse[a] = std::exp(-log_std[a]);
            entropy += log_std[a] + 0.5 + half_log_2pi;
            of_log_std[a] = 0.0;
        }
    }
};

struct Surrogate {
    double gained, slope;  // and its derivative by log π
};

Surrogate surrogate(const mt_passes& how, double before, double now, double advantage) {
    if (how.loss == MT_LOG_LIKELIHOOD) return {now * advantage, advantage};
    const double ratio = std::exp(now - before), gained = ratio * advantage;
    if (how.loss == MT_RATIO) return {gained, gained};
    const double inside = std::fmin(std::fmax(ratio, 1.0 - how.range), 1.0 + how.range) * advantage;
    return inside < gained ? Surrogate{inside, 0.0} : Surrogate{gained, gained};
}

}  // namespace

double policy_loss(const SmallNetwork& network, const float* p, const Piece& piece, SmallRoom& room) {
    const auto& how = network.how;
    const int64_t n = network.outputs();
    const bool per_task = how.spread > n;
    const float* mean = room.results.back();
    const double share = piece.share;
    double loss = 0.0;
    for (const auto& rows : piece.tasks) {
        const int64_t own = per_task ? rows.group * n : 0;
        Gaussian policy(how, p + own, n);
        for (int64_t r = rows.first; r < rows.next; ++r) {
            const int64_t place = piece.places[r];
            double z[MT_PASSES_OUTPUTS], now = 0.0;
            for (int64_t a = 0; a < n; ++a) {
                z[a] = (double(how.target[place * n + a]) - double(mean[r * n + a])) * policy.inverse[a];
                now -= 0.5 * z[a] * z[a] + policy.log_std[a] + half_log_2pi;
            }
            const Surrogate row = surrogate(how, how.before[place], now, piece.advantages[r]);
            loss -= share * row.gained;
            const double c = -share * row.slope;
            for (int64_t a = 0; a < n; ++a) {
                room.g[r * n + a] = float(c * z[a] * policy.inverse[a]);
                policy.of_log_std[a] += c * (z[a] * z[a] - 1.0);
            }
        }
        const double bonus = how.entropy[rows.group] * share * double(rows.next - rows.first);
        loss -= bonus * policy.entropy;
        for (int64_t a = 0; a < n; ++a) {
            const bool limited = is_limited(how, p[own + a]);
            if (!limited) room.gradient[own + a] += float(policy.of_log_std[a] - bonus);
        }
    }
    return loss;
}

double value_loss(const SmallNetwork& network, const float* p, const Piece& piece, SmallRoom& room) {
    const auto& how = network.how;
    const float* output = room.results.back();
    float *of_gain = room.gradient + network.gain, *of_shift = of_gain + how.tasks;
    const bool likely = how.loss == MT_GAUSSIAN;
    const double spread = likely ? double(p[0]) : 0.0, inverse = std::exp(-spread), share = piece.share;
    double loss = 0.0, of_spread = 0.0;
    for (const auto& rows : piece.tasks) {
        const int64_t task = rows.group;
        const double gain = how.scaled ? double(p[network.gain + task]) : 1.0;
        const double shift = how.scaled ? double(p[network.gain + how.tasks + task]) : 0.0;
        for (int64_t r = rows.first; r < rows.next; ++r) {
            const int64_t place = piece.places[r];
            const double value = gain * double(output[r]) + shift;
            const double target = how.target[place], z = (target - value) * inverse;
            double missed = 0.5 * z * z, slope = -z * inverse;
            if (how.loss == MT_SQUARED && how.range > 0.0) {
                const double before = how.before[place];
                const double far = before + std::fmin(std::fmax(value - before, -how.range), how.range) - target;
                if (std::fabs(value - before) > how.range && 0.5 * far * far > missed) {
                    missed = 0.5 * far * far;
                    slope = 0.0;
                }
            }
            loss += share * (missed + (likely ? spread + half_log_2pi : 0.0));
            of_spread += share * (1.0 - z * z);
            room.g[r] = float(share * slope * gain);
            if (how.scaled) {
                of_gain[task] += float(share * slope * double(output[r]));
                of_shift[task] += float(share * slope);
            }
        }
    }
    if (likely) room.gradient[0] += float(of_spread);
    return loss;
}

}  // namespace mt
