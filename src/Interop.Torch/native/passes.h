/* Part of the contract of mtrl_torch.h. */
#ifndef MTRL_PASSES_H
#define MTRL_PASSES_H
#include "mtrl_torch.h"

/* ---- passes of Adam over minibatches of a small network (passes.cpp): raw contiguous memory of the CPU ---- */
enum { MT_PASSES_LAYERS = 8, MT_PASSES_OUTPUTS = 64 };
/* What is minimised: minus the surrogate of a policy, or the loss of a value function. */
enum { MT_LOG_LIKELIHOOD, MT_RATIO, MT_CLIPPED_RATIO, MT_GAUSSIAN, MT_SQUARED };
typedef struct mt_passes {
    int64_t inputs;
    const int64_t* units; /* of each layer, the last one's results included */
    int32_t layers, is_tanh; /* otherwise negatives of hidden layers are cut */
    int32_t spread, loss; /* how many log σ lead the parameters */
    int64_t tasks, rows_of_task; /* whose gains and shifts end the parameters; 0: none */
    double range, low, high, entropy; /* of the ratio's or the value's clipping; limits of log σ; coefficient of the entropy */
    double max_norm; /* of a gradient, 0: any */
    mt_adam adam; /* its step is that of the first minibatch */
    const float* obs; /* [rows, inputs] */
    const float* target; /* actions [rows, outputs] or returns [rows] */
    const float* advantage; /* of a policy, for each place */
    const float* before; /* [rows]: log π before, or the value */
    const int64_t* places; /* the rows of all minibatches, one after the other */
    const int64_t* starts; /* [minibatches + 1]: where each begins among the places */
    int64_t minibatches;
} mt_passes;
MT_API int32_t mt_has_passes(void);
/* Changes parameters and moments in place; losses [minibatches] are those before each step. */
MT_API void mt_passes_f32(const mt_passes* how, float* p, float* m, float* v, float* losses);
#endif
