// Products with the Fisher matrix of a small Gaussian policy: Jᵀ F J v, where J is the derivative of means and log σ by the
// parameters, and F is 1/σ² for a mean and 2 for a log σ. Formulas: FusedMlp.fs.
//
// Why: a recorded Hessian-vector product takes four passes through the network and about sixty tensors of all rows; this
// takes three passes, over chunks of rows that stay in the cache.
#include <algorithm>
#include <cmath>
#include "attempt.h"
#include "crew.h"
#include "mtrl_kernels.h"
#include "product.h"
#include "mlp.h"

namespace {

using mt::Chunk;
using mt::Rows;
using mt::MlpLayer;
using mt::Mlp;
using mt::MlpWorkspace;

// Forward-mode derivative of a layer normalisation: from the input's tangent to the output's, in place.
MT_CLONES void jvp_layer_norm(int64_t rows, int64_t units, const float* __restrict gain, const float* __restrict of_gain,
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

// t' = h V + t W + c for tangents V and c of weight and bias, and t of the input h; the observations have none.
void jvp_layer(const MlpLayer& layer, const Rows& rows, const float* weight, const float* of_weight, const float* of_bias,
                     const float* h, const float* t, float* to) {
    mt::Product p{};
    p.rows = rows.next - rows.first;
    p.columns = layer.units;
    p.inner = layer.inputs;
    p.left = h;
    p.left_stride = layer.inputs;
    p.right = of_weight;
    p.right_stride = layer.units;
    p.bias = of_bias;
    p.result = to;
    p.result_stride = layer.units;
    if (t) p.second = {t, layer.inputs, weight, layer.units, layer.inputs};
    mt::product(p);
}

// J v for the means, to workspace.g, after a forward pass.
void jvp(const Mlp& network, const float* p, const float* v, const Chunk& chunk, MlpWorkspace& workspace) {
    for (size_t i = 0; i < network.layers.size(); ++i) {
        const MlpLayer& layer = network.layers[i];
        const int64_t in = layer.inputs, out = layer.units;
        for (const Rows& rows : mt::parts_of(layer, chunk)) {
            const int64_t weight = layer.weight + rows.owner * in * out, first = rows.first * in;
            jvp_layer(layer, rows, p + weight, v + weight, v + layer.bias + rows.owner * out, workspace.results[i] + first,
                            i > 0 ? workspace.g + first : nullptr, workspace.below + rows.first * out);
        }
        if (layer.normalised)
            jvp_layer_norm(chunk.rows, out, p + layer.gain, v + layer.gain, v + layer.shift, workspace.normal[i], workspace.inverse[i],
                             workspace.below);
        mt::activation_gradient(layer, chunk.rows * out, workspace.results[i + 1], workspace.below);
        std::swap(workspace.g, workspace.below);
    }
}

// Multiplies by a row's weight / σ², in place.
void scale_by_precision(const Mlp& network, const float* p, const Chunk& chunk, MlpWorkspace& workspace) {
    const auto& job = network.job;
    const int64_t n = network.outputs();
    for (const Rows& rows : chunk.tasks) {
        const float* log_std = p + (job.log_std_count > n ? rows.owner * n : 0);
        const int64_t numbers = network.actions(rows.owner);
        for (int64_t r = rows.first; r < rows.next; ++r) std::fill(workspace.g + r * n + numbers, workspace.g + (r + 1) * n, 0.0f);
        for (int64_t a = 0; a < numbers; ++a) {
            const float by = float(chunk.share * std::exp(-2.0 * std::fmin(std::fmax(log_std[a], job.low), job.high)));
            for (int64_t r = rows.first; r < rows.next; ++r) workspace.g[r * n + a] *= by;
        }
    }
}

// Share of the rows whose actions have a number.
double share_of(const Mlp& network, const std::vector<double>& shares, int64_t number) {
    if (!network.job.action_sizes) return 1.0;
    double sum = 0.0;
    for (size_t task = 0; task < shares.size(); ++task)
        if (number < network.actions(int64_t(task))) sum += shares[task];
    return sum;
}

}  // namespace

int32_t mt_fisher_f32(const mt_fused_mlp* job, const float* p, const float* v, float* to) {
    return mt::attempt([&] {
        const Mlp network{*job};
        const int64_t n = network.outputs();
        std::vector<double> shares(job->tasks, 0.0);
        for (int64_t i = job->starts[0]; i < job->starts[1]; ++i) shares[job->row_indices[i] / job->rows_of_task] += 1.0;
        for (double& share : shares) share /= double(job->starts[1] - job->starts[0]);
        std::vector<std::vector<double>> sums(job->parts, std::vector<double>(network.length, 0.0));
        mt::Crew::run(std::min(job->threads, job->parts), [&](mt::Crew& crew, int32_t thread) {
            MlpWorkspace workspace{network};
            transpose_shared(network, p, workspace);
            crew.share(thread, job->parts, [&](int64_t part) {
                network.for_each_chunk(0, {part, job->parts}, [&](const Chunk& chunk) {
                    gather(network, chunk, workspace);
                    forward(network, p, chunk, workspace);
                    jvp(network, p, v, chunk, workspace);
                    scale_by_precision(network, p, chunk, workspace);
                    std::fill_n(workspace.gradient, network.length, 0.0f);
                    backward(network, p, chunk, workspace);
                    add(network.length, workspace.gradient, sums[part].data());
                });
            });
        });
        for (int64_t i = 0; i < network.length; ++i) {
            double sum = 0.0;
            for (const auto& part : sums) sum += part[i];
            to[i] = float(sum);
        }
        for (int64_t i = 0; i < job->log_std_count; ++i) {
            const bool limited = mt::is_limited(*job, p[i]);
            const double share = job->log_std_count > n ? (i % n < network.actions(i / n) ? shares[i / n] : 0.0) : share_of(network, shares, i);
            to[i] = limited ? 0.0f : float(2.0 * share * double(v[i]));
        }
    });
}
