// A network of a few small dense layers over rows of a minibatch, and its losses, without tensors.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>
#include "clones.h"
#include "mtrl_kernels.h"

namespace mt {

// The results of layers of a few hundred units for this many rows stay in the processor's caches.
const int64_t chunk_rows = 320;

// Offsets of the parameters of a layer in the vector.
struct MlpLayer {
    int64_t inputs, units;
    int32_t owner;  // MT_OF_ALL …
    int64_t weight, bias, gain, shift;
    bool normalised;
    int32_t activation;
};

// Rows first … next − 1 of a chunk, of one owner of weights: a task, a group of tasks, or 0 for all.
struct Rows {
    int64_t owner, first, next;
};

// Some rows of a minibatch, task by task.
struct Chunk {
    int64_t rows;
    double share;  // weight of a row in the mean over the minibatch
    const int64_t* row_indices;
    const float* advantages;  // of a policy
    std::vector<Rows> whole;   // all rows at once
    std::vector<Rows> tasks;   // those that have rows
    std::vector<Rows> groups;  // of tasks, in the order of the rows; a group may come again
};

// Numbers first … next − 1.
struct Range {
    int64_t first, next;
};

// Piece `index` of `count` about equal ones.
struct Part {
    int64_t index, count;
    Range of(int64_t n) const { return {n * index / count, n * (index + 1) / count}; }
};

struct Mlp {
    explicit Mlp(const mt_fused_mlp& job);

    const mt_fused_mlp& job;
    std::vector<MlpLayer> layers;
    int64_t gain;    // offset of the gains of the tasks, followed by their shifts, if any
    int64_t length;  // of the parameter vector

    int64_t outputs() const { return layers.back().units; }
    // Numbers of an action of a task; the outputs behind them are padding.
    int64_t actions(int64_t task) const { return job.action_sizes ? job.action_sizes[task] : outputs(); }
    // Rows first … next − 1 of a minibatch.
    Chunk chunk(int64_t minibatch, int64_t first, int64_t next) const;
    // The rows of a part of a minibatch, chunk by chunk.
    template <typename Work>
    void for_each_chunk(int64_t minibatch, Part part, Work&& work) const {
        const Range rows = part.of(job.starts[minibatch + 1] - job.starts[minibatch]);
        for (int64_t first = rows.first; first < rows.next; first += chunk_rows)
            work(chunk(minibatch, first, std::min(rows.next, first + chunk_rows)));
    }
};

// Memory for one chunk and the gradient of one part.
struct MlpWorkspace {
    explicit MlpWorkspace(const Mlp& network);

    std::unique_ptr<float[]> floats;
    std::vector<float*> results;  // the input rows, then the results of each layer
    std::vector<float*> normal;   // of a normalised layer: before gain and shift, [rows, units]
    std::vector<float*> inverse;  // 1 / σ, [rows]
    std::vector<float*> transposed;  // weights of one owner, [units, inputs]
    float *g, *below, *gradient;
};

// Copies the rows of a chunk to workspace.results[0].
void gather(const Mlp&, const Chunk&, MlpWorkspace&);
// Results of all layers for the rows in workspace.results[0].
void forward(const Mlp&, const float* p, const Chunk&, MlpWorkspace&);
// Prepares `backward` with these parameters, for any number of chunks.
void transpose_shared(const Mlp&, const float* p, MlpWorkspace&);
// Accumulates the gradients of all weights in workspace.gradient, from the gradient of the last results in workspace.g.
void backward(const Mlp&, const float* p, const Chunk&, MlpWorkspace&);

// The rows of a chunk by the owners of a layer's weights.
const std::vector<Rows>& parts_of(const MlpLayer&, const Chunk&);
// g [n] times the derivative of the layer's activation, by its results.
void activation_gradient(const MlpLayer&, int64_t n, const float* results, float* g);

// Whether a stored log σ lies beyond a limit; a value equal to the limit in single precision does not.
inline bool is_limited(const mt_fused_mlp& job, float stored) {
    return stored < float(job.low) || stored > float(job.high);
}

// Contribution of the rows to the loss. Writes workspace.g; accumulates the gradients of the parameters outside the
// layers in workspace.gradient.
double policy_loss(const Mlp&, const float* p, const Chunk&, MlpWorkspace&);
double value_loss(const Mlp&, const float* p, const Chunk&, MlpWorkspace&);

}  // namespace mt
