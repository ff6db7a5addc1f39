// See projected.h. With G the gradient at the sums of a layer, cut, and rows of G that are all zero left out:
//
//   f = G Uᵀ      e = f W_tᵀ      of x: G Sᵀ + e Dᵀ
//   of S: xᵀ G    of U: oᵀ G      of W_t: dᵀ f      of D: xᵀ e      of s and b_t: column sums of G and f
//
// With a residual e is the gradient of u; that of d, which then stands for e, is a0 e and a1 times the e of the layer
// above, and a2 times that is added to f. For a folded layer from M_t = x_tᵀ G_t: of S: Σ M_t, of W_t: Dᵀ M_t, of D: Σ M_t W_tᵀ.
#include "projected/by_task.h"
#include "layers/layer.h"
#include "projected/live_rows.h"
#include "projected/projected.h"
#include "projected/projected_end.h"

namespace mt {
namespace {

// [tasks, a, b] to [tasks, b, a].
at::Tensor turn_each(const at::Tensor& maps) {
    const auto tasks = maps.size(0), a = maps.size(1), b = maps.size(2);
    if (a == 1 || b == 1) return maps.view({tasks, b, a});
    auto turned = at::empty({tasks, b, a}, maps.options());
    for (int64_t t = 0; t < tasks; ++t)
        turn(a, b, maps.data_ptr<float>() + t * a * b, b, turned.data_ptr<float>() + t * a * b);
    return turned;
}

struct Backward : LiveRows {
    const ProjectedNet& net;
    const std::vector<ProjectedTrace>& traces;
    bool wants_x, wants_parameters;
    std::vector<at::Tensor> gradients;
    std::vector<at::Tensor> turned;  // for a D, the transpose of its gradient so far
    std::vector<bool> begun;         // whether a U has a gradient yet

    c10::optional<CriticEnd> end;
    at::Tensor from_above;  // e of the layer above, where there is a residual

    at::Tensor& of(int32_t parameter) { return gradients[1 + parameter]; }
    at::TensorOptions options() const { return traces[0].x.options().dtype(at::kFloat); }
    bool wants_below(int64_t i) const { return i > 0 ? wants_parameters || wants_x : wants_x; }

    void prepare(const at::Tensor& g) {
        find(g, net.tasks);
        gradients.resize(1 + net.parameter_count);
        turned.resize(net.parameter_count);
        begun.resize(net.parameter_count);
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

    // Where the gradient of layer i's sums goes, and its column sums, which are the gradient of s.
    at::Tensor room(int64_t i) const { return at::empty({rows(), net.units(i)}, options().dtype(net.type(i))); }
    at::Tensor sums(int64_t i) {
        auto sums = wants_parameters ? of(net.layers[i].bias) : at::empty({net.units(i)}, options());
        return sums.zero_();
    }

    // to = leftᵀ right + what it holds, or the first of such sums.
    static void add_inner(const at::Tensor& left, const at::Tensor& right, bool rounded, const at::Tensor& to, bool adds) {
        auto p = product(left.size(1), right.size(1), left, true, right, to);
        p.adds = adds;
        multiply(p, rounded);
    }

    // The transpose of the gradient of layer i's D, and whether it holds something.
    std::pair<at::Tensor, bool> of_down(int64_t i) {
        auto& to = turned[net.layers[i].down];
        const bool adds = to.defined();
        if (!adds) to = at::empty({net.down(i).size(1), net.down(i).size(0)}, options());
        return {to, adds};
    }

    // A product that becomes the gradient of layer i's input: of x itself, or cut and summed for the layer below.
    void aim(Product& p, int64_t i, const at::Tensor& to, const at::Tensor& sums) const {
        if (i == 0) {
            p.places = live_places();
            return;
        }
        p.kept = kept_of({traces[i].x, places}, sums);
        p.kept.sums_go_on = true;
    }

    at::Tensor below(int64_t i) {
        if (i > 0) return room(i - 1);
        if (places.defined()) gradients[0].zero_();
        return gradients[0];
    }

    // Whether the last hidden layer of a critic is one for tables: enough rows of a task share each.
    bool by_tables() const {
        const auto i = net.count - 2;
        return !places.defined() && !net.is_folded(i) && !net.is_rounded(i) && rows(0) >= 32;
    }

    // From e, the gradient of u, to that of d; notes what the layer below gets, and adds to the gradient of a.
    at::Tensor pass_on(int64_t i, const at::Tensor& e) {
        const auto above = from_above;
        from_above = i > 0 ? e : at::Tensor();
        if (i > 0 && wants_parameters && net.mix >= 0) {
            const at::Tensor parts[] = {traces[i].d, traces[i - 1].d, traces[i - 1].o};
            for (int64_t k = 0; k < 3; ++k) of(net.mix)[k].add_(at::dot(e.view(-1), live(parts[k]).view(-1)));
        }
        const auto own = i > 0 ? e * net.share(0) : e;
        return above.defined() ? at::add(own, above, net.share(1)) : own;
    }

    at::Tensor branch(int64_t i, const at::Tensor& g, const CriticEnd* end) {
        const bool rounded = net.is_rounded(i);
        const auto& w = net.task_weight(i);
        const auto entering = w.size(1), leaving = w.size(2);
        at::Tensor f = g;
        if (end) {
            f = at::empty({rows(), leaving}, g.options());
            end_product(*end, net.up(i), f);
        } else if (net.has_up(i)) {
            f = from_above.defined() ? from_above * net.share(2) : at::empty({rows(), leaving}, g.options());
            const auto up = right_of(net.up(i).t(), rounded);
            auto p = product(rows(), leaving, g, false, up, f);
            p.adds = from_above.defined();
            multiply(p, rounded);
        }
        at::Tensor x;
        if (wants_parameters) {
            const auto& layer = net.layers[i];
            const auto across = along(g);
            x = along(live(traces[i].x));
            if (!end) add_inner(x, across, rounded, of(layer.weight), false);
            if (net.has_up(i)) {
                add_inner(along(live(traces[i].o)), across, rounded, of(layer.up), begun[layer.up]);
                begun[layer.up] = true;
            }
            sum_by_task(f, of(layer.task_bias));
            by_inner(live(traces[i].u), f, of(layer.task_weight));
        }
        const bool goes_on = wants_below(i);
        if (!goes_on && !(wants_parameters && net.has_down(i))) return {};
        const auto maps = right_of(turn_each(w).view({-1, entering}), rounded);
        const auto each = maps.size(0) / net.tasks;
        at::Tensor e;
        if (net.has_down(i)) {
            e = at::empty({rows(), entering}, g.options());
            auto p = product(rows(), entering, f, false, maps, e);
            p.inner = each;
            by_rows(p, each, 0, rounded);
            if (net.has_residual) e = pass_on(i, e);
            if (wants_parameters) {
                const auto [to, adds] = of_down(i);
                add_inner(along(e), x, rounded, to, adds);
            }
        }
        if (!goes_on) return {};
        const auto to = below(i), total = i > 0 ? sums(i - 1) : at::Tensor();
        if (end && net.has_down(i) && !is_short(to)) {
            end_product(*end, net.weight(i), to);
            const auto down = right_of(net.down(i).t(), false);
            auto p = product(rows(), net.weight(i).size(0), e, false, down, to);
            p.adds = true;
            aim(p, i, to, total);
            multiply(p, false);
            return to;
        }
        const auto shared = right_of(net.weight(i).t(), rounded);
        auto p = product(rows(), net.weight(i).size(0), g, false, shared, to);
        aim(p, i, to, total);
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
        const auto [to, adds] = of_down(i);
        const auto across = turn_each(m);
        p = product(w.size(1), m.size(1), w[0], false, across[0], to);
        if (!adds) to.zero_();
        p.adds = true;
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
        const auto right = right_of(turn_each(maps).view({-1, maps.size(1)}), rounded);
        const auto to = below(i), total = i > 0 ? sums(i - 1) : at::Tensor();
        auto p = product(rows(), maps.size(1), g, false, right, to);
        p.inner = right.size(0) / net.tasks;
        aim(p, i, to, total);
        by_rows(p, p.inner, 0, rounded);
        return to;
    }

    // The last layer where it makes one number a row: its input's gradient needs no product.
    at::Tensor value(const at::Tensor& g) {
        const auto i = net.count - 1;
        const auto& y = traces[i].x;
        const auto of_head = at::empty(traces[i].folded.sizes(), options()), to = room(i - 1), total = sums(i - 1);
        const auto columns = y.size(1);
        for (int64_t t = 0; t < net.tasks; ++t) {
            Spread s{};
            const auto row = places.defined() ? 0 : first[t];
            s.rows = rows(t);
            s.columns = columns;
            s.g = g.data_ptr<float>() + row;
            s.y = y.data_ptr<float>() + row * columns;
            s.places = places.defined() ? live_places() + first[t] : nullptr;
            s.head = traces[i].folded.data_ptr<float>() + t * columns;
            s.out = static_cast<char*>(to.data_ptr()) + first[t] * columns * to.element_size();
            s.out_short = is_short(to);
            s.sums = total.data_ptr<float>();
            s.of_head = of_head.data_ptr<float>() + t * columns;
            spread_f32(s);
        }
        if (wants_parameters) {
            auto by_task = g.view({net.tasks, -1}).sum(1);
            of(net.layers[i].task_bias).copy_(by_task.view({net.tasks, 1}));
            of(net.layers[i].bias).copy_(by_task.sum(0, true));
            unfold(i, of_head);
        }
        if (by_tables()) {
            end = CriticEnd{net.tasks, rows(0), g.data_ptr<float>(), traces[i].folded.data_ptr<float>(), {}};
            end_gradient(*end, y, traces[i - 1].x, wants_parameters ? of(net.layers[i - 1].weight) : at::Tensor());
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
            at = room(i);
            own_mask(g, {}, places, at, sums(i));
        }
        for (; i >= 0; --i) at = net.is_folded(i) ? folded(i, at) : branch(i, at, end && i == net.count - 2 ? &*end : nullptr);
        for (int64_t k = 0; k < net.parameter_count; ++k)
            if (turned[k].defined())
                turn(turned[k].size(0), turned[k].size(1), turned[k].data_ptr<float>(), turned[k].size(1), of(k).data_ptr<float>());
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
