/* Part of the contract of mtrl_torch.h. */
#ifndef MTRL_PASSES_H
#define MTRL_PASSES_H
#include "mtrl_torch.h"

/* ---- passes of Adam over minibatches of a small network (fused_mlp.cpp): raw contiguous memory of the CPU ---- */
enum { MT_PASSES_LAYERS = 8, MT_PASSES_OUTPUTS = 64 };
/* What is minimised: minus the surrogate of a policy, or the loss of a value function. */
enum { MT_LOG_LIKELIHOOD, MT_RATIO, MT_CLIPPED_RATIO, MT_GAUSSIAN, MT_SQUARED };
/* What a layer ends with. */
enum { MT_LINEAR, MT_RELU, MT_TANH };
/* One dense layer: weight [inputs, units] and bias [units], of each task if per_task; then, if normalised, gain and
   shift [units] of its layer normalisation. */
typedef struct mt_pass_layer {
    int64_t units;
    int32_t per_task, normalised, activation, unused;
} mt_pass_layer;
typedef struct mt_passes {
    int64_t inputs;
    const mt_pass_layer* layers;
    int32_t depth, loss;
    int64_t tasks, rows_of_task; /* row r belongs to task r / rows_of_task */
    int32_t spread, scaled; /* how many log σ lead the parameters; whether gain and shift of each task end them */
    double range, low, high; /* of the ratio's or the value's clipping; limits of log σ */
    const double* entropy; /* of a policy, [tasks]: coefficient of the entropy in the objective of a task's rows */
    double max_norm; /* of a gradient, 0: any */
    mt_adam adam; /* its step is that of the first minibatch */
    const float* obs; /* [rows, inputs] */
    const float* target; /* actions [rows, outputs] or returns [rows] */
    const float* advantage; /* of a policy, for each place */
    const float* before; /* [rows]: log π before, or the value */
    const int64_t* places; /* the rows of all minibatches, one after the other; within one task by task */
    const int64_t* starts; /* [minibatches + 1]: where each begins among the places */
    int64_t minibatches;
} mt_passes;
MT_API int32_t mt_has_passes(void);
/* Changes parameters and moments in place; losses [minibatches] are those before each step. */
MT_API void mt_passes_f32(const mt_passes* how, float* p, float* m, float* v, float* losses);
/* Of each minibatch the gradient at the same parameters, gradients [minibatches, n], and the loss, losses [minibatches]. */
MT_API void mt_pass_gradients_f32(const mt_passes* how, const float* p, float* gradients, float* losses);
#endif
