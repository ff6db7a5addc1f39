/* Kernels of MtrlFunctional on raw memory: plain C, no tensor and no C++ type crosses it. Each has a plain form in tensor
 * operations, which is used where this library is not, and with which the tests compare it.
 *
 * Functions that return int32_t return 0, or 1 on failure, as where memory is exhausted, but for mt_has_…, which return 1 for
 * yes. The text of a failure is in mt_last_error of the same thread until its next failure.
 */
#ifndef MTRL_KERNELS_H
#define MTRL_KERNELS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define MT_API extern "C" __attribute__((visibility("default")))
#else
#define MT_API
#endif

MT_API const char* mt_last_error(void);
/* The instructions of the products of small networks: "AVX-512", "AVX2", or "none", where there are no such functions. */
MT_API const char* mt_instruction_set(void);

/* ---- derivatives (gradients.cpp): calls the function of this form in TorchSharp's library, which lets exceptions of libtorch
   pass: where they would enter a caller in C# they end the process ---- */
typedef void** (*mt_allocate)(size_t count);
typedef void (*mt_gradients)(void** outputs, int64_t output_count, void** inputs, int64_t input_count, void** weights,
                             int64_t weight_count, bool retains, bool creates, bool allows_unused, mt_allocate allocate);
MT_API int32_t mt_call_gradients(mt_gradients function, void** outputs, int64_t output_count, void** inputs, int64_t input_count,
                                 void** weights, int64_t weight_count, int32_t retains, int32_t creates, mt_allocate allocate);

/* ---- optimiser (adam.cpp) ---- */
typedef struct mt_adam {
    double rate, beta1, beta2, epsilon, decay;
    int64_t step; /* from 1 */
} mt_adam;
/* Elements first … end - 1 of the vectors, so that threads can share a step; the gradient is the sum of `parts`
   vectors, added by a balanced tree. */
MT_API void mt_adam_f32(int64_t first, int64_t end, const mt_adam* rule, const float* const* g, int32_t parts,
                        const float* p, const float* m, const float* v, float* p1, float* m1, float* v1);
MT_API void mt_adam_f64(int64_t first, int64_t end, const mt_adam* rule, const double* const* g, int32_t parts,
                        const double* p, const double* m, const double* v, double* p1, double* m1, double* v1);
/* to = tau source + (1 - tau) target */
MT_API void mt_polyak_f32(int64_t n, double tau, const float* source, const float* target, float* to);
MT_API void mt_polyak_f64(int64_t n, double tau, const double* source, const double* target, double* to);
/* Blocks of results of these four functions, in this process, that held a number that is not finite. */
MT_API int64_t mt_not_finite(void);

/* ---- dense layers (rows.cpp) ---- */
/* y [count, rows, columns] += bias [count, columns], and where `relu` what is below 0 becomes 0 */
MT_API void mt_add_bias_f32(int64_t count, int64_t rows, int64_t columns, const float* bias, int32_t relu, float* y);
/* to [count, rows, columns] = g where y is above 0, else 0; sums [count, columns] = its column sums */
MT_API void mt_relu_gradient_f32(int64_t count, int64_t rows, int64_t columns, const float* y, const float* g, float* to, float* sums);

/* ---- minibatch training of a small network with Adam (fused_mlp.cpp): raw contiguous memory of the CPU ---- */
enum { MT_FUSED_MLP_LAYERS = 8, MT_FUSED_MLP_OUTPUTS = 64 };
/* Losses: the negative surrogate of a policy, or the loss of a value function. */
enum { MT_LOG_LIKELIHOOD, MT_RATIO, MT_CLIPPED_RATIO, MT_GAUSSIAN, MT_SQUARED };
/* Activations. */
enum { MT_LINEAR, MT_RELU, MT_TANH };
/* Tasks that share the weights of a layer: all, none, or the tasks of a group. */
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
    double range, low, high; /* clip range of the ratio; limits of log σ */
    const double* entropy; /* of a policy, [tasks]: coefficient of the entropy in the objective of a task's rows */
    double bounds_loss, mean_bound; /* of a policy: weight of the squares of mean actions beyond ± the bound */
    const int32_t* action_sizes; /* of a policy, [tasks]: numbers of a task's actions, the others are padding; NULL: all outputs */
    double max_norm; /* of a gradient; 0: no clipping */
    mt_adam adam; /* with the step of the first minibatch */
    const float* obs; /* [rows, inputs] */
    const float* target; /* actions [rows, outputs] or returns [rows] */
    const float* advantage; /* of a policy, for each row index */
    const float* before; /* [rows]: log π before the update; of a value function not read */
    const int64_t* row_indices; /* the rows of all minibatches, one after the other; within one task by task */
    const int64_t* starts; /* [minibatches + 1]: offset of each in row_indices */
    int64_t minibatches;
    int32_t parts;   /* pieces of the rows of a minibatch, whose gradients are added in their order */
    int32_t threads; /* which share the pieces; results do not depend on their number */
} mt_fused_mlp;
MT_API int32_t mt_has_fused_mlp(void);
/* Changes parameters and moments in place; losses [minibatches] are those before each step. */
MT_API int32_t mt_fused_mlp_f32(const mt_fused_mlp* job, float* p, float* m, float* v, float* losses);
/* Gradients [minibatches, n] and losses [minibatches] of all minibatches at the same parameters, in one part. */
MT_API int32_t mt_fused_mlp_gradients_f32(const mt_fused_mlp* job, const float* p, float* gradients, float* losses);
/* results [rows, outputs], at the rows of one minibatch: the outputs of the network with parameters p. Fields of `job` in use: network,
   observations and rows. */
MT_API int32_t mt_fused_mlp_forward_f32(const mt_fused_mlp* job, const float* p, float* results);
/* to [n] = F v for the Fisher matrix F of a policy with parameters p [n], over the rows of one minibatch (fisher.cpp). Fields of
   `job` in use: network, limits of log σ, observations and rows. */
MT_API int32_t mt_fisher_f32(const mt_fused_mlp* job, const float* p, const float* v, float* to);
#endif
