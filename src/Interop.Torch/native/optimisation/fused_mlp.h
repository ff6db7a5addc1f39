/* Part of the contract of mtrl_torch.h. */
#ifndef MTRL_FUSED_MLP_H
#define MTRL_FUSED_MLP_H
#include "mtrl_torch.h"

/* ---- minibatch training of a small network with Adam (fused_mlp.cpp): raw contiguous memory of the CPU ---- */
enum { MT_FUSED_MLP_LAYERS = 8, MT_FUSED_MLP_OUTPUTS = 64 };
/* Losses: the negative surrogate of a policy, or the loss of a value function. */
enum { MT_LOG_LIKELIHOOD, MT_RATIO, MT_CLIPPED_RATIO, MT_GAUSSIAN, MT_SQUARED };
/* Activations. */
enum { MT_LINEAR, MT_RELU, MT_TANH };
/* Tasks that share the weights of a layer: all, none, or those of a group. */
enum { MT_OF_ALL, MT_OF_TASK, MT_OF_GROUP };
/* One dense layer: weight [inputs, units] and bias [units] of each owner; then, if normalised, gain and shift [units] of
   its layer normalisation. */
typedef struct mt_fused_mlp_layer {
    int64_t units;
    int32_t owner, normalised, activation, unused;
} mt_fused_mlp_layer;
typedef struct mt_fused_mlp {
    int64_t inputs;
    const mt_fused_mlp_layer* layers;
    int32_t depth, loss;
    int64_t tasks, rows_of_task; /* row r belongs to task r / rows_of_task */
    const int32_t* groups; /* [tasks], from 0 without gaps; NULL: no layer has groups */
    int32_t log_std_count; /* number of log σ at the start of the parameters */
    int32_t scaled;        /* whether gain and shift of each task end the parameters */
    double range, low, high; /* clip range of the ratio or the value; limits of log σ */
    const double* entropy; /* of a policy, [tasks]: coefficient of the entropy in the objective of a task's rows */
    double bounds_loss, mean_bound; /* of a policy: weight of the squares of mean actions beyond ± the bound */
    const int32_t* action_sizes; /* of a policy, [tasks]: numbers of a task's actions, the others are padding; NULL: all outputs */
    double max_norm; /* of a gradient; 0: no clipping */
    mt_adam adam; /* with the step of the first minibatch */
    const float* obs; /* [rows, inputs] */
    const float* target; /* actions [rows, outputs] or returns [rows] */
    const float* advantage; /* of a policy, for each row index */
    const float* before; /* [rows]: log π or the value before the update */
    const int64_t* row_indices; /* the rows of all minibatches, one after the other; within one task by task */
    const int64_t* starts; /* [minibatches + 1]: offset of each in row_indices */
    int64_t minibatches;
} mt_fused_mlp;
MT_API int32_t mt_has_fused_mlp(void);
/* Changes parameters and moments in place; losses [minibatches] are those before each step. These functions return 0,
   or 1 on failure, as where memory is exhausted: mt_last_error() has the message. */
MT_API int32_t mt_fused_mlp_f32(const mt_fused_mlp* job, float* p, float* m, float* v, float* losses);
/* Gradients [minibatches, n] and losses [minibatches] of all minibatches at the same parameters. */
MT_API int32_t mt_fused_mlp_gradients_f32(const mt_fused_mlp* job, const float* p, float* gradients, float* losses);
#endif
