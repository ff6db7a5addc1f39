/* The contract between MtrlFunctional.Torch and libtorch: plain C, no C++ type crosses it.
 *
 * A tensor handle is the intrusive pointer of libtorch itself and owns one reference, to be given back
 * with mt_free. Arguments are borrowed. Every function catches everything: those that return a tensor
 * return NULL on failure, those that return int32_t return 0 on success and 1 on failure; the text is
 * then in mt_last_error of the same thread until its next failure.
 *
 * Element types have the numbers of c10::ScalarType, device types those of c10::DeviceType.
 */
#ifndef MTRL_TORCH_H
#define MTRL_TORCH_H
#include <stdint.h>

#ifdef __cplusplus
#define MT_API extern "C" __attribute__((visibility("default")))
#else
#define MT_API
#endif

typedef struct mt_tensor_s* mt_tensor;
typedef struct mt_generator_s* mt_generator;
typedef struct mt_graph mt_graph;
typedef struct mt_team mt_team;

/* A real number or an integer, so that integer tensors stay integer. */
typedef struct mt_scalar {
    double real;
    int64_t whole;
    int32_t is_whole;
} mt_scalar;

/* Element type and device of a new tensor. */
typedef struct mt_tensor_options {
    int32_t type;
    int32_t device;
    int32_t index;
} mt_tensor_options;

/* ---- process (tensors/process.cpp) ---- */
MT_API const char* mt_last_error(void);
MT_API const char* mt_version(void);
MT_API const char* mt_build(void);
MT_API int32_t mt_cuda_available(void);
MT_API int32_t mt_cuda_synchronize(int32_t index);
MT_API int32_t mt_get_threads(void);
MT_API int32_t mt_set_threads(int32_t count);
MT_API int32_t mt_manual_seed(int64_t seed);
MT_API int32_t mt_grad_enabled(void);
MT_API void mt_set_grad_enabled(int32_t enabled);

/* ---- teams (threads/team.cpp): between enter and leave the calling thread performs the same operations as the others of the
   team, each on its part of a batch, whose results and gradients are added up. Begin precedes the first enter, and each
   member must leave, also one that could not enter. Sleepers are members that wait for others. ---- */
MT_API mt_team* mt_team_new(int32_t count);
MT_API void mt_team_free(mt_team* team);
MT_API void mt_team_begin(mt_team* team);
MT_API int32_t mt_team_enter(mt_team* team, int32_t rank);
MT_API int32_t mt_team_leave(mt_team* team, int32_t rank);
MT_API int32_t mt_team_sleepers(mt_team* team);

/* ---- graphs of a GPU (tensors/graphs.cpp): what is computed on the calling thread between begin and end is captured,
   not done; each launch does it, on the numbers that its memory then holds. After a failure of end the allocator of the
   device still refers to the graph, which must not be freed. ---- */
MT_API int32_t mt_graphs_available(void);
MT_API mt_graph* mt_graph_begin(int32_t device);
MT_API int32_t mt_graph_end(mt_graph* graph);
MT_API int32_t mt_graph_launch(mt_graph* graph);
MT_API void mt_graph_free(mt_graph* graph);

/* ---- lifetime, facts, data (tensors/tensors.cpp) ---- */
MT_API void mt_free(mt_tensor tensor);
MT_API int32_t mt_dimensions(mt_tensor tensor);
MT_API int32_t mt_shape(mt_tensor tensor, int64_t* sizes);
MT_API int64_t mt_count(mt_tensor tensor);
MT_API int64_t mt_element_size(mt_tensor tensor);
MT_API void mt_tensor_options_of(mt_tensor tensor, mt_tensor_options* place);
MT_API int32_t mt_is_contiguous(mt_tensor tensor);
MT_API int32_t mt_requires_grad(mt_tensor tensor);
MT_API int32_t mt_set_requires_grad(mt_tensor tensor, int32_t required);
MT_API void* mt_data(mt_tensor tensor);
MT_API int32_t mt_item(mt_tensor tensor, mt_scalar* value);
MT_API int32_t mt_copy(mt_tensor target, mt_tensor source);
MT_API int32_t mt_copy_all(const mt_tensor* targets, const mt_tensor* sources, int32_t count);
MT_API mt_tensor mt_empty(const int64_t* sizes, int32_t dimensions, mt_tensor_options place);
MT_API mt_tensor mt_zeros(const int64_t* sizes, int32_t dimensions, mt_tensor_options place);
MT_API mt_tensor mt_full(const int64_t* sizes, int32_t dimensions, mt_scalar value, mt_tensor_options place);
MT_API mt_tensor mt_from_data(const void* data, const int64_t* sizes, int32_t dimensions, int32_t type);
MT_API mt_tensor mt_to(mt_tensor tensor, mt_tensor_options place);

/* ---- random (tensors/random.cpp): an independent generator on the CPU or on one CUDA device ---- */
MT_API mt_generator mt_generator_new(uint64_t seed, int32_t device, int32_t index);
MT_API void mt_generator_free(mt_generator generator);
MT_API int32_t mt_generator_seed(mt_generator generator, uint64_t seed);
MT_API mt_tensor mt_randn(const int64_t* sizes, int32_t dimensions, mt_generator generator, mt_tensor_options place);
MT_API mt_tensor mt_rand(const int64_t* sizes, int32_t dimensions, mt_generator generator, mt_tensor_options place);

/* ---- element by element (tensors/operations.cpp) ---- */
#define MT_UNARY(name) MT_API mt_tensor mt_##name(mt_tensor x);
#define MT_BINARY(name) MT_API mt_tensor mt_##name(mt_tensor x, mt_tensor y);
#define MT_WITH_SCALAR(name) MT_API mt_tensor mt_##name##_scalar(mt_tensor x, mt_scalar y);
MT_UNARY(neg) MT_UNARY(exp) MT_UNARY(log) MT_UNARY(tanh) MT_UNARY(relu)
MT_UNARY(square) MT_UNARY(sqrt) MT_UNARY(abs) MT_UNARY(isfinite)
MT_BINARY(add) MT_BINARY(sub) MT_BINARY(mul) MT_BINARY(div) MT_BINARY(minimum) MT_BINARY(maximum)
MT_BINARY(eq) MT_BINARY(gt) MT_BINARY(ge) MT_BINARY(lt)
MT_WITH_SCALAR(add) MT_WITH_SCALAR(mul) MT_WITH_SCALAR(div) MT_WITH_SCALAR(pow)
MT_WITH_SCALAR(clamp_min) MT_WITH_SCALAR(clamp_max)
MT_API mt_tensor mt_clamp(mt_tensor x, mt_scalar low, mt_scalar high);
MT_API mt_tensor mt_softplus(mt_tensor x, double beta, double threshold);
MT_API mt_tensor mt_layer_norm(mt_tensor x, mt_tensor gain, mt_tensor shift, double eps);
MT_API mt_tensor mt_where(mt_tensor condition, mt_tensor x, mt_tensor y);

/* ---- reductions (tensors/operations.cpp) ---- */
MT_UNARY(sum) MT_UNARY(mean)
#define MT_OVER(name) MT_API mt_tensor mt_##name##_over(mt_tensor x, int64_t dimension, int32_t keep);
MT_OVER(sum) MT_OVER(mean) MT_OVER(amax)
MT_API mt_tensor mt_softmax(mt_tensor x, int64_t dimension);
MT_API mt_tensor mt_log_softmax(mt_tensor x, int64_t dimension);
MT_API mt_tensor mt_argmax(mt_tensor x, int64_t dimension, int32_t keep);
MT_API mt_tensor mt_norm(mt_tensor x, double p);

/* ---- shapes and selection (tensors/operations.cpp) ---- */
MT_API mt_tensor mt_reshape(mt_tensor x, const int64_t* sizes, int32_t dimensions);
MT_API mt_tensor mt_expand(mt_tensor x, const int64_t* sizes, int32_t dimensions);
MT_API mt_tensor mt_narrow(mt_tensor x, int64_t dimension, int64_t start, int64_t length);
MT_API mt_tensor mt_select(mt_tensor x, int64_t dimension, int64_t index);
MT_API mt_tensor mt_transpose(mt_tensor x, int64_t first, int64_t second);
MT_API mt_tensor mt_unsqueeze(mt_tensor x, int64_t dimension);
MT_API mt_tensor mt_squeeze(mt_tensor x, int64_t dimension);
MT_UNARY(contiguous) MT_UNARY(clone) MT_UNARY(detach)
MT_API mt_tensor mt_cat(const mt_tensor* tensors, int32_t count, int64_t dimension);
MT_API mt_tensor mt_flatten(const mt_tensor* tensors, int32_t count);
MT_API mt_tensor mt_slice(mt_tensor vector, int64_t offset, const int64_t* sizes, int32_t dimensions);
MT_API mt_tensor mt_stack(const mt_tensor* tensors, int32_t count, int64_t dimension);
/* One tensor for each entry of the dimension. */
MT_API int32_t mt_unbind(mt_tensor x, int64_t dimension, mt_tensor* entries);
MT_API mt_tensor mt_index_select(mt_tensor x, int64_t dimension, mt_tensor index);

/* ---- products (tensors/operations.cpp) ---- */
MT_BINARY(matmul) MT_BINARY(bmm)
MT_API mt_tensor mt_dense(mt_tensor x, mt_tensor weight, mt_tensor bias_or_null, int32_t relu,
                          int32_t type); /* layers/dense.cpp */
/* A chain of layers with ReLU after all but the last; bit i of `rounded` for layer i: layers/stack.cpp */
MT_API mt_tensor mt_dense_stack(mt_tensor x, const mt_tensor* weights, const mt_tensor* biases, int32_t count,
                                uint64_t rounded);
/* Gated recurrent units over a sequence. gates [steps, rows, 3 units], keep [steps, rows], start [rows, units],
   weight [units, 3 units], bias [units]; the states [steps, rows, units]: layers/gru.cpp */
MT_API mt_tensor mt_blended_dense(mt_tensor x, mt_tensor coefficients, mt_tensor sets, mt_tensor origin, mt_tensor bias, int32_t relu);
MT_API mt_tensor mt_gru(mt_tensor gates, mt_tensor keep, mt_tensor start, mt_tensor weight, mt_tensor bias);
/* Returns [candidates] of action sequences [steps, actions, candidates] from a state [n] under a model of dense layers with ReLU
   between them, from state and action to the change of the state, the reward and, with terminates, the logit of the end of the
   episode: layers/rollout.cpp */
MT_API int32_t mt_can_rollout(mt_tensor state);
MT_API mt_tensor mt_rollout(mt_tensor state, mt_tensor sequences, const mt_tensor* weights, const mt_tensor* biases, int32_t count,
                            double discount, int32_t terminates);
/* x [n, in, h, w], weight [out, in, k, k], transposed [in, out, k, k]: convolutions/plain.cpp */
MT_API mt_tensor mt_convolve(mt_tensor x, mt_tensor weight, mt_tensor bias, int64_t stride, int32_t relu);
MT_API mt_tensor mt_convolve_transposed(mt_tensor x, mt_tensor weight, mt_tensor bias, int64_t stride,
                                        int64_t output_padding, int32_t relu);
/* Filters of 3 x 3 without padding on rows of square images: convolutions/frames.cpp. Convolutions, the first with stride 2, ReLU
   after each, of x / divisor; transposed ones, the last with stride 2, ReLU after the others. */
MT_API mt_tensor mt_convolution_stack(mt_tensor x, double divisor, const mt_tensor* weights, const mt_tensor* biases,
                                      int32_t count);
MT_API mt_tensor mt_deconvolution_stack(mt_tensor x, const mt_tensor* weights, const mt_tensor* biases, int32_t count);
/* Projected task-specific layers in one step: projected/projected.cpp. Fields are indices into the parameters, -1: absent;
   mix is the index of the residual coefficients, -1: all 1. */
typedef struct mt_projected_layer {
    int32_t weight, bias, task_weight, task_bias, down, up;
} mt_projected_layer;
MT_API int32_t mt_can_project(mt_tensor x);
MT_API mt_tensor mt_projected(mt_tensor x, const mt_tensor* parameters, int32_t parameter_count,
                              const mt_projected_layer* layers, int32_t count, uint64_t rounded, int64_t tasks, int32_t residual,
                              int32_t mix);

/* ---- automatic differentiation (tensors/autograd.cpp): NULL for an input that the outputs do not depend on ---- */
MT_API int32_t mt_grad(const mt_tensor* outputs, const mt_tensor* seeds_or_null, int32_t output_count,
                       const mt_tensor* inputs, int32_t input_count,
                       int32_t retain, int32_t create, int32_t allow_unused, mt_tensor* gradients);

/* ---- optimiser (optimisation/adam.cpp): raw contiguous memory of the CPU ---- */
typedef struct mt_adam {
    double rate, beta1, beta2, epsilon, decay;
    int64_t step; /* from 1 */
} mt_adam;
/* Elements first … end - 1 of the vectors, so that threads can share a step; the gradient is the sum of `parts`
   vectors, added in their order. */
MT_API void mt_adam_f32(int64_t first, int64_t end, const mt_adam* rule, const float* const* g, int32_t parts,
                        const float* p, const float* m, const float* v, float* p1, float* m1, float* v1);
MT_API void mt_adam_f64(int64_t first, int64_t end, const mt_adam* rule, const double* const* g, int32_t parts,
                        const double* p, const double* m, const double* v, double* p1, double* m1, double* v1);
/* to = tau source + (1 - tau) target */
MT_API void mt_polyak_f32(int64_t n, double tau, const float* source, const float* target, float* to);
MT_API void mt_polyak_f64(int64_t n, double tau, const double* source, const double* target, double* to);
/* Blocks of results of these four functions, in this process, that held a number that is not finite. */
MT_API int64_t mt_not_finite(void);
#endif
