// Projected task-specific layers (src/Core/Networks/Projected.fs) without residuals, as one recorded step on the
// kernels of product.h. Rows lie task by task, as many for each task.
//
//   y = max(0, x S + s + (x D W_t + b_t) U)      the last layer not cut; D or U may be absent
//
// A layer without U is folded: x (S + D W_t) + (s + b_t), one matrix for each task, made anew for each batch; that
// is the last layer of every network, where U would cost more than it saves.
#pragma once
#include <ATen/ATen.h>
#include <vector>

namespace mt {

// Where the parts of a layer stand in the list of parameters; -1: absent. Layers may share D and U.
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

    const at::Tensor& weight(int64_t i) const { return parameters[layers[i].weight]; }
    const at::Tensor& bias(int64_t i) const { return parameters[layers[i].bias]; }
    const at::Tensor& task_weight(int64_t i) const { return parameters[layers[i].task_weight]; }
    const at::Tensor& task_bias(int64_t i) const { return parameters[layers[i].task_bias]; }
    bool has_down(int64_t i) const { return layers[i].down >= 0; }
    const at::Tensor& down(int64_t i) const { return parameters[layers[i].down]; }
    bool is_folded(int64_t i) const { return layers[i].up < 0; }
    const at::Tensor& up(int64_t i) const { return parameters[layers[i].up]; }
    bool is_rounded(int64_t i) const { return rounded >> i & 1; }
    at::ScalarType type(int64_t i) const { return is_rounded(i) ? at::kBFloat16 : at::kFloat; }
    int64_t units(int64_t i) const { return weight(i).size(1); }
    // Whether the last layer makes a single number, as a critic's does.
    bool is_value() const { return count > 1 && units(count - 1) == 1; }
};

// What a layer leaves for backward: its input, d and o where it has U, S + D W_t where it is folded.
struct ProjectedTrace {
    at::Tensor x, d, o, folded;
};

at::Tensor projected_forward(const at::Tensor& x, const ProjectedNet& net, std::vector<ProjectedTrace>* traces);

// Gradients of x (where wanted) and of the parameters (all or none), the latter side by side in their order.
std::vector<at::Tensor> projected_backward(const at::Tensor& g, const ProjectedNet& net, const std::vector<ProjectedTrace>& traces,
                                           bool wants_x, bool wants_parameters);

}  // namespace mt
