#include "kernels/product.h"
#include "kernels/rows.h"
#include "layers/blended_panels.h"

namespace mt {
namespace {

// Rows of a task with a gradient before the activation, and the inputs of these rows.
struct TaskRows {
    int64_t count;
    const int32_t* row_indices;  // null: all rows
    const float *gradient, *inputs;
};

// The rows of all tasks, in a few tensors: a batch of many tasks has few rows of each.
class LiveRows {
public:
    // sums [tasks, units] = the column sums of the gradients. Inputs are there if wanted.
    LiveRows(BlendedSizes s, const at::Tensor& g, const at::Tensor& y, const at::Tensor& x, bool wants_inputs, const at::Tensor& sums)
        : _indices(at::empty({s.tasks, s.rows}, g.options().dtype(at::kInt))), _gradients(at::empty_like(g)) {
        if (wants_inputs) _inputs = at::empty_like(x);
        for (int64_t t = 0; t < s.tasks; ++t) {
            const auto at = t * s.rows;
            auto* indices = _indices.data_ptr<int32_t>() + at;
            const auto* from = g.data_ptr<float>() + at * s.units;
            const auto live = live_rows(s.rows, s.units, from, indices);
            const bool all = !leaves_out(s.rows, live);
            Mask m{};
            m.rows = all ? s.rows : live;
            m.columns = s.units;
            m.gradient = from;
            m.activation = y.defined() ? y.data_ptr<float>() + at * s.units : nullptr;
            m.row_indices = all ? nullptr : indices;
            m.out = _gradients.data_ptr<float>() + at * s.units;
            m.sums = sums.data_ptr<float>() + t * s.units;
            mask_f32(m);
            _tasks.push_back({m.rows, m.row_indices, static_cast<const float*>(m.out), inputs_of(s, x, at, m)});
        }
    }

    const TaskRows& operator[](int64_t task) const { return _tasks[task]; }

    bool has_all() const {
        return std::all_of(_tasks.begin(), _tasks.end(), [](const TaskRows& task) { return !task.row_indices; });
    }

private:
    const float* inputs_of(BlendedSizes s, const at::Tensor& x, int64_t at, const Mask& m) const {
        const auto* from = x.data_ptr<float>() + at * s.inputs;
        if (!m.row_indices || !_inputs.defined()) return from;
        auto* to = _inputs.data_ptr<float>() + at * s.inputs;
        for (int64_t r = 0; r < m.rows; ++r) std::copy_n(from + m.row_indices[r] * s.inputs, s.inputs, to + r * s.inputs);
        return to;
    }

    at::Tensor _indices, _gradients, _inputs;
    std::vector<TaskRows> _tasks;
};

struct BackwardPass : BlendedPass {
    const LiveRows* rows;
    float *of_x, *of_sets, *of_origin;  // null: not wanted
};

// Rows of W.
BlendedSets rows_of(const BlendedPass& pass, Group g) {
    const auto& s = pass.sizes;
    return {g.tasks, s.sets, g.panel.count, s.units, pass.coefficients + g.task * s.sets, pass.sets + g.panel.first * s.units,
            s.units, s.inputs * s.units};
}

// g Wᵀ for a task's rows and a panel of the rows of W, as columns of the gradient of x.
void input_gradient(const BackwardPass& pass, int64_t task, Panel lines, const float* transposed) {
    const auto& s = pass.sizes;
    const auto& of = (*pass.rows)[task];
    Product p{};
    p.rows = of.count;
    p.columns = lines.count;
    p.inner = s.units;
    p.left = of.gradient;
    p.left_stride = s.units;
    p.right = transposed;
    p.right_stride = lines.count;
    p.result = pass.of_x + task * s.rows * s.inputs + lines.first;
    p.result_stride = s.inputs;
    p.row_indices = of.row_indices;
    product_f32(p);
}

// panel = xᵀ g of a task's rows for a panel of the rows of W, or added to it.
void weight_gradient(const BackwardPass& pass, int64_t task, Panel lines, bool adds, float* panel) {
    const auto& s = pass.sizes;
    const auto& of = (*pass.rows)[task];
    Product p{};
    p.rows = lines.count;
    p.columns = s.units;
    p.inner = of.count;
    p.left = of.inputs + lines.first;
    p.left_stride = s.inputs;
    p.left_transposed = true;
    p.right = of.gradient;
    p.right_stride = s.units;
    p.result = panel;
    p.result_stride = s.units;
    p.accumulates = adds;
    product_f32(p);
}

}  // namespace

// Panels are rows of W: those of a set are one vector. The first thread of a team has the memory of the gradients of sets
// and origin, each writes those of its panels.
std::vector<at::Tensor> blended_backward(BlendedSizes s, const at::Tensor& g, const at::Tensor& x, const at::Tensor& coefficients,
                                         const at::Tensor& sets, const at::Tensor& origin, const at::Tensor& y, BlendedWanted wanted) {
    const auto place = g.options();
    const auto of_bias = at::empty({s.tasks, s.units}, place);
    const LiveRows rows(s, g, y, x, wanted.weights(), of_bias);
    const auto of_x = !wanted.x ? at::Tensor() : rows.has_all() ? at::empty_like(x) : at::zeros_like(x);
    auto of_sets = wanted.sets ? at::empty({s.sets, s.inputs, s.units}, place) : at::Tensor();
    auto of_origin = wanted.origin ? at::empty(origin.sizes(), place) : at::Tensor();
    const auto dots = wanted.coefficients ? at::zeros({s.tasks, s.sets, 16}, place) : at::Tensor();
    const auto memory = [](const at::Tensor& t) { return t.defined() ? t.data_ptr<float>() : nullptr; };
    BackwardPass pass{blended_pass(s, coefficients, sets, origin)};
    pass.is_backward = true;
    pass.wanted = wanted;
    pass.rows = &rows;
    pass.of_x = memory(of_x);
    pass.of_sets = memory(of_sets);
    pass.of_origin = memory(of_origin);
    const BlendedParts<BackwardPass> parts(pass);
    const auto& first = parts.first();
    const Panels panels(s.tasks, s.inputs, s.units, parts.count());
    const auto space = at::empty({panels.group_numbers() + panels.numbers()}, place);
    auto *group_panels = space.data_ptr<float>(), *transposed = group_panels + panels.group_numbers();
    panels.each(parts, [&](Group group) {
        const auto part = rows_of(pass, group);
        const auto at = group.panel.first * s.units;
        if (wanted.x) blend_f32(part, origin_at(pass, at), group_panels, panels.numbers());
        for (int64_t t = 0; t < group.tasks; ++t) {
            const auto task = group.task + t;
            auto* panel = group_panels + t * panels.numbers();
            if (wanted.x) {
                transpose(group.panel.count, s.units, panel, s.units, transposed);
                for (const auto* one : parts) input_gradient(*one, task, group.panel, transposed);
            }
            // In the place of the weights, while the task's gradient is in the cache.
            for (const auto* one : parts)
                if (wanted.weights()) weight_gradient(*one, task, group.panel, one != &first, panel);
        }
        if (!wanted.weights()) return;
        BlendedGradients to{};
        to.of_sum = group_panels;
        to.stride = panels.numbers();
        to.starts = group.task == 0;
        to.ends = group.task + group.tasks == s.tasks;
        if (first.of_sets) to.of_first = first.of_sets + at;
        if (first.of_origin) to.of_origin = first.of_origin + at;
        if (wanted.coefficients) to.dots = dots.data_ptr<float>() + group.task * s.sets * 16;
        blend_gradient_f32(part, to);
    });
    if (&first != &pass) of_sets = of_origin = at::Tensor();
    return {of_x, dots.defined() ? dots.sum(2) : dots, of_sets, of_origin, wanted.bias ? of_bias : at::Tensor()};
}

}  // namespace mt
