#include "kernels/product.h"
#include "layers/blended_panels.h"

namespace mt {
namespace {

struct ForwardPass : BlendedPass {
    const float *x, *bias;
    float* y;
    bool relu;
};

// Columns of W.
BlendedSets columns_of(const BlendedPass& pass, Group g) {
    const auto& s = pass.sizes;
    return {g.tasks, s.sets, s.inputs, g.panel.count, pass.coefficients + g.task * s.sets, pass.sets + g.panel.first, s.units,
            s.inputs * s.units};
}

// The results of a task's rows for a panel of its weight.
void multiply(const ForwardPass& pass, int64_t task, Panel columns, const float* weight) {
    const auto& s = pass.sizes;
    Product p{};
    p.rows = s.rows;
    p.columns = columns.count;
    p.inner = s.inputs;
    p.left = pass.x + task * s.rows * s.inputs;
    p.left_stride = s.inputs;
    p.right = weight;
    p.right_stride = columns.count;
    p.bias = pass.bias + task * s.units + columns.first;
    p.relu = pass.relu;
    p.result = pass.y + task * s.rows * s.units + columns.first;
    p.result_stride = s.units;
    product_f32(p);
}

}  // namespace

// Panels are columns of W: a result is computed at once.
at::Tensor blended_forward(BlendedSizes s, const at::Tensor& x, const at::Tensor& coefficients, const at::Tensor& sets,
                           const at::Tensor& origin, const at::Tensor& bias, bool relu) {
    const auto y = at::empty({s.tasks, s.rows, s.units}, x.options());
    ForwardPass pass{blended_pass(s, coefficients, sets, origin)};
    pass.x = x.data_ptr<float>();
    pass.bias = bias.data_ptr<float>();
    pass.y = y.data_ptr<float>();
    pass.relu = relu;
    const BlendedParts<ForwardPass> parts(pass);
    const Panels panels(s.tasks, s.units, s.inputs, parts.count());
    const auto space = at::empty({panels.group_numbers()}, x.options());
    auto* weights = space.data_ptr<float>();
    panels.each(parts, [&](Group g) {
        blend_f32(columns_of(pass, g), origin_at(pass, g.panel.first), weights, panels.numbers());
        for (int64_t t = 0; t < g.tasks; ++t)
            for (const auto* part : parts) multiply(*part, g.task + t, g.panel, weights + t * panels.numbers());
    });
    return y;
}

}  // namespace mt
