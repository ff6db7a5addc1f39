// See projected.h. With G the gradient at the sums of a layer, cut, and rows of G that are all zero left out:
//
//   f = G Uᵀ      e = f W_tᵀ      of x: G Sᵀ + e Dᵀ
//   of S: xᵀ G    of U: oᵀ G      of W_t: dᵀ f      of D: xᵀ e      of s and b_t: column sums of G and f
//
// and for a folded layer from M_t = x_tᵀ G_t: of S: Σ M_t, of W_t: Dᵀ M_t, of D: Σ M_t W_tᵀ.
#include "by_task.h"
#include "dense.h"
#include "layer.h"
#include "projected.h"

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

// The end of a critic for tables: the gradient of its numbers, S + D W_t of its last layer, and which hidden results
// are above 0.
struct End {
    const float *g, *heads;
    at::Tensor above;
};

struct Backward {
    const ProjectedNet& net;
    const std::vector<ProjectedTrace>& traces;
    bool wants_x, wants_parameters;
    at::Tensor places;           // the row that each row computed here is; undefined: all rows
    std::vector<int64_t> first;  // of each task, the first of its rows computed here; then their number
    std::vector<at::Tensor> gradients;
    std::vector<at::Tensor> turned;  // for a D, the transpose of its gradient so far
    std::vector<bool> begun;         // whether a U has a gradient yet

    c10::optional<End> end;

    at::Tensor& of(int32_t parameter) { return gradients[1 + parameter]; }
    at::TensorOptions options() const { return traces[0].x.options().dtype(at::kFloat); }
    int64_t rows() const { return first.back(); }
    int64_t rows(int64_t task) const { return first[task + 1] - first[task]; }
    bool wants_below(int64_t i) const { return i > 0 ? wants_parameters || wants_x : wants_x; }
    at::Tensor live(const at::Tensor& x) const { return places.defined() ? x.index_select(0, places) : x; }
    const int32_t* live_places() const { return places.defined() ? places.data_ptr<int32_t>() : nullptr; }

    void prepare(const at::Tensor& g) {
        const auto n = g.size(0), each = n / net.tasks;
        places = few_rows(g);
        for (int64_t t = 0, row = 0; t <= net.tasks; ++t) {
            while (places.defined() && row < places.size(0) && places.data_ptr<int32_t>()[row] < t * each) ++row;
            first.push_back(places.defined() ? row : t * each);
        }
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
    }

    // Where the gradient of layer i's sums goes, and its column sums, which are the gradient of s.
    at::Tensor room(int64_t i) const { return at::empty({rows(), net.units(i)}, options().dtype(net.type(i))); }
    at::Tensor sums(int64_t i) {
        auto sums = wants_parameters ? of(net.layers[i].bias) : at::empty({net.units(i)}, options());
        return sums.zero_();
    }

    // A product whose right operand (and second one) belongs to a task, of which it has `right` (and `second`) rows.
    void by_rows(Product p, int64_t right, int64_t second, bool rounded) const {
        const auto go_on = [](const void* from, int64_t bytes) { return static_cast<const char*>(from) + bytes; };
        for (int64_t t = 0; t < net.tasks; ++t) {
            Product q = p;
            const auto row = first[t];
            q.rows = rows(t);
            q.left = go_on(p.left, 4 * row * p.left_stride);
            q.right = go_on(p.right, 4 * t * right * p.right_stride);
            if (p.second.inner > 0) {
                q.second.left = go_on(p.second.left, 4 * row * p.second.left_stride);
                q.second.right = go_on(p.second.right, 4 * t * second * p.second.right_stride);
            }
            if (p.places) q.places = p.places + row;
            else q.result = const_cast<char*>(go_on(p.result, (p.result_short ? 2 : 4) * row * p.result_stride));
            if (p.kept.places) q.kept.places = p.kept.places + row;
            else if (p.kept.data) q.kept.data = go_on(p.kept.data, (p.kept.is_short ? 2 : 4) * row * p.kept.stride);
            multiply(q, rounded);
        }
    }

    // to [tasks, a, b] = leftᵀ right over the rows of each task.
    void by_inner(const at::Tensor& left, const at::Tensor& right, const at::Tensor& to) const {
        for (int64_t t = 0; t < net.tasks; ++t) {
            auto l = left.narrow(0, first[t], rows(t)), r = right.narrow(0, first[t], rows(t));
            const bool rounded = is_short(left);
            multiply(product(left.size(1), right.size(1), along(l), true, along(r), to[t]), rounded);
        }
    }

    // An operand whose rows are the inner dimension.
    static at::Tensor along(const at::Tensor& m) { return is_short(m) ? pairs_of(m) : m; }

    // The column sums of each task's rows, the gradient of b_t.
    void sum_by_task(const at::Tensor& from, const at::Tensor& to) const {
        const auto columns = from.size(1);
        for (int64_t t = 0; t < net.tasks; ++t)
            add_rows(rows(t), columns, static_cast<const char*>(from.data_ptr()) + first[t] * columns * from.element_size(),
                     is_short(from), to.data_ptr<float>() + t * columns);
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

    // Finds the bits, and with them, if wanted, the gradient of S of the last hidden layer.
    End look(int64_t i, const at::Tensor& y, const at::Tensor& g, const at::Tensor& heads) {
        const auto units = net.units(i);
        const auto along = at::empty({net.tasks, spread_groups(rows(0)), units}, options().dtype(at::kLong));
        const End end{g.data_ptr<float>(), heads.data_ptr<float>(), at::empty({rows(), (units + 15) / 16}, options().dtype(at::kShort))};
        const auto bits = reinterpret_cast<uint64_t*>(along.data_ptr<int64_t>());
        spread_bits(net.tasks, rows(0), units, y.data_ptr<float>(), bits, reinterpret_cast<uint16_t*>(end.above.data_ptr<int16_t>()));
        if (!wants_parameters) return end;
        const auto& x = traces[i].x;
        const auto room = at::empty({units, 16}, options()), sums = at::empty({units, x.size(1)}, options());
        spread_weight_f32({net.tasks, rows(0), units, x.size(1), bits, end.g, x.data_ptr<float>(), end.heads, sums.data_ptr<float>()},
                          room.data_ptr());
        turn(units, x.size(1), sums.data_ptr<float>(), x.size(1), of(net.layers[i].weight).data_ptr<float>());
        return end;
    }

    // to [rows, columns] = G weightᵀ for a weight [columns, units], by tables of each task.
    void multiply_end(const End& end, const at::Tensor& weight, const at::Tensor& to) const {
        const auto units = weight.size(1), columns = weight.size(0), words = end.above.size(1);
        const auto turned = rows_of(weight.t());
        Chosen c{};
        c.rows = rows(0);
        c.columns = columns;
        c.words = words;
        c.source = turned.data_ptr();
        c.sources = units;
        c.source_stride = columns;
        c.result_stride = columns;
        const auto room = at::empty({chosen_room(c)}, options().dtype(at::kByte));
        for (int64_t t = 0; t < net.tasks; ++t) {
            c.bits = reinterpret_cast<const uint16_t*>(end.above.data_ptr<int16_t>()) + first[t] * words;
            c.scale = end.g + first[t];
            c.weights = end.heads + t * units;
            c.result = to.data_ptr<float>() + first[t] * columns;
            chosen_f32(c, room.data_ptr());
        }
    }

    at::Tensor branch(int64_t i, const at::Tensor& g, const End* end) {
        const bool rounded = net.is_rounded(i);
        const auto& w = net.task_weight(i);
        const auto entering = w.size(1), leaving = w.size(2);
        auto f = at::empty({rows(), leaving}, g.options());
        if (end) multiply_end(*end, net.up(i), f);
        else multiply(product(rows(), leaving, g, false, right_of(net.up(i).t(), rounded), f), rounded);
        at::Tensor x;
        if (wants_parameters) {
            const auto& layer = net.layers[i];
            const auto across = along(g);
            x = along(live(traces[i].x));
            if (!end) add_inner(x, across, rounded, of(layer.weight), false);
            add_inner(along(live(traces[i].o)), across, rounded, of(layer.up), begun[layer.up]);
            begun[layer.up] = true;
            sum_by_task(f, of(layer.task_bias));
            by_inner(live(traces[i].d), f, of(layer.task_weight));
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
            if (wants_parameters) {
                const auto [to, adds] = of_down(i);
                add_inner(along(e), x, rounded, to, adds);
            }
        }
        if (!goes_on) return {};
        const auto to = below(i), total = i > 0 ? sums(i - 1) : at::Tensor();
        if (end && net.has_down(i) && !is_short(to)) {
            multiply_end(*end, net.weight(i), to);
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
        if (by_tables()) end = look(i - 1, y, g, traces[i].folded);
        return to;
    }

    void run(const at::Tensor& g) {
        prepare(g);
        auto i = net.count - 1;
        at::Tensor at;
        if (net.is_value() && net.is_folded(i)) {
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
    Backward backward{net, traces, wants_x, wants_parameters};
    backward.run(g);
    return std::move(backward.gradients);
}

}  // namespace mt
