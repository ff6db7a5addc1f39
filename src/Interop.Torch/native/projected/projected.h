// Projected task-specific layers (src/Core/Networks/Projected.fs) as one recorded step on the kernels of product.h.
// Rows are grouped by task, equally many per task.
//
//   y = max(0, x S + s + o U),   o = u W_t + b_t,   u = d,   d = x D
//
// The last layer has no ReLU; D or U may be absent. With a residual, u = a0 d + a1 d' + a2 o' from the second layer
// on, with d' and o' of the layer before.
//
// A layer without U or residual is folded: x (S + D W_t) + (s + b_t), one matrix per task, recomputed for each
// batch; this is the last layer of most networks, where U would cost more than it saves.
#pragma once
#include <ATen/ATen.h>
#include <vector>

namespace mt {

// Indices of a layer's parts in the list of parameters; -1: absent. Layers may share D and U.
struct ProjectedLayer {
    int32_t weight, bias, task_weight, task_bias, down, up;
};

struct ProjectedNet {
    const at::Tensor* parameters;  // S [in, out], s [out], W [tasks, entering, leaving], b [tasks, leaving], D, U
    int64_t parameter_count;
    const ProjectedLayer* layers;
    int64_t count;
    uint64_t rounded;  // bit i: layer i multiplies numbers rounded to bfloat16
    int64_t tasks;
    bool has_residual;
    int32_t mix;  // index of a [3]; -1: three ones

    const at::Tensor& weight(int64_t i) const { return parameters[layers[i].weight]; }
    const at::Tensor& bias(int64_t i) const { return parameters[layers[i].bias]; }
    const at::Tensor& task_weight(int64_t i) const { return parameters[layers[i].task_weight]; }
    const at::Tensor& task_bias(int64_t i) const { return parameters[layers[i].task_bias]; }
    bool has_down(int64_t i) const { return layers[i].down >= 0; }
    const at::Tensor& down(int64_t i) const { return parameters[layers[i].down]; }
    bool has_up(int64_t i) const { return layers[i].up >= 0; }
    bool is_folded(int64_t i) const { return !has_up(i) && !has_residual; }
    const at::Tensor& up(int64_t i) const { return parameters[layers[i].up]; }
    bool is_rounded(int64_t i) const { return rounded >> i & 1; }
    at::ScalarType type(int64_t i) const { return is_rounded(i) ? at::kBFloat16 : at::kFloat; }
    // a_k of the residual.
    float share(int64_t k) const { return mix < 0 ? 1.0f : parameters[mix].data_ptr<float>()[k]; }
    int64_t units(int64_t i) const { return weight(i).size(1); }
    // Whether the last layer has a single output, as a critic's does.
    bool is_value() const { return count > 1 && units(count - 1) == 1 && is_folded(count - 1); }
};

// Saved for backward by a layer: its input; S + D W_t where it is folded; else d, u and, where it has U, o.
struct ProjectedTrace {
    at::Tensor x, folded, d, u, o;
};

at::Tensor projected_forward(const at::Tensor& x, const ProjectedNet& net, std::vector<ProjectedTrace>* traces);

// Gradients of x (if wanted) and of the parameters (all or none), the latter adjacent in memory in their order.
std::vector<at::Tensor> projected_backward(const at::Tensor& g, const ProjectedNet& net, const std::vector<ProjectedTrace>& traces,
                                           bool wants_x, bool wants_parameters);

}  // namespace mt
