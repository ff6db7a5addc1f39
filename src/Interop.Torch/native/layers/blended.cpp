// A dense layer for each task whose weight is a sum of sets that all tasks share, as one recorded step:
//   y_t = max(0, x_t W_t + b_t), with or without the maximum, W_t = origin + Σ_k c_tk S_k.
//
// The weights of the tasks together are as large as the sets, and written and read they cost more than the products.
// Here a panel of some rows of W is computed for four tasks, multiplied while it is in the cache, and forgotten;
// backward computes it again. Gradients of the sets are summed from panels in the same way.
#include "kernels/blend.h"
#include "kernels/product.h"
#include "layers/dense.h"
#include "layers/layer.h"
#include "support.h"
#include <algorithm>
#include <array>
#include <torch/csrc/autograd/custom_function.h>

using namespace mt;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

struct Sizes {
    int64_t tasks, rows, inputs, units, sets;
    bool has_origin;
};

Sizes sizes_of(const at::Tensor& x, const at::Tensor& coefficients, const at::Tensor& sets, const at::Tensor& origin) {
    return {coefficients.size(0), x.size(-2), sets.size(1), sets.size(2), sets.size(0), origin.size(0) > 0};
}

// x [tasks, rows, inputs], coefficients [tasks, sets], sets [sets, inputs, units], origin [0 or 1, inputs, units],
// bias [tasks, units].
Sizes check(const at::Tensor& x, const at::Tensor& coefficients, const at::Tensor& sets, const at::Tensor& origin, const at::Tensor& bias) {
    TORCH_CHECK(sets.dim() == 3 && coefficients.dim() == 2 && coefficients.size(1) == sets.size(0),
                "coefficients ", coefficients.sizes(), " do not fit the sets ", sets.sizes());
    const auto s = sizes_of(x, coefficients, sets, origin);
    TORCH_CHECK(s.inputs > 0 && s.units > 0 && s.sets > 0, "sets ", sets.sizes(), " are empty");
    TORCH_CHECK(x.sizes() == at::IntArrayRef({s.tasks, s.rows, s.inputs}), "x ", x.sizes(), " does not fit the sets ", sets.sizes());
    TORCH_CHECK(origin.dim() == 3 && origin.size(0) <= 1 && origin.size(1) == s.inputs && origin.size(2) == s.units,
                "origin ", origin.sizes(), " does not fit the sets ", sets.sizes());
    TORCH_CHECK(bias.sizes() == at::IntArrayRef({s.tasks, s.units}), "bias ", bias.sizes(), " does not fit the sets ", sets.sizes());
    return s;
}

at::Tensor weights_of(Sizes s, const at::Tensor& coefficients, const at::Tensor& sets, const at::Tensor& origin) {
    const auto sum = coefficients.matmul(sets.reshape({s.sets, -1})).view({s.tasks, s.inputs, s.units});
    return s.has_origin ? sum + origin : sum;
}

bool has_kernels(const at::Tensor& x, std::initializer_list<at::Tensor> others) {
    if (x.scalar_type() != at::kFloat || !has_layer_kernels(x.select(0, 0), x.select(0, 0))) return false;
    return std::all_of(others.begin(), others.end(), [](const at::Tensor& t) { return t.is_cpu() && t.scalar_type() == at::kFloat; });
}

// Rows of W of one panel: those of all sets stay in the second cache.
int64_t panel_rows(Sizes s) {
    const auto fitting = 131072 / ((s.sets + 1) * s.units) / 16 * 16;
    return std::clamp<int64_t>(fitting, 16, 64);
}

// Calls body with the first input of a panel and its number of inputs, the first task and the number of tasks.
template <class Body>
void for_panels(Sizes s, Body&& body) {
    const auto panel = panel_rows(s);
    for (int64_t i = 0; i < s.inputs; i += panel)
        for (int64_t t = 0; t < s.tasks; t += BlendedTasks)
            body(i, std::min(panel, s.inputs - i), t, std::min(BlendedTasks, s.tasks - t));
}

BlendedSets part_of(Sizes s, const at::Tensor& coefficients, const at::Tensor& sets, int64_t input, int64_t inputs, int64_t task, int64_t tasks) {
    return {tasks, s.sets, inputs * s.units, coefficients.data_ptr<float>() + task * s.sets,
            sets.data_ptr<float>() + input * s.units, s.inputs * s.units};
}

const float* origin_at(Sizes s, const at::Tensor& origin, int64_t input) {
    return s.has_origin ? origin.data_ptr<float>() + input * s.units : nullptr;
}

at::Tensor forward(Sizes s, const at::Tensor& x, const at::Tensor& coefficients, const at::Tensor& sets, const at::Tensor& origin,
                   const at::Tensor& bias, bool relu) {
    const auto y = at::empty({s.tasks, s.rows, s.units}, x.options());
    const auto size = panel_rows(s) * s.units;
    const auto space = at::empty({BlendedTasks * size}, x.options());
    auto* weights = space.data_ptr<float>();
    for_panels(s, [&](int64_t input, int64_t inputs, int64_t task, int64_t tasks) {
        blend_f32(part_of(s, coefficients, sets, input, inputs, task, tasks), origin_at(s, origin, input), weights, size);
        for (int64_t t = 0; t < tasks; ++t) {
            Product p{};
            p.rows = s.rows;
            p.columns = s.units;
            p.inner = inputs;
            p.left = x.data_ptr<float>() + (task + t) * s.rows * s.inputs + input;
            p.left_stride = s.inputs;
            p.right = weights + t * size;
            p.right_stride = s.units;
            p.bias = bias.data_ptr<float>() + (task + t) * s.units;
            p.accumulates = input > 0;
            p.relu = relu && input + inputs == s.inputs;
            p.result = y.data_ptr<float>() + (task + t) * s.rows * s.units;
            p.result_stride = s.units;
            product_f32(p);
        }
    });
    return y;
}

// Rows of a task with a gradient before the activation, and the inputs of these rows.
struct TaskRows {
    at::Tensor gradient, inputs, row_indices;
};

struct Wanted {
    bool x, coefficients, sets, origin, bias;
    bool weights() const { return coefficients || sets || origin; }
};

TaskRows rows_of_task(const at::Tensor& g, const at::Tensor& y, const at::Tensor& x, const at::Tensor& sums) {
    TaskRows rows;
    rows.row_indices = nonzero_rows(g);
    const auto count = rows.row_indices.defined() ? rows.row_indices.size(0) : g.size(0);
    rows.gradient = at::empty({count, g.size(1)}, g.options());
    relu_mask_backward(g, y, rows.row_indices, rows.gradient, sums);
    rows.inputs = rows.row_indices.defined() ? x.index_select(0, rows.row_indices) : x;
    return rows;
}

// Of x, coefficients, sets, origin, bias; y is that of ReLU, undefined without.
variable_list backward(Sizes s, const at::Tensor& g, const at::Tensor& x, const at::Tensor& coefficients, const at::Tensor& sets,
                       const at::Tensor& origin, const at::Tensor& y, Wanted wanted) {
    const auto place = g.options();
    const auto of_bias = at::zeros({s.tasks, s.units}, place);
    std::vector<TaskRows> rows;
    for (int64_t t = 0; t < s.tasks; ++t)
        rows.push_back(rows_of_task(g[t], y.defined() ? y[t] : y, x[t], of_bias[t]));

    const auto of_x = wanted.x ? at::zeros({s.tasks, s.rows, s.inputs}, place) : at::Tensor();
    const auto of_sets = wanted.sets ? at::empty({s.sets, s.inputs, s.units}, place) : at::Tensor();
    const auto of_origin = wanted.origin ? at::empty(origin.sizes(), place) : at::Tensor();
    const auto dots = wanted.coefficients ? at::zeros({s.tasks, s.sets, 16}, place) : at::Tensor();
    const auto size = panel_rows(s) * s.units;
    const auto space = at::empty({(BlendedTasks + 1) * size}, place);
    auto *panels = space.data_ptr<float>(), *transposed = panels + BlendedTasks * size;
    for_panels(s, [&](int64_t input, int64_t inputs, int64_t task, int64_t tasks) {
        const auto part = part_of(s, coefficients, sets, input, inputs, task, tasks);
        if (wanted.x) {
            blend_f32(part, origin_at(s, origin, input), panels, size);
            for (int64_t t = 0; t < tasks; ++t) {
                const auto& of = rows[task + t];
                transpose(inputs, s.units, panels + t * size, s.units, transposed);
                Product p{};
                p.rows = of.gradient.size(0);
                p.columns = inputs;
                p.inner = s.units;
                p.left = of.gradient.data_ptr<float>();
                p.left_stride = s.units;
                p.right = transposed;
                p.right_stride = inputs;
                p.result = of_x.data_ptr<float>() + (task + t) * s.rows * s.inputs + input;
                p.result_stride = s.inputs;
                p.row_indices = of.row_indices.defined() ? of.row_indices.data_ptr<int32_t>() : nullptr;
                product_f32(p);
            }
        }
        if (!wanted.weights()) return;
        for (int64_t t = 0; t < tasks; ++t) {
            const auto& of = rows[task + t];
            Product p{};
            p.rows = inputs;
            p.columns = s.units;
            p.inner = of.gradient.size(0);
            p.left = of.inputs.data_ptr<float>() + input;
            p.left_stride = s.inputs;
            p.left_transposed = true;
            p.right = of.gradient.data_ptr<float>();
            p.right_stride = s.units;
            p.result = panels + t * size;
            p.result_stride = s.units;
            product_f32(p);
        }
        BlendedGradients to{panels, size, task == 0, nullptr, nullptr, nullptr};
        if (wanted.sets) to.of_first = of_sets.data_ptr<float>() + input * s.units;
        if (wanted.origin) to.of_origin = of_origin.data_ptr<float>() + input * s.units;
        if (wanted.coefficients) to.dots = dots.data_ptr<float>() + task * s.sets * 16;
        blend_gradient_f32(part, to);
    });
    return {of_x, dots.defined() ? dots.sum(2) : dots, of_sets, of_origin, wanted.bias ? of_bias : at::Tensor()};
}

// The same in plain operations, which can be differentiated again.
variable_list recorded_backward(Sizes s, const at::Tensor& g, const variable_list& saved, bool relu) {
    const auto &x = saved[0], &coefficients = saved[1], &sets = saved[2], &origin = saved[3];
    const auto rows = relu ? g * (saved[4].detach() > 0).to(g.scalar_type()) : g;
    const auto of_weights = x.transpose(1, 2).matmul(rows);
    const auto flat = of_weights.reshape({s.tasks, -1});
    return {rows.matmul(weights_of(s, coefficients, sets, origin).transpose(1, 2)), flat.matmul(sets.reshape({s.sets, -1}).t()),
            coefficients.t().matmul(flat).reshape(sets.sizes()),
            s.has_origin ? of_weights.sum(0, true) : at::Tensor(), rows.sum(1)};
}

struct Blended : torch::autograd::Function<Blended> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& coefficients, const at::Tensor& sets,
                              const at::Tensor& origin, const at::Tensor& bias, bool relu) {
        at::AutoDispatchBelowADInplaceOrView below;
        const auto y = ::forward(sizes_of(x, coefficients, sets, origin), x, coefficients, sets, origin, bias, relu);
        context->saved_data["relu"] = relu;
        context->save_for_backward({x, coefficients, sets, origin, relu ? y : at::Tensor()});
        return y;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto s = sizes_of(saved[0], saved[1], saved[2], saved[3]);
        variable_list result;
        if (at::GradMode::is_enabled()) {
            result = recorded_backward(s, gradients[0], saved, context->saved_data["relu"].toBool());
        } else {
            const auto wants = [&](size_t i) { return context->needs_input_grad(i); };
            const Wanted wanted{wants(0), wants(1), wants(2), s.has_origin && wants(3), wants(4)};
            result = ::backward(s, gradients[0].contiguous(), saved[0], saved[1], saved[2], saved[3], saved[4], wanted);
        }
        result.push_back(at::Tensor());
        return result;
    }
};

}  // namespace

mt_tensor mt_blended_dense(mt_tensor x, mt_tensor coefficients, mt_tensor sets, mt_tensor origin, mt_tensor bias, int32_t relu) {
    return make([&] {
        const auto c = tensor(coefficients).contiguous(), w = tensor(sets).contiguous(), o = tensor(origin).contiguous();
        const auto b = tensor(bias).contiguous(), &given = tensor(x);
        const auto rows = (given.dim() == 2 ? given.unsqueeze(0).expand({c.size(0), -1, -1}) : given).contiguous();
        const auto s = check(rows, c, w, o, b);
        if (has_kernels(rows, {c, w, o, b})) return Blended::apply(rows, c, w, o, b, relu != 0);
        return dense(rows, weights_of(s, c, w, o).transpose(1, 2), b, relu != 0, rows.scalar_type());
    });
}
