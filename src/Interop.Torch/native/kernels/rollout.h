// Returns of action sequences under a model, for processors with AVX-512.
//
// Sixteen candidates are a vector: states and activations are stored by feature, so that no product needs an operand in another
// order, and a candidate's state never leaves the cache between two steps.
#pragma once
#include <cstdint>

namespace mt {

// A dense layer: weight [inputs, units], bias [units].
struct RolloutLayer {
    int64_t inputs, units;
    const float *weight, *bias;
};

// Layers with ReLU after all but the last, from state and action to the change of the state, the reward, and where episodes end
// the logit of the end.
struct Rollout {
    int64_t candidates, steps, states, actions;
    const float* state;     // [states]: the first one of every candidate
    const float* sequences; // [steps, actions, candidates]
    const RolloutLayer* layers;
    int64_t count;
    float discount;
    bool terminates;
};

// Floats of the workspace, which must be aligned to 64 bytes.
int64_t rollout_floats(const Rollout& rollout);

// returns [candidates] = the sum over the steps of discount^t reward, times the probability that no step before ended the episode.
void rollout_f32(const Rollout& rollout, float* workspace, float* returns);

}  // namespace mt
