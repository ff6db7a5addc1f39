// Gated recurrent units over a sequence as one recorded step, forward and backward through time.
//
//   r, z = σ(a + s), m = sₙ + c, n = tanh(aₙ + r m), y = h + z (n − h), with s = h weight and h = keep y before.
//
// a is the part of the gates that the inputs give, for all steps: the caller computes it in one product. What is left
// for a step is one product of its state, and backward sums the gradient of the weight in one product over all steps.
// In float and double on the CPU; elsewhere in plain operations, step by step.
#include "support.h"
#include <torch/csrc/autograd/custom_function.h>

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

struct Sizes {
    int64_t steps, rows, units;
};

Sizes check(const at::Tensor& gates, const at::Tensor& keep, const at::Tensor& start, const at::Tensor& weight, const at::Tensor& bias) {
    TORCH_CHECK(gates.dim() == 3 && weight.dim() == 2 && gates.size(2) == 3 * weight.size(0) && weight.size(1) == 3 * weight.size(0),
                "gates ", gates.sizes(), " and weight ", weight.sizes(), " are not [steps, rows, 3 units] and [units, 3 units]");
    Sizes s{gates.size(0), gates.size(1), weight.size(0)};
    TORCH_CHECK(keep.sizes() == at::IntArrayRef({s.steps, s.rows}), "keep ", keep.sizes(), " does not fit gates ", gates.sizes());
    TORCH_CHECK(start.sizes() == at::IntArrayRef({s.rows, s.units}), "start ", start.sizes(), " does not fit gates ", gates.sizes());
    TORCH_CHECK(bias.sizes() == at::IntArrayRef({s.units}), "bias ", bias.sizes(), " does not fit weight ", weight.sizes());
    return s;
}

bool has_loops(const at::Tensor& gates, std::initializer_list<at::Tensor> others) {
    auto type = gates.scalar_type();
    if (!gates.is_cpu() || !(type == at::kFloat || type == at::kDouble)) return false;
    for (const auto& t : others)
        if (!t.is_cpu() || t.scalar_type() != type) return false;
    return true;
}

// What backward needs of each step: states before it, gates r and z side by side, n and m.
struct Saved {
    at::Tensor before, rz, n, m;
};

Saved space(Sizes s, int64_t steps, const at::TensorOptions& place) {
    const auto make = [&](int64_t width) { return at::empty({steps, s.rows, width}, place); };
    return {make(s.units), make(2 * s.units), make(s.units), make(s.units)};
}

template <class T>
at::Tensor forward(Sizes s, const at::Tensor& gates, const at::Tensor& keep, const at::Tensor& start, const at::Tensor& weight,
                   const at::Tensor& bias, Saved* saved) {
    const auto u = s.units;
    const auto y = at::empty({s.steps, s.rows, u}, gates.options());
    const auto all = saved ? *saved : space(s, 1, gates.options());
    auto product = at::empty({s.rows, 3 * u}, gates.options());
    const auto* c = bias.data_ptr<T>();
    for (int64_t t = 0; t < s.steps; ++t) {
        const auto at = saved ? t : 0;
        const auto before = all.before.select(0, at), rz = all.rz.select(0, at), n = all.n.select(0, at), m = all.m.select(0, at);
        const auto* a = gates.data_ptr<T>() + t * s.rows * 3 * u;
        const auto* last = t == 0 ? start.data_ptr<T>() : y.data_ptr<T>() + (t - 1) * s.rows * u;
        auto* h = before.data_ptr<T>();
        for (int64_t i = 0; i < s.rows; ++i) {
            const auto factor = keep.data_ptr<T>()[t * s.rows + i];
            for (int64_t k = 0; k < u; ++k) h[i * u + k] = factor * last[i * u + k];
        }
        at::mm_out(product, before, weight);
        const auto* p = product.data_ptr<T>();
        auto* gate = rz.data_ptr<T>();
        auto* inner = m.data_ptr<T>();
        for (int64_t i = 0; i < s.rows; ++i) {
            for (int64_t k = 0; k < 2 * u; ++k) gate[i * 2 * u + k] = a[i * 3 * u + k] + p[i * 3 * u + k];
            for (int64_t k = 0; k < u; ++k) inner[i * u + k] = p[i * 3 * u + 2 * u + k] + c[k];
        }
        rz.sigmoid_();
        auto* candidate = n.data_ptr<T>();
        for (int64_t i = 0; i < s.rows; ++i)
            for (int64_t k = 0; k < u; ++k)
                candidate[i * u + k] = a[i * 3 * u + 2 * u + k] + gate[i * 2 * u + k] * inner[i * u + k];
        n.tanh_();
        auto* out = y.data_ptr<T>() + t * s.rows * u;
        for (int64_t i = 0; i < s.rows; ++i)
            for (int64_t k = 0; k < u; ++k) {
                const auto state = h[i * u + k];
                out[i * u + k] = state + gate[i * 2 * u + u + k] * (candidate[i * u + k] - state);
            }
    }
    return y;
}

// Gradients of gates, start, weight and bias from that of the states.
template <class T>
variable_list backward(Sizes s, const Saved& saved, const at::Tensor& keep, const at::Tensor& weight, const at::Tensor& g) {
    const auto u = s.units;
    auto carried = at::zeros({s.rows, u}, g.options());
    const auto direct = at::empty({s.rows, u}, g.options());
    const auto of_gates = at::empty({s.steps, s.rows, 3 * u}, g.options());
    const auto of_product = at::empty({s.steps, s.rows, 3 * u}, g.options());
    const auto turned = weight.t();
    for (auto t = s.steps - 1; t >= 0; --t) {
        const auto row = t * s.rows;
        const auto* dy = g.data_ptr<T>() + row * u;
        const auto *h = saved.before.data_ptr<T>() + row * u, *gate = saved.rz.data_ptr<T>() + row * 2 * u;
        const auto *n = saved.n.data_ptr<T>() + row * u, *m = saved.m.data_ptr<T>() + row * u;
        auto *da = of_gates.data_ptr<T>() + row * 3 * u, *ds = of_product.data_ptr<T>() + row * 3 * u;
        auto *to = direct.data_ptr<T>(), *back = carried.data_ptr<T>();
        for (int64_t i = 0; i < s.rows; ++i)
            for (int64_t k = 0; k < u; ++k) {
                const auto at = i * u + k;
                const auto dh = dy[at] + back[at], r = gate[i * 2 * u + k], z = gate[i * 2 * u + u + k];
                const auto dn = dh * z * (1 - n[at] * n[at]);
                const auto dr = dn * m[at] * r * (1 - r), dz = dh * (n[at] - h[at]) * z * (1 - z);
                auto *of_a = da + i * 3 * u + k, *of_s = ds + i * 3 * u + k;
                of_a[0] = of_s[0] = dr;
                of_a[u] = of_s[u] = dz;
                of_a[2 * u] = dn;
                of_s[2 * u] = dn * r;
                to[at] = dh * (1 - z);
            }
        at::mm_out(carried, of_product.select(0, t), turned);
        for (int64_t i = 0; i < s.rows; ++i) {
            const auto factor = keep.data_ptr<T>()[row + i];
            for (int64_t k = 0; k < u; ++k) back[i * u + k] = factor * (back[i * u + k] + to[i * u + k]);
        }
    }
    const auto rows = of_product.view({s.steps * s.rows, 3 * u});
    const auto of_weight = saved.before.view({s.steps * s.rows, u}).t().mm(rows);
    return {of_gates, at::Tensor(), carried, of_weight, rows.narrow(1, 2 * u, u).sum(0)};
}

template <class Body>
auto for_type(const at::Tensor& t, Body&& body) {
    return t.scalar_type() == at::kDouble ? body(double{}) : body(float{});
}

struct Gru : torch::autograd::Function<Gru> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& gates, const at::Tensor& keep, const at::Tensor& start,
                              const at::Tensor& weight, const at::Tensor& bias) {
        const Sizes s{gates.size(0), gates.size(1), weight.size(0)};
        auto saved = space(s, s.steps, gates.options());
        const auto y = for_type(gates, [&](auto w) { return ::forward<decltype(w)>(s, gates, keep, start, weight, bias, &saved); });
        context->save_for_backward({saved.before, saved.rz, saved.n, saved.m, keep, weight});
        return y;
    }

    static variable_list backward(AutogradContext* context, variable_list g) {
        TORCH_CHECK(!at::GradMode::is_enabled(), "a recurrent layer has no second derivative");
        const auto kept = context->get_saved_variables();
        const Saved saved{kept[0], kept[1], kept[2], kept[3]};
        const Sizes s{saved.n.size(0), saved.n.size(1), saved.n.size(2)};
        const auto dy = g[0].contiguous();
        return for_type(dy, [&](auto w) { return ::backward<decltype(w)>(s, saved, kept[4], kept[5], dy); });
    }
};

at::Tensor step_by_step(Sizes s, const at::Tensor& gates, const at::Tensor& keep, const at::Tensor& start, const at::Tensor& weight,
                        const at::Tensor& bias) {
    const auto u = s.units;
    auto h = start;
    std::vector<at::Tensor> states;
    for (int64_t t = 0; t < s.steps; ++t) {
        const auto before = h * keep.select(0, t).unsqueeze(1), product = before.mm(weight), a = gates.select(0, t);
        const auto rz = (a.narrow(1, 0, 2 * u) + product.narrow(1, 0, 2 * u)).sigmoid();
        const auto n = (a.narrow(1, 2 * u, u) + rz.narrow(1, 0, u) * (product.narrow(1, 2 * u, u) + bias)).tanh();
        h = before + rz.narrow(1, u, u) * (n - before);
        states.push_back(h);
    }
    return at::stack(states);
}

}  // namespace

mt_tensor mt_gru(mt_tensor gates, mt_tensor keep, mt_tensor start, mt_tensor weight, mt_tensor bias) {
    return mt::make([&] {
        const auto a = mt::tensor(gates).contiguous(), k = mt::tensor(keep).contiguous(), h = mt::tensor(start).contiguous();
        const auto w = mt::tensor(weight).contiguous(), c = mt::tensor(bias).contiguous();
        const auto s = check(a, k, h, w, c);
        if (!has_loops(a, {k, h, w, c})) return step_by_step(s, a, k, h, w, c);
        const auto recorded = at::GradMode::is_enabled()
                              && (a.requires_grad() || h.requires_grad() || w.requires_grad() || c.requires_grad());
        if (recorded) return Gru::apply(a, k, h, w, c);
        return for_type(a, [&](auto t) { return forward<decltype(t)>(s, a, k, h, w, c, nullptr); });
    });
}
