// A dense layer for each task whose weight is a sum of sets that all tasks share: y_t = max(0, x_t W_t + b_t), with or
// without the maximum, W_t = origin + Σ_k c_tk S_k. In single precision, by the kernels.
//
// The weights of the tasks together are as large as the sets, and written and read they cost more than the products.
// A panel of some rows or columns of W is computed for a group of tasks, multiplied while it is in the cache, and
// forgotten; backward computes it again. Gradients of the sets are summed from panels in the same way.
//
// The threads of a team divide the panels between them (blended_parts.h), where all have the same weights: then the
// gradients of coefficients, sets and origin are those of all parts together, in pieces that add up to them. A thread
// without a piece of those of sets and origin has undefined tensors.
//
// x [tasks, rows, inputs], coefficients [tasks, sets], sets [sets, inputs, units], origin [0 or 1, inputs, units],
// bias [tasks, units]; all contiguous.
#pragma once
#include <ATen/ATen.h>

namespace mt {

struct BlendedSizes {
    int64_t tasks, rows, inputs, units, sets;
    bool has_origin;
};

at::Tensor blended_forward(BlendedSizes sizes, const at::Tensor& x, const at::Tensor& coefficients, const at::Tensor& sets,
                           const at::Tensor& origin, const at::Tensor& bias, bool relu);

// Which gradients.
struct BlendedWanted {
    bool x, coefficients, sets, origin, bias;
    bool weights() const { return coefficients || sets || origin; }
    bool operator==(const BlendedWanted& b) const {
        return x == b.x && coefficients == b.coefficients && sets == b.sets && origin == b.origin && bias == b.bias;
    }
};

// Of x, coefficients, sets, origin, bias, for the gradient g of y, contiguous; y is that of ReLU, undefined without.
std::vector<at::Tensor> blended_backward(BlendedSizes sizes, const at::Tensor& g, const at::Tensor& x, const at::Tensor& coefficients,
                                         const at::Tensor& sets, const at::Tensor& origin, const at::Tensor& y, BlendedWanted wanted);

}  // namespace mt
