#include "kernels/product.h"
#include "layers/blended_panels.h"

namespace mt {
namespace {

// Columns of W.
BlendedSets columns_of(BlendedSizes s, const at::Tensor& coefficients, const at::Tensor& sets, Group g) {
    return {g.tasks, s.sets, s.inputs, g.panel.count, coefficients.data_ptr<float>() + g.task * s.sets,
            sets.data_ptr<float>() + g.panel.first, s.units, s.inputs * s.units};
}

}  // namespace

// Panels are columns of W: a result is computed at once.
at::Tensor blended_forward(BlendedSizes s, const at::Tensor& x, const at::Tensor& coefficients, const at::Tensor& sets,
                           const at::Tensor& origin, const at::Tensor& bias, bool relu) {
    const auto y = at::empty({s.tasks, s.rows, s.units}, x.options());
    const Panels panels(s.tasks, s.units, s.inputs);
    const auto space = at::empty({panels.group_numbers()}, x.options());
    auto* weights = space.data_ptr<float>();
    panels.each([&](Group g) {
        blend_f32(columns_of(s, coefficients, sets, g), origin_at(s, origin, g.panel.first), weights, panels.numbers());
        for (int64_t t = 0; t < g.tasks; ++t) {
            Product p{};
            p.rows = s.rows;
            p.columns = g.panel.count;
            p.inner = s.inputs;
            p.left = x.data_ptr<float>() + (g.task + t) * s.rows * s.inputs;
            p.left_stride = s.inputs;
            p.right = weights + t * panels.numbers();
            p.right_stride = g.panel.count;
            p.bias = bias.data_ptr<float>() + (g.task + t) * s.units + g.panel.first;
            p.relu = relu;
            p.result = y.data_ptr<float>() + (g.task + t) * s.rows * s.units + g.panel.first;
            p.result_stride = s.units;
            product_f32(p);
        }
    });
    return y;
}

}  // namespace mt
