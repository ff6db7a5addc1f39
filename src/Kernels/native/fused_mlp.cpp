// Minibatch training of a small network with Adam, without tensors: gather rows, forward, loss, backward, step.
//
// Why: with layers of 32 to 64 units and 64 rows a minibatch takes a tenth of a millisecond of arithmetic, and several
// times as much to allocate, record and free tensors. The tests compare with the recorded computation of
// MinibatchTraining.fs.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include "attempt.h"
#include "crew.h"
#include "mtrl_kernels.h"
#include "product.h"
#include "mlp.h"

namespace {

MT_CLONES double squared(int64_t n, const float* __restrict x) {
    double sum = 0.0;
    for (int64_t i = 0; i < n; ++i) sum += double(x[i]) * double(x[i]);
    return sum;
}

MT_CLONES void add(int64_t n, const float* __restrict x, float* __restrict to) {
    for (int64_t i = 0; i < n; ++i) to[i] += x[i];
}

MT_CLONES void scale(int64_t n, float factor, float* __restrict x) {
    for (int64_t i = 0; i < n; ++i) x[i] *= factor;
}

// The contribution of a part of a minibatch to the loss, and its gradient to workspace.gradient.
double loss_and_gradient(const mt::Mlp& network, int64_t minibatch, mt::Part part, const float* p, mt::MlpWorkspace& workspace) {
    const bool is_value = network.job.loss == MT_GAUSSIAN || network.job.loss == MT_SQUARED;
    double loss = 0.0;
    std::fill_n(workspace.gradient, network.length, 0.0f);
    transpose_shared(network, p, workspace);
    network.for_each_chunk(minibatch, part, [&](const mt::Chunk& chunk) {
        gather(network, chunk, workspace);
        forward(network, p, chunk, workspace);
        loss += (is_value ? mt::value_loss : mt::policy_loss)(network, p, chunk, workspace);
        backward(network, p, chunk, workspace);
    });
    return loss;
}

// Adam over all minibatches. Threads share the parts of each minibatch, then as many ranges of the parameters.
class Training {
public:
    Training(const mt::Mlp& network, float* p, float* m, float* v, float* losses)
        : network(network), job(network.job), parts(job.parts), given{p, m, v}, losses(losses),
          memory(new float[3 * network.length]), part_losses(parts), part_squares(parts) {
        for (int32_t k = 0; k < parts; ++k) workspaces.emplace_back(network);
        for (const auto& workspace : workspaces) gradients.push_back(workspace.gradient);
    }

    void run() {
        mt::Crew::run(std::min(job.threads, parts), [this](mt::Crew& crew, int32_t thread) { train(crew, thread); });
        if (job.minibatches % 2)
            for (int i = 0; i < 3; ++i) std::memcpy(given[i], vector(job.minibatches, i), sizeof(float) * network.length);
    }

private:
    // Parameters and moments before minibatch k: a step writes beside those that it reads.
    float* vector(int64_t k, int i) const { return k % 2 ? memory.get() + i * network.length : given[i]; }

    // Every thread calls this.
    void train(mt::Crew& crew, int32_t thread) {
        mt_adam adam = job.adam;
        for (int64_t k = 0; k < job.minibatches; ++k, ++adam.step) {
            crew.share(thread, parts, [&](int64_t part) {
                part_losses[part] = loss_and_gradient(network, k, {part, parts}, vector(k, 0), workspaces[part]);
            });
            if (thread == 0) losses[k] = float(sum(part_losses));
            if (parts > 1 || job.max_norm > 0.0) crew.share(thread, parts, [&](int64_t part) { add_gradients(part); });
            const double factor = job.max_norm > 0.0 ? job.max_norm / (1e-6 + std::sqrt(sum(part_squares))) : 1.0;
            crew.share(thread, parts, [&](int64_t part) { step(k, part, adam, factor); });
        }
    }

    static double sum(const std::vector<double>& numbers) { return std::accumulate(numbers.begin(), numbers.end(), 0.0); }

    mt::Range range(int64_t part) const { return mt::Part{part, parts}.of(network.length); }

    // In a range, adds the gradients of all parts to the gradient of part 0, and squares the norm of the sum.
    void add_gradients(int64_t part) {
        const auto [first, next] = range(part);
        for (int32_t k = 1; k < parts; ++k) add(next - first, gradients[k] + first, gradients[0] + first);
        part_squares[part] = squared(next - first, gradients[0] + first);
    }

    void step(int64_t k, int64_t part, const mt_adam& adam, double factor) {
        const auto [first, next] = range(part);
        if (factor < 1.0) scale(next - first, float(factor), gradients[0] + first);
        mt_adam_f32(first, next, &adam, gradients.data(), 1, vector(k, 0), vector(k, 1), vector(k, 2), vector(k + 1, 0),
                    vector(k + 1, 1), vector(k + 1, 2));
    }

    const mt::Mlp& network;
    const mt_fused_mlp& job;
    const int32_t parts;
    float* const given[3];
    float* const losses;
    const std::unique_ptr<float[]> memory;
    std::vector<double> part_losses, part_squares;
    std::vector<mt::MlpWorkspace> workspaces;
    std::vector<float*> gradients;
};

}  // namespace

int32_t mt_has_fused_mlp(void) { return mt::has_product() ? 1 : 0; }

int32_t mt_fused_mlp_f32(const mt_fused_mlp* job, float* p, float* m, float* v, float* losses) {
    return mt::attempt([&] {
        const mt::Mlp network{*job};
        Training(network, p, m, v, losses).run();
    });
}

int32_t mt_fused_mlp_gradients_f32(const mt_fused_mlp* job, const float* p, float* gradients, float* losses) {
    return mt::attempt([&] {
        const mt::Mlp network{*job};
        mt::MlpWorkspace workspace{network};
        for (int64_t k = 0; k < job->minibatches; ++k) {
            losses[k] = float(loss_and_gradient(network, k, {0, 1}, p, workspace));
            std::memcpy(gradients + k * network.length, workspace.gradient, sizeof(float) * network.length);
        }
    });
}

int32_t mt_fused_mlp_forward_f32(const mt_fused_mlp* job, const float* p, float* results) {
    return mt::attempt([&] {
        const mt::Mlp network{*job};
        mt::MlpWorkspace workspace{network};
        const int64_t n = network.outputs();
        network.for_each_chunk(0, {0, 1}, [&](const mt::Chunk& chunk) {
            gather(network, chunk, workspace);
            forward(network, p, chunk, workspace);
            for (int64_t r = 0; r < chunk.rows; ++r)
                std::memcpy(results + chunk.row_indices[r] * n, workspace.results.back() + r * n, sizeof(float) * n);
        });
    });
}
