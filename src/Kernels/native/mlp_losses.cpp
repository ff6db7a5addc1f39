// The losses of PolicyObjective.fs and ValueFitting.fs over rows of a minibatch (mlp.h).
#include <cmath>
#include "mlp.h"

namespace mt {

namespace {

const double half_log_2pi = 0.91893853320467274178;

// The policy's distribution for one task, or for all.
struct Gaussian {
    double log_std[MT_FUSED_MLP_OUTPUTS], inverse[MT_FUSED_MLP_OUTPUTS], of_log_std[MT_FUSED_MLP_OUTPUTS], entropy;

    Gaussian(const mt_fused_mlp& job, const float* stored, int64_t n) : entropy(0.0) {
        for (int64_t a = 0; a < n; ++a) {
            log_std[a] = std::fmin(std::fmax(stored[a], job.low), job.high);
            inverse[a] = std::exp(-log_std[a]);
            entropy += log_std[a] + 0.5 + half_log_2pi;
            of_log_std[a] = 0.0;
        }
    }
};

struct Surrogate {
    double gained, slope;  // slope: derivative by log π
};

Surrogate surrogate(const mt_fused_mlp& job, double before, double now, double advantage) {
    if (job.loss == MT_LOG_LIKELIHOOD) return {now * advantage, advantage};
    const double ratio = std::exp(now - before), gained = ratio * advantage;
    if (job.loss == MT_RATIO) return {gained, gained};
    const double inside = std::fmin(std::fmax(ratio, 1.0 - job.range), 1.0 + job.range) * advantage;
    return inside < gained ? Surrogate{inside, 0.0} : Surrogate{gained, gained};
}

// What a number exceeds ± a bound by.
double beyond(double bound, double x) { return x - std::fmin(std::fmax(x, -bound), bound); }

}  // namespace

double policy_loss(const Mlp& network, const float* p, const Chunk& chunk, MlpWorkspace& workspace) {
    const auto& job = network.job;
    const int64_t n = network.outputs();
    const bool per_task = job.log_std_count > n;
    const float* mean = workspace.results.back();
    const double share = chunk.share;
    double loss = 0.0;
    for (const auto& rows : chunk.tasks) {
        const int64_t own = per_task ? rows.owner * n : 0, numbers = network.actions(rows.owner);
        Gaussian policy(job, p + own, numbers);
        for (int64_t r = rows.first; r < rows.next; ++r) {
            const int64_t row_index = chunk.row_indices[r];
            double z[MT_FUSED_MLP_OUTPUTS], now = 0.0;
            for (int64_t a = 0; a < numbers; ++a) {
                z[a] = (double(job.target[row_index * n + a]) - double(mean[r * n + a])) * policy.inverse[a];
                now -= 0.5 * z[a] * z[a] + policy.log_std[a] + half_log_2pi;
            }
            const Surrogate row = surrogate(job, job.before[row_index], now, chunk.advantages[r]);
            loss -= share * row.gained;
            const double c = -share * row.slope, bounds = share * job.bounds_loss;
            for (int64_t a = 0; a < numbers; ++a) {
                const double far = beyond(job.mean_bound, mean[r * n + a]);
                loss += bounds * far * far;
                workspace.g[r * n + a] = float(c * z[a] * policy.inverse[a] + 2.0 * bounds * far);
                policy.of_log_std[a] += c * (z[a] * z[a] - 1.0);
            }
            for (int64_t a = numbers; a < n; ++a) workspace.g[r * n + a] = 0.0f;
        }
        const double bonus = job.entropy[rows.owner] * share * double(rows.next - rows.first);
        loss -= bonus * policy.entropy;
        for (int64_t a = 0; a < numbers; ++a) {
            const bool limited = is_limited(job, p[own + a]);
            if (!limited) workspace.gradient[own + a] += float(policy.of_log_std[a] - bonus);
        }
    }
    return loss;
}

double value_loss(const Mlp& network, const float* p, const Chunk& chunk, MlpWorkspace& workspace) {
    const auto& job = network.job;
    const float* output = workspace.results.back();
    float *of_gain = workspace.gradient + network.gain, *of_shift = of_gain + job.tasks;
    const bool likely = job.loss == MT_GAUSSIAN;
    const double log_std = likely ? double(p[0]) : 0.0, inverse = std::exp(-log_std), share = chunk.share;
    double loss = 0.0, of_log_std = 0.0;
    for (const auto& rows : chunk.tasks) {
        const int64_t task = rows.owner;
        const double gain = job.scaled ? double(p[network.gain + task]) : 1.0;
        const double shift = job.scaled ? double(p[network.gain + job.tasks + task]) : 0.0;
        for (int64_t r = rows.first; r < rows.next; ++r) {
            const int64_t row_index = chunk.row_indices[r];
            const double value = gain * double(output[r]) + shift;
            const double target = job.target[row_index], z = (target - value) * inverse;
            const double slope = -z * inverse;
            loss += share * (0.5 * z * z + (likely ? log_std + half_log_2pi : 0.0));
            of_log_std += share * (1.0 - z * z);
            workspace.g[r] = float(share * slope * gain);
            if (job.scaled) {
                of_gain[task] += float(share * slope * double(output[r]));
                of_shift[task] += float(share * slope);
            }
        }
    }
    if (likely) workspace.gradient[0] += float(of_log_std);
    return loss;
}

}  // namespace mt
