// See projected.h.
#include "projected/by_task.h"
#include "layers/layer.h"
#include "projected/projected.h"

namespace mt {
namespace {

// S + D W_t, [tasks, in, out].
at::Tensor fold(const ProjectedNet& net, int64_t i) {
    const auto& s = net.weight(i);
    if (!net.has_down(i)) return net.task_weight(i) + s;
    if (s.size(1) == 1) {
        // All tasks in one product: W [tasks, p] Dᵀ.
        auto heads = at::empty({net.tasks, s.size(0)}, s.options());
        const auto down = rows_of(net.down(i).t());
        auto p = product(net.tasks, s.size(0), net.task_weight(i).view({net.tasks, -1}), false, down, heads);
        p.bias = s.data_ptr<float>();
        multiply(p, false);
        return heads.view({net.tasks, s.size(0), 1});
    }
    // A copy even for one task, where an expanded S would alias S.
    auto folded = at::empty({net.tasks, s.size(0), s.size(1)}, s.options()).copy_(s);
    auto p = product(s.size(0), s.size(1), net.down(i), false, net.task_weight(i)[0], folded[0]);
    p.accumulates = true;
    by_task(p, net.tasks, {0, net.task_weight(i).size(1), s.size(0)}, false);
    return folded;
}

// x (S + D W_t) + (s + b_t).
void run_folded(const at::Tensor& x, const ProjectedNet& net, int64_t i, const at::Tensor& folded, const at::Tensor& y) {
    const auto rows = x.size(0) / net.tasks, inputs = folded.size(1);
    const auto bias = net.task_bias(i) + net.bias(i);
    const bool rounded = net.is_rounded(i);
    const auto right = right_of(folded.view({net.tasks * inputs, folded.size(2)}), rounded);
    auto p = product(rows, folded.size(2), x, false, right, y);
    p.inner = right.size(0) / net.tasks;
    p.bias = bias.data_ptr<float>();
    p.relu = i < net.count - 1;
    by_task(p, net.tasks, {rows, p.inner, rows}, rounded);
}

// u of a layer, from its d and the trace of the layer before.
at::Tensor residual_input(const ProjectedNet& net, const at::Tensor& d, const ProjectedTrace& before) {
    if (!net.has_residual || !before.d.defined()) return d;
    return (d * net.share(0)).add_(before.d, net.share(1)).add_(before.o, net.share(2));
}

// x S + s + o U; or without U x S + s + (u W_t + b_t).
void run_branch(const at::Tensor& x, const ProjectedNet& net, int64_t i, const ProjectedTrace& before, ProjectedTrace& trace,
                const at::Tensor& y) {
    const auto n = x.size(0), rows = n / net.tasks;
    const auto& w = net.task_weight(i);
    const bool rounded = net.is_rounded(i);
    trace.d = x;
    if (net.has_down(i)) {
        trace.d = at::empty({n, w.size(1)}, x.options());
        multiply(product(n, w.size(1), x, false, right_of(net.down(i), rounded), trace.d), rounded);
    }
    trace.u = residual_input(net, trace.d, before);
    const auto maps = right_of(w.view({-1, w.size(2)}), rounded), shared = right_of(net.weight(i), rounded);
    const auto each = maps.size(0) / net.tasks;
    if (!net.has_up(i)) {
        const auto bias = net.task_bias(i) + net.bias(i);
        auto p = product(rows, net.units(i), x, false, shared, y);
        p.second = second_of(trace.u, maps);
        p.second.inner = each;
        p.bias = bias.data_ptr<float>();
        p.relu = i < net.count - 1;
        return by_task(p, net.tasks, {rows, 0, rows, each}, rounded);
    }
    trace.o = at::empty({n, w.size(2)}, x.options());
    auto p = product(rows, w.size(2), trace.u, false, maps, trace.o);
    p.inner = each;
    p.bias = net.task_bias(i).data_ptr<float>();
    by_task(p, net.tasks, {rows, each, rows}, rounded);
    const auto up = right_of(net.up(i), rounded);
    p = product(n, net.units(i), x, false, shared, y);
    p.second = second_of(trace.o, up);
    p.bias = net.bias(i).data_ptr<float>();
    p.relu = i < net.count - 1;
    multiply(p, rounded);
}

}  // namespace

at::Tensor projected_forward(const at::Tensor& x, const ProjectedNet& net, std::vector<ProjectedTrace>* traces) {
    auto h = x;
    ProjectedTrace before;
    for (int64_t i = 0; i < net.count; ++i) {
        const auto type = i < net.count - 1 ? net.type(i + 1) : at::kFloat;
        auto y = at::empty({x.size(0), net.units(i)}, x.options().dtype(type));
        ProjectedTrace trace;
        trace.x = h;
        if (net.is_folded(i)) run_folded(h, net, i, trace.folded = fold(net, i), y);
        else run_branch(h, net, i, before, trace, y);
        if (traces) traces->push_back(trace);
        before = std::move(trace);
        h = y;
    }
    return h;
}

}  // namespace mt
