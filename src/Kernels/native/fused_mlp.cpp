// Minibatch training of a small network with Adam, without tensors: gather rows, forward, loss, backward, step.
//
// Why: with layers of 32 to 64 units and 64 rows a minibatch takes a tenth of a millisecond of arithmetic, and several
// times as much to allocate, record and free tensors. The tests compare with the recorded computation of
// MinibatchTraining.fs.
#include <algorithm>
#include <cmath>
#include <cstring>
#include "attempt.h"
#include "mtrl_kernels.h"
#include "product.h"
#include "mlp.h"

namespace {

MT_CLONES double squared(int64_t n, const float* __restrict x) {
    double sum = 0.0;
    for (int64_t i = 0; i < n; ++i) sum += double(x[i]) * double(x[i]);
    return sum;
}

MT_CLONES void scale(int64_t n, float factor, float* __restrict x) {
    for (int64_t i = 0; i < n; ++i) x[i] *= factor;
}

void clip_norm(double limit, int64_t n, float* gradient) {
    if (limit <= 0.0) return;
    const double factor = limit / (1e-6 + std::sqrt(squared(n, gradient)));
    if (factor < 1.0) scale(n, float(factor), gradient);
}

// The loss of a minibatch, and its gradient to workspace.gradient.
double loss_and_gradient(const mt::Mlp& network, int64_t minibatch, const float* p, mt::MlpWorkspace& workspace) {
    const bool is_value = network.job.loss == MT_GAUSSIAN || network.job.loss == MT_SQUARED;
    double loss = 0.0;
    std::fill_n(workspace.gradient, network.length, 0.0f);
    transpose_shared(network, p, workspace);
    network.for_each_chunk(minibatch, [&](const mt::Chunk& chunk) {
        gather(network, chunk, workspace);
        forward(network, p, chunk, workspace);
        loss += (is_value ? mt::value_loss : mt::policy_loss)(network, p, chunk, workspace);
        backward(network, p, chunk, workspace);
    });
    return loss;
}

}  // namespace

int32_t mt_has_fused_mlp(void) { return mt::has_product() ? 1 : 0; }

int32_t mt_fused_mlp_f32(const mt_fused_mlp* job, float* p, float* m, float* v, float* losses) {
    return mt::attempt([&] {
        const mt::Mlp network{*job};
        mt::MlpWorkspace workspace{network};
        mt_adam adam = job->adam;
        float *vectors[3] = {p, m, v}, *next[3] = {workspace.next[0], workspace.next[1], workspace.next[2]};
        for (int64_t k = 0; k < job->minibatches; ++k, ++adam.step) {
            losses[k] = float(loss_and_gradient(network, k, vectors[0], workspace));
            clip_norm(job->max_norm, network.length, workspace.gradient);
            const float* gradient = workspace.gradient;
            mt_adam_f32(0, network.length, &adam, &gradient, 1, vectors[0], vectors[1], vectors[2], next[0], next[1], next[2]);
            for (int i = 0; i < 3; ++i) std::swap(vectors[i], next[i]);
        }
        float* given[3] = {p, m, v};
        for (int i = 0; i < 3; ++i)
            if (vectors[i] != given[i]) std::memcpy(given[i], vectors[i], sizeof(float) * network.length);
    });
}

int32_t mt_fused_mlp_gradients_f32(const mt_fused_mlp* job, const float* p, float* gradients, float* losses) {
    return mt::attempt([&] {
        const mt::Mlp network{*job};
        mt::MlpWorkspace workspace{network};
        for (int64_t k = 0; k < job->minibatches; ++k) {
            losses[k] = float(loss_and_gradient(network, k, p, workspace));
            std::memcpy(gradients + k * network.length, workspace.gradient, sizeof(float) * network.length);
        }
    });
}
