// A network of a few small dense layers over rows of a minibatch, and the losses at its end; without a tensor.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>
#include "optimisation/fused_mlp.h"

#if defined(__x86_64__) && defined(__linux__)
#define MT_CLONES __attribute__((target_clones("arch=skylake-avx512", "avx2", "default")))
#else
#define MT_CLONES
#endif

namespace mt {

// What layers of a few hundred units make of so many rows stays in the processor's caches.
const int64_t rows_at_once = 320;

// Where the parameters of a layer stand in the vector.
struct SmallLayer {
    int64_t inputs, units, groups;  // groups: tasks with weights of their own, or 1
    int64_t weight, bias, gain, shift;
    bool normalised;
    int32_t activation;
};

// Rows first … next − 1 of a piece, which share the weights of `group`.
struct Rows {
    int64_t group, first, next;
};

// Some rows of a minibatch, task by task.
struct Piece {
    int64_t rows;
    double share;  // of a row in the mean over the minibatch
    const int64_t* places;
    const float* advantages;  // of a policy
    std::vector<Rows> tasks;  // those that have rows
    std::vector<Rows> whole;  // all rows at once
};

struct SmallNetwork {
    explicit SmallNetwork(const mt_passes& how);

    const mt_passes& how;
    std::vector<SmallLayer> layers;
    int64_t gain;    // gains, then shifts, of the tasks end the parameters, if there are any
    int64_t length;  // of the vector

    int64_t outputs() const { return layers.back().units; }
    // Rows first … next − 1 of a minibatch.
    Piece piece(int64_t minibatch, int64_t first, int64_t next) const;
    // All rows of a minibatch, piece by piece.
    template <typename Work>
    void by_pieces(int64_t minibatch, Work&& work) const {
        const int64_t rows = how.starts[minibatch + 1] - how.starts[minibatch];
        for (int64_t first = 0; first < rows; first += rows_at_once)
            work(piece(minibatch, first, std::min(rows, first + rows_at_once)));
    }
};

// Memory for one piece and one gradient.
struct SmallRoom {
    explicit SmallRoom(const SmallNetwork& network);

    std::unique_ptr<float[]> floats;
    std::vector<float*> results;  // the rows that enter, then the results of each layer
    std::vector<float*> normal;   // of a normalised layer: before gain and shift, [rows, units]
    std::vector<float*> inverse;  // 1 / σ, [rows]
    float *g, *below, *turned, *gradient;
    float* next[3];  // what a step makes of parameters and moments
};

// Copies the rows of a piece to room.results[0].
void gather(const SmallNetwork&, const Piece&, SmallRoom&);
// Results of all layers for the rows in room.results[0].
void forward(const SmallNetwork&, const float* p, const Piece&, SmallRoom&);
// From the gradient of the last results, in room.g, to those of all weights, which are added to room.gradient.
void backward(const SmallNetwork&, const float* p, const Piece&, SmallRoom&);

// Which rows meet which weights of a layer.
const std::vector<Rows>& groups_of(const SmallLayer&, const Piece&);
// g [n] times the derivative of the layer's activation, by its results.
void times_slope(const SmallLayer&, int64_t n, const float* results, float* g);

// Whether a stored log σ lies beyond a limit; on the limit, as its own type rounds it, it does not.
inline bool is_limited(const mt_passes& how, float stored) {
    return stored < float(how.low) || stored > float(how.high);
}

// What the rows contribute to the loss; makes room.g, and adds the gradients of the parameters outside the layers to
// room.gradient.
double policy_loss(const SmallNetwork&, const float* p, const Piece&, SmallRoom&);
double value_loss(const SmallNetwork&, const float* p, const Piece&, SmallRoom&);

}  // namespace mt
