// See projected.h. G is the gradient before the ReLU of a layer, without the rows that are all zero:
//
//   f = G Uᵀ      e = f W_tᵀ      of x: G Sᵀ + e Dᵀ
//   of S: xᵀ G    of U: oᵀ G      of W_t: dᵀ f      of D: xᵀ e      of s and b_t: column sums of G and f
//
// With a residual e is the gradient of u; that of d, which then replaces e, is a0 e plus a1 times the e of the layer
// above, and a2 times the latter is added to f. For a folded layer, with M_t = x_tᵀ G_t: of S: Σ M_t, of W_t: Dᵀ M_t,
// of D: Σ M_t W_tᵀ.
#include "projected/by_task.h"
#include "layers/layer.h"
#include "projected/live_rows.h"
#include "projected/projected.h"
#include "projected/critic_head.h"

namespace mt {
namespace {

// [tasks, a, b] to [tasks, b, a].
at::Tensor transpose_each(const at::Tensor& maps) {
    const auto tasks = maps.size(0), a = maps.size(1), b = maps.size(2);
    if (a == 1 || b == 1) return maps.view({tasks, b, a});
    auto transposed = at::empty({tasks, b, a}, maps.options());
    for (int64_t t = 0; t < tasks; ++t)
        transpose(a, b, maps.data_ptr<float>() + t * a * b, b, transposed.data_ptr<float>() + t * a * b);
    return transposed;
}

struct Backward : LiveRows {
    const ProjectedNet& net;
    const std::vector<ProjectedTrace>& traces;
    bool wants_x, wants_parameters;
    std::vector<at::Tensor> gradients;
    std::vector<at::Tensor> transposed;  // for a D, the transpose of its accumulated gradient
    std::vector<bool> has_gradient;      // whether a U has a gradient yet

    c10::optional<CriticHead> end;
    at::Tensor from_above;  // e of the layer above, where there is a residual

    at::Tensor& of(int32_t parameter) { return gradients[1 + parameter]; }
    at::TensorOptions options() const { return traces[0].x.options().dtype(at::kFloat); }
    bool wants_below(int64_t i) const { return i > 0 ? wants_parameters || wants_x : wants_x; }

    void prepare(const at::Tensor& g) {
        find(g, net.tasks);
        gradients.resize(1 + net.parameter_count);
        transposed.resize(net.parameter_count);
        has_gradient.resize(net.parameter_count);
        if (wants_x) gradients[0] = at::empty(traces[0].x.sizes(), traces[0].x.options());
        if (!wants_parameters) return;
        int64_t length = 0, at = 0;
        for (int64_t i = 0; i < net.parameter_count; ++i) length += net.parameters[i].numel();
        const auto flat = at::empty({length}, options());
        for (int64_t i = 0; i < net.parameter_count; ++i) {
            const auto& p = net.parameters[i];
            of(i) = flat.narrow(0, at, p.numel()).view(p.sizes());
            at += p.numel();
        }
        if (net.mix >= 0) of(net.mix).zero_();
    }

    // Output for the gradient before the ReLU of layer i, and for its column sums, which are the gradient of s.
    at::Tensor empty_gradient(int64_t i) const { return at::empty({rows(), net.units(i)}, options().dtype(net.type(i))); }
    at::Tensor sums(int64_t i) {
        auto sums = wants_parameters ? of(net.layers[i].bias) : at::empty({net.units(i)}, options());
        return sums.zero_();
    }

    // to = leftᵀ right, added to the present value if accumulates.
    static void add_inner(const at::Tensor& left, const at::Tensor& right, bool rounded, const at::Tensor& to, bool accumulates) {
        auto p = product(left.size(1), right.size(1), left, true, right, to);
        p.accumulates = accumulates;
        multiply(p, rounded);
    }

    // The transpose of the gradient of layer i's D, and whether it holds a value yet.
    std::pair<at::Tensor, bool> of_down(int64_t i) {
        auto& to = transposed[net.layers[i].down];
        const bool accumulates = to.defined();
        if (!accumulates) to = at::empty({net.down(i).size(1), net.down(i).size(0)}, options());
        return {to, accumulates};
    }

    // Sets the output of a product to the gradient of layer i's input: of x itself, or masked and summed for the layer below.
    void set_target(Product& p, int64_t i, const at::Tensor& to, const at::Tensor& sums) const {
        if (i == 0) {
            p.row_indices = live_row_indices();
            return;
        }
        p.relu_mask = relu_mask_of({traces[i].x, row_indices}, sums);
        p.relu_mask.accumulates_sums = true;
    }

    at::Tensor below(int64_t i) {
        if (i > 0) return empty_gradient(i - 1);
        if (row_indices.defined()) gradients[0].zero_();
        return gradients[0];
    }

    // Whether lookup tables suit the last hidden layer of a critic: enough rows of a task share each table.
    bool by_tables() const {
        const auto i = net.count - 2;
        return !row_indices.defined() && !net.is_folded(i) && !net.is_rounded(i) && rows(0) >= 32;
    }

    // From e, the gradient of u, to that of d; stores e for the layer below, and accumulates the gradient of a.
    at::Tensor residual_gradient(int64_t i, const at::Tensor& e) {
        const auto above = from_above;
        from_above = i > 0 ? e : at::Tensor();
        if (i > 0 && wants_parameters && net.mix >= 0) {
            const at::Tensor parts[] = {traces[i].d, traces[i - 1].d, traces[i - 1].o};
            for (int64_t k = 0; k < 3; ++k) of(net.mix)[k].add_(at::dot(e.view(-1), live(parts[k]).view(-1)));
        }
        const auto own = i > 0 ? e * net.share(0) : e;
        return above.defined() ? at::add(own, above, net.share(1)) : own;
    }

    at::Tensor branch(int64_t i, const at::Tensor& g, const CriticHead* end) {
        const bool rounded = net.is_rounded(i);
        const auto& w = net.task_weight(i);
        const auto entering = w.size(1), leaving = w.size(2);
        at::Tensor f = g;
        if (end) {
            f = at::empty({rows(), leaving}, g.options());
            critic_head_product(*end, net.up(i), f);
        } else if (net.has_up(i)) {
            f = from_above.defined() ? from_above * net.share(2) : at::empty({rows(), leaving}, g.options());
            const auto up = right_of(net.up(i).t(), rounded);
            auto p = product(rows(), leaving, g, false, up, f);
            p.accumulates = from_above.defined();
            multiply(p, rounded);
        }
        at::Tensor x;
        if (wants_parameters) {
            const auto& layer = net.layers[i];
            const auto across = along(g);
            x = along(live(traces[i].x));
            if (!end) add_inner(x, across, rounded, of(layer.weight), false);
            if (net.has_up(i)) {
                add_inner(along(live(traces[i].o)), across, rounded, of(layer.up), has_gradient[layer.up]);
                has_gradient[layer.up] = true;
            }
            sum_by_task(f, of(layer.task_bias));
            by_inner(live(traces[i].u), f, of(layer.task_weight));
        }
        const bool goes_on = wants_below(i);
        if (!goes_on && !(wants_parameters && net.has_down(i))) return {};
        const auto maps = right_of(transpose_each(w).view({-1, entering}), rounded);
        const auto each = maps.size(0) / net.tasks;
        at::Tensor e;
        if (net.has_down(i)) {
            e = at::empty({rows(), entering}, g.options());
            auto p = product(rows(), entering, f, false, maps, e);
            p.inner = each;
            by_rows(p, each, 0, rounded);
            if (net.has_residual) e = residual_gradient(i, e);
            if (wants_parameters) {
                const auto [to, accumulates] = of_down(i);
                add_inner(along(e), x, rounded, to, accumulates);
            }
        }
        if (!goes_on) return {};
        const auto to = below(i), total = i > 0 ? sums(i - 1) : at::Tensor();
        if (end && net.has_down(i) && !is_bf16(to)) {
            critic_head_product(*end, net.weight(i), to);
            const auto down = right_of(net.down(i).t(), false);
            auto p = product(rows(), net.weight(i).size(0), e, false, down, to);
            p.accumulates = true;
            set_target(p, i, to, total);
            multiply(p, false);
            return to;
        }
        const auto shared = right_of(net.weight(i).t(), rounded);
        auto p = product(rows(), net.weight(i).size(0), g, false, shared, to);
        set_target(p, i, to, total);
        if (net.has_down(i)) {
            const auto down = right_of(net.down(i).t(), rounded);
            p.second = second_of(e, down);
            multiply(p, rounded);
        } else {
            p.second = second_of(f, maps);
            p.second.inner = each;
            by_rows(p, 0, each, rounded);
        }
        return to;
    }

    // From M [tasks, in, out] of a folded layer to the gradients of its parts.
    void unfold(int64_t i, const at::Tensor& m) {
        const auto& layer = net.layers[i];
        auto of_weight = of(layer.weight), of_task = of(layer.task_weight);
        at::sum_out(of_weight, m, {0});
        if (!net.has_down(i)) {
            of_task.copy_(m);
            return;
        }
        const auto& w = net.task_weight(i);
        auto p = product(w.size(1), w.size(2), net.down(i), true, m[0], of_task[0]);
        by_task(p, net.tasks, {0, m.size(1), w.size(1)}, false);
        const auto [to, accumulates] = of_down(i);
        const auto across = transpose_each(m);
        p = product(w.size(1), m.size(1), w[0], false, across[0], to);
        if (!accumulates) to.zero_();
        p.accumulates = true;
        by_task(p, net.tasks, {w.size(1), w.size(2), 0}, false);
    }

    at::Tensor folded(int64_t i, const at::Tensor& g) {
        const bool rounded = net.is_rounded(i);
        const auto& maps = traces[i].folded;
        if (wants_parameters) {
            const auto m = at::empty(maps.sizes(), maps.options());
            by_inner(live(traces[i].x), g, m);
            sum_by_task(g, of(net.layers[i].task_bias));
            unfold(i, m);
        }
        if (!wants_below(i)) return {};
        const auto right = right_of(transpose_each(maps).view({-1, maps.size(1)}), rounded);
        const auto to = below(i), total = i > 0 ? sums(i - 1) : at::Tensor();
        auto p = product(rows(), maps.size(1), g, false, right, to);
        p.inner = right.size(0) / net.tasks;
        set_target(p, i, to, total);
        by_rows(p, p.inner, 0, rounded);
        return to;
    }

    // The last layer with a single output: the gradient of its input needs no product.
    at::Tensor value(const at::Tensor& g) {
        const auto i = net.count - 1;
        const auto& y = traces[i].x;
        const auto of_head = at::empty(traces[i].folded.sizes(), options()), to = empty_gradient(i - 1), total = sums(i - 1);
        const auto columns = y.size(1);
        for (int64_t t = 0; t < net.tasks; ++t) {
            HeadGradient s{};
            const auto row = row_indices.defined() ? 0 : first[t];
            s.rows = rows(t);
            s.columns = columns;
            s.g = g.data_ptr<float>() + row;
            s.y = y.data_ptr<float>() + row * columns;
            s.row_indices = row_indices.defined() ? live_row_indices() + first[t] : nullptr;
            s.head = traces[i].folded.data_ptr<float>() + t * columns;
            s.out = static_cast<char*>(to.data_ptr()) + first[t] * columns * to.element_size();
            s.out_bf16 = is_bf16(to);
            s.sums = total.data_ptr<float>();
            s.of_head = of_head.data_ptr<float>() + t * columns;
            head_gradient_f32(s);
        }
        if (wants_parameters) {
            auto by_task = g.view({net.tasks, -1}).sum(1);
            of(net.layers[i].task_bias).copy_(by_task.view({net.tasks, 1}));
            of(net.layers[i].bias).copy_(by_task.sum(0, true));
            unfold(i, of_head);
        }
        if (by_tables()) {
            end = CriticHead{net.tasks, rows(0), g.data_ptr<float>(), traces[i].folded.data_ptr<float>(), {}};
            critic_head_gradient(*end, y, traces[i - 1].x, wants_parameters ? of(net.layers[i - 1].weight) : at::Tensor());
        }
        return to;
    }

    void run(const at::Tensor& g) {
        prepare(g);
        auto i = net.count - 1;
        at::Tensor at;
        if (net.is_value()) {
            at = value(g);
            --i;
        } else {
            at = empty_gradient(i);
            relu_mask_backward(g, {}, row_indices, at, sums(i));
        }
        for (; i >= 0; --i) at = net.is_folded(i) ? folded(i, at) : branch(i, at, end && i == net.count - 2 ? &*end : nullptr);
        for (int64_t k = 0; k < net.parameter_count; ++k)
            if (const auto& from = transposed[k]; from.defined())
                transpose(from.size(0), from.size(1), from.data_ptr<float>(), from.size(1), of(k).data_ptr<float>());
    }
};

}  // namespace

std::vector<at::Tensor> projected_backward(const at::Tensor& g, const ProjectedNet& net, const std::vector<ProjectedTrace>& traces,
                                           bool wants_x, bool wants_parameters) {
    Backward backward{{}, net, traces, wants_x, wants_parameters};
    backward.run(g);
    return std::move(backward.gradients);
}

}  // namespace mt
