// A dense layer as one recorded step: y = max(0, x weightᵀ + bias) with or without the maximum.
//
// Against linear followed by relu it saves the copy of the bias, one pass over the activations and one
// buffer forward, and one pass backward (mask and bias gradient together). The product has the element
// type of x: with x in bfloat16 the weight is rounded here and the gradients of weight and bias come
// back in their own type, so parameters stay in full precision.
//
// weight [out, in] and x [.., in], or weight [b, out, in] with x [b, n, in] or x [n, in] for all b. A
// transposed view as weight costs no copy, its gradient is a transposed view too.
#include "support.h"
#include "rows.h"
#include <torch/csrc/autograd/custom_function.h>

using namespace mt;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

template <class Body>
void for_type(const at::Tensor& t, Body&& body) {
    switch (t.scalar_type()) {
        case at::kFloat: return body(t.data_ptr<float>(), float{});
        case at::kDouble: return body(t.data_ptr<double>(), double{});
        case at::kBFloat16: return body(reinterpret_cast<bf16*>(t.data_ptr()), float{});
        default: TORCH_CHECK(false, "a dense layer needs float, double or bfloat16, got ", t.scalar_type());
    }
}

bool own_loops(const at::Tensor& t) {
    auto type = t.scalar_type();
    return t.is_cpu() && (type == at::kFloat || type == at::kDouble || type == at::kBFloat16);
}

at::Tensor wide(const at::Tensor& bias, const at::Tensor& y) {
    auto type = y.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    return bias.to(type).contiguous();
}

void finish(const at::Tensor& y, const at::Tensor& bias, bool relu) {
    if (!own_loops(y)) {
        if (bias.defined()) at::Tensor(y).add_(bias);
        if (relu) at::Tensor(y).relu_();
        return;
    }
    auto b = bias.defined() ? wide(bias, y) : at::Tensor();
    for_type(y, [&](auto* data, auto w) {
        using W = decltype(w);
        add_bias(y.size(0), y.size(1), b.defined() ? b.data_ptr<W>() : nullptr, relu, data);
    });
}

// One layer of the batch: x [n, in], weight [out, in].
void forward_one(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool relu, at::Tensor y) {
    at::mm_out(y, x, weight.t());
    finish(y, bias, relu);
}

// The gradient of the result without the cut, and its column sums.
at::Tensor uncut(const at::Tensor& g, const at::Tensor& y, bool relu, bool wants_sums, at::Tensor* sums) {
    if (!own_loops(g)) {
        auto masked = relu ? g * (y > 0) : g;
        if (wants_sums) *sums = masked.sum(0);
        return masked;
    }
    auto masked = relu ? at::empty_like(g) : g;
    if (!relu && !wants_sums) return g;
    for_type(g, [&](auto* data, auto w) {
        using W = decltype(w);
        using T = std::remove_pointer_t<decltype(data)>;
        *sums = at::zeros({g.size(1)}, g.options().dtype(std::is_same<W, double>::value ? at::kDouble : at::kFloat));
        mask_and_sum(g.size(0), g.size(1), data, relu ? reinterpret_cast<T*>(y.data_ptr()) : nullptr,
                     reinterpret_cast<T*>(masked.data_ptr()), sums->template data_ptr<W>());
    });
    return masked;
}

// In the memory order of the weight, so that a transposed view gets a transposed view.
at::Tensor like_weight(const at::Tensor& w) {
    if (w.is_contiguous()) return at::empty_like(w);
    auto sizes = w.sizes().vec();
    std::swap(sizes[sizes.size() - 1], sizes[sizes.size() - 2]);
    return at::empty(sizes, w.options()).transpose(-1, -2);
}

void weight_gradient(at::Tensor to, const at::Tensor& g, const at::Tensor& x) {
    if (to.is_contiguous()) {
        at::mm_out(to, g.t(), x);
    } else {
        auto turned = to.t();
        at::mm_out(turned, x.t(), g);
    }
}

struct Dense : torch::autograd::Function<Dense> {
    static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                              const at::Tensor& bias, bool relu) {
        TORCH_CHECK(weight.dim() == 2 || weight.dim() == 3, "a weight is [out, in] or [b, out, in], got ", weight.sizes());
        TORCH_CHECK(x.dim() >= 2 && x.size(-1) == weight.size(-1), "x ", x.sizes(), " does not fit the weight ", weight.sizes());
        auto units = weight.size(-2);
        TORCH_CHECK(!bias.defined() || (bias.dim() == weight.dim() - 1 && bias.size(-1) == units && bias.size(0) == weight.size(0)),
                    "bias ", bias.sizes(), " does not fit the weight ", weight.sizes());
        TORCH_CHECK(x.device() == weight.device() && (!bias.defined() || x.device() == bias.device()),
                    "x, weight and bias are on different devices");
        at::AutoDispatchBelowADInplaceOrView below;
        auto w = weight.to(x.scalar_type());
        at::Tensor y;
        if (weight.dim() == 2) {
            auto flat = x.reshape({-1, x.size(-1)});
            y = at::empty({flat.size(0), units}, x.options());
            forward_one(flat, w, bias, relu, y);
            auto sizes = x.sizes().vec();
            sizes.back() = units;
            y = y.view(sizes);
        } else {
            auto b = weight.size(0);
            TORCH_CHECK(x.dim() == 2 || (x.dim() == 3 && x.size(0) == b), "x ", x.sizes(), " does not fit the weight ", weight.sizes());
            y = at::empty({b, x.size(-2), units}, x.options());
            for (int64_t i = 0; i < b; ++i)
                forward_one(x.dim() == 3 ? x[i] : x, w[i], bias.defined() ? bias[i] : bias, relu, y[i]);
        }
        ctx->saved_data["relu"] = relu;
        ctx->save_for_backward({x, w, bias, relu ? y : at::Tensor()});
        ctx->saved_data["weight"] = static_cast<int64_t>(weight.scalar_type());
        return y;
    }

    static variable_list backward(AutogradContext* ctx, variable_list gradients) {
        auto saved = ctx->get_saved_variables();
        const auto &x = saved[0], &w = saved[1], &bias = saved[2], &y = saved[3];
        bool relu = ctx->saved_data["relu"].toBool();
        auto type = static_cast<at::ScalarType>(ctx->saved_data["weight"].toInt());
        bool dx = ctx->needs_input_grad(0), dw = ctx->needs_input_grad(1), db = bias.defined() && ctx->needs_input_grad(2);
        TORCH_CHECK(!at::GradMode::is_enabled(), "a fused dense layer has no second derivative: use linear and relu");
        auto g = gradients[0].contiguous();
        at::Tensor gx = dx ? at::empty(x.sizes(), g.options()) : at::Tensor();
        at::Tensor gw = dw ? like_weight(w) : at::Tensor();
        at::Tensor gb;
        if (w.dim() == 2) {
            auto rows = uncut(g.view({-1, g.size(-1)}), relu ? y.reshape({-1, y.size(-1)}) : y, relu, db, &gb);
            auto to = dx ? gx.view({-1, x.size(-1)}) : gx;
            if (dx) at::mm_out(to, rows, w);
            if (dw) weight_gradient(gw, rows, x.reshape({-1, x.size(-1)}));
        } else {
            bool shared = x.dim() == 2;
            variable_list biases(w.size(0));
            for (int64_t i = 0; i < w.size(0); ++i) {
                auto rows = uncut(g[i], relu ? y[i] : y, relu, db, &biases[i]);
                auto to = dx && !shared ? gx[i] : gx;
                if (dx && shared && i > 0) at::addmm_out(to, to, rows, w[i]);
                else if (dx) at::mm_out(to, rows, w[i]);
                if (dw) weight_gradient(gw[i], rows, shared ? x : x[i]);
            }
            if (db) gb = at::stack(biases);
        }
        return {gx, dw ? gw.to(type) : gw, db ? gb.to(bias.scalar_type()) : at::Tensor(), at::Tensor()};
    }
};

}  // namespace

mt_tensor mt_dense(mt_tensor x, mt_tensor weight, mt_tensor bias, int32_t relu) {
    return make([&] { return Dense::apply(tensor(x), tensor(weight), bias ? tensor(bias) : at::Tensor(), relu != 0); });
}
