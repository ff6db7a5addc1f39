// A dense layer as one recorded step: y = max(0, x weightᵀ + bias) with or without the maximum.
//
// Compared with linear followed by relu it saves the copy of the bias, one pass over the activations and one
// buffer forward, and one pass backward (mask and bias gradient together). The product has the element
// type of x: with x in bfloat16 the weight is rounded here, and the gradients of weight and bias have
// the type of weight and bias, so parameters stay in full precision. The type of the result is an argument.
//
// weight [out, in] and x [.., in], or weight [b, out, in] with x [b, n, in] or x [n, in] for all b. A
// transposed view as weight is not copied; its gradient is a transposed view too.
//
// A row whose gradient is all zero (the larger of two critics, the padding of a batch) adds nothing to any
// gradient: where such rows are many, backward computes the others only.
#include "layers/dense.h"
#include "support.h"
#include "layers/layer.h"
#include "kernels/rows.h"
#include <array>
#include <numeric>
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

at::Tensor wide(const at::Tensor& bias, const at::Tensor& y) {
    auto type = y.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    return bias.to(type).contiguous();
}

void finish(const at::Tensor& y, const at::Tensor& bias, bool relu) {
    auto b = bias.defined() ? wide(bias, y) : at::Tensor();
    for_type(y, [&](auto* data, auto w) {
        using W = decltype(w);
        add_bias(y.size(0), y.size(1), b.defined() ? b.data_ptr<W>() : nullptr, relu, data);
    });
}

// A factor of a product whose sums are in single precision at least: libtorch rounds sums of bfloat16 on a processor.
at::Tensor summable(const at::Tensor& t) { return is_bf16(t) ? t.to(at::kFloat) : t; }

// One layer of the batch: x [n, in], weight [out, in].
void forward_one(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool relu, const at::Tensor& y) {
    if (has_layer_kernels(x, weight)) {
        layer_forward(x, weight, bias.defined() ? wide(bias, y) : bias, relu, y);
        return;
    }
    auto left = summable(x), right = summable(weight.to(x.scalar_type()));
    auto product = y.scalar_type() == left.scalar_type() ? y : at::empty(y.sizes(), left.options());
    at::mm_out(product, left, right.t());
    finish(product, bias, relu);
    if (!product.is_same(y)) at::Tensor(y).copy_(product);
}

// to = left right, converted to the type of `to`.
void multiply(at::Tensor to, const at::Tensor& left, const at::Tensor& right) {
    auto a = summable(left), b = summable(right);
    if (to.scalar_type() == a.scalar_type()) at::mm_out(to, a, b);
    else to.copy_(at::mm(a, b));
}

// Gradient before the activation, in the type of x, and its column sums.
struct Incoming {
    at::Tensor rows, sums;
    at::Tensor row_indices;  // 32-bit indices of these rows; undefined: all rows
};

Incoming relu_backward(const at::Tensor& g, const at::Tensor& y, const at::Tensor& x, bool relu, bool wants_sums, bool own) {
    Incoming in;
    if (own) in.row_indices = nonzero_rows(g);
    bool same = g.scalar_type() == x.scalar_type();
    if (same && !relu && !wants_sums && !in.row_indices.defined()) {
        in.rows = g;
        return in;
    }
    auto count = in.row_indices.defined() ? in.row_indices.size(0) : g.size(0);
    in.rows = at::empty({count, g.size(1)}, x.options());
    if (own) {
        in.sums = at::empty({g.size(1)}, g.options().dtype(at::kFloat));
        relu_mask_backward(g, relu ? y : at::Tensor(), in.row_indices, in.rows, in.sums);
        return in;
    }
    for_type(g, [&](auto* data, auto w) {
        using W = decltype(w);
        using T = std::remove_pointer_t<decltype(data)>;
        in.sums = at::zeros({g.size(1)}, g.options().dtype(std::is_same<W, double>::value ? at::kDouble : at::kFloat));
        auto activation = relu ? reinterpret_cast<T*>(y.data_ptr()) : nullptr;
        auto sums = in.sums.template data_ptr<W>();
        auto go = [&](auto* out) { mask_and_sum(count, g.size(1), data, activation, out, sums); };
        if constexpr (std::is_same<T, double>::value) go(in.rows.template data_ptr<double>());
        else if (x.scalar_type() == at::kFloat) go(in.rows.template data_ptr<float>());
        else go(reinterpret_cast<bf16*>(in.rows.data_ptr()));
    });
    return in;
}

// Empty, in the memory order of the weight: the gradient of a transposed view is a transposed view.
at::Tensor like_weight(const at::Tensor& w) {
    if (w.is_contiguous()) return at::empty_like(w);
    auto sizes = w.sizes().vec();
    std::swap(sizes[sizes.size() - 1], sizes[sizes.size() - 2]);
    return at::empty(sizes, w.options()).transpose(-1, -2);
}

// The gradients of one layer of the batch; those not requested are undefined.
void backward_one(const at::Tensor& g, const at::Tensor& y, const at::Tensor& x, const at::Tensor& weight, bool relu,
                  const at::Tensor& gx, const at::Tensor& gw, at::Tensor* gb) {
    bool own = has_layer_kernels(x, weight);
    auto in = relu_backward(g, y, x, relu, gb != nullptr, own);
    if (gb) *gb = in.sums;
    if (own) {
        if (gx.defined()) layer_input_gradient(in.rows, weight, in.row_indices, gx);
        if (gw.defined()) layer_weight_gradient(in.rows, in.row_indices.defined() ? x.index_select(0, in.row_indices) : x, gw);
        return;
    }
    if (gx.defined()) multiply(gx, in.rows, weight.to(x.scalar_type()));
    if (gw.defined() && gw.is_contiguous()) multiply(gw, in.rows.t(), x);
    else if (gw.defined()) multiply(gw.t(), x.t(), in.rows);
}

// On a device without these kernels: operations on whole batches, as a call there takes longer than its arithmetic.
at::Tensor forward_on_device(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool relu) {
    const auto w = weight.to(x.scalar_type()).transpose(-1, -2);
    const auto b = bias.defined() ? bias.to(x.scalar_type()) : bias;
    at::Tensor y;
    if (weight.dim() == 2) {
        const auto flat = x.reshape({-1, x.size(-1)});
        auto sizes = x.sizes().vec();
        sizes.back() = weight.size(0);
        y = (b.defined() ? at::addmm(b, flat, w) : at::mm(flat, w)).view(sizes);
    } else {
        const auto rows = x.dim() == 3 ? x : x.expand({weight.size(0), -1, -1});
        y = b.defined() ? at::baddbmm(b.unsqueeze(-2), rows, w) : at::bmm(rows, w);
    }
    return relu ? y.relu_() : y;
}

variable_list backward_on_device(const at::Tensor& g, const variable_list& saved, bool relu, std::array<bool, 3> wants) {
    const auto &x = saved[0], &w = saved[1], &bias = saved[2];
    const auto rows = (relu ? at::threshold_backward(g, saved[3], 0) : g).to(x.scalar_type());
    const bool batched = w.dim() == 3;
    const auto flat = [&](const at::Tensor& t) { return batched ? t : t.reshape({-1, t.size(-1)}); };
    variable_list result(5);
    if (wants[0]) result[0] = at::matmul(rows, w.to(x.scalar_type())).sum_to_size(x.sizes());
    if (wants[1]) {
        // In the memory order of the weight.
        const auto r = flat(rows), f = flat(x);
        const auto gradient = w.is_contiguous() ? at::matmul(r.transpose(-1, -2), f)
                                                : at::matmul(f.transpose(-1, -2), r).transpose(-1, -2);
        result[1] = gradient.to(w.scalar_type());
    }
    if (wants[2]) result[2] = flat(rows).sum(-2).to(bias.scalar_type());
    return result;
}

// The gradients in plain operations, which can be differentiated again: saved is x, weight, bias, y.
variable_list recorded_backward(const at::Tensor& g, const variable_list& saved, bool relu, std::array<bool, 3> wants) {
    const auto &x = saved[0], &w = saved[1], &bias = saved[2];
    TORCH_CHECK(x.scalar_type() == w.scalar_type(), "a rounded layer has no second derivative");
    auto rows = relu ? g * (saved[3].detach() > 0).to(g.scalar_type()) : g;
    bool batched = w.dim() == 3;
    auto flat = [&](const at::Tensor& t) { return batched ? t : t.reshape({-1, t.size(-1)}); };
    auto to = [](at::Tensor t, const at::Tensor& like) { return t.sum_to_size(like.sizes()).to(like.scalar_type()); };
    variable_list result(5);
    if (wants[0]) result[0] = to(at::matmul(rows, w), x);
    if (wants[1]) result[1] = at::matmul(flat(rows).transpose(-1, -2), flat(x));
    if (wants[2]) result[2] = to(flat(rows).sum(-2), bias);
    return result;
}

struct Dense : torch::autograd::Function<Dense> {
    static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                              const at::Tensor& bias, bool relu, int64_t type) {
        TORCH_CHECK(weight.dim() == 2 || weight.dim() == 3, "a weight is [out, in] or [b, out, in], got ", weight.sizes());
        TORCH_CHECK(x.dim() >= 2 && x.size(-1) == weight.size(-1), "x ", x.sizes(), " does not fit the weight ", weight.sizes());
        auto units = weight.size(-2);
        TORCH_CHECK(!bias.defined() || (bias.dim() == weight.dim() - 1 && bias.size(-1) == units && bias.size(0) == weight.size(0)),
                    "bias ", bias.sizes(), " does not fit the weight ", weight.sizes());
        TORCH_CHECK(x.device() == weight.device() && (!bias.defined() || x.device() == bias.device()),
                    "x, weight and bias are on different devices");
        at::AutoDispatchBelowADInplaceOrView below;
        auto options = x.options().dtype(static_cast<at::ScalarType>(type));
        at::Tensor y;
        if (weight.dim() == 3)
            TORCH_CHECK(x.dim() == 2 || (x.dim() == 3 && x.size(0) == weight.size(0)),
                        "x ", x.sizes(), " does not fit the weight ", weight.sizes());
        if (!x.is_cpu()) {
            y = forward_on_device(x, weight, bias, relu).to(options.dtype());
        } else if (weight.dim() == 2) {
            auto flat = x.reshape({-1, x.size(-1)});
            y = at::empty({flat.size(0), units}, options);
            forward_one(flat, weight, bias, relu, y);
            auto sizes = x.sizes().vec();
            sizes.back() = units;
            y = y.view(sizes);
        } else {
            auto b = weight.size(0);
            y = at::empty({b, x.size(-2), units}, options);
            for (int64_t i = 0; i < b; ++i)
                forward_one(x.dim() == 3 ? x[i] : x, weight[i], bias.defined() ? bias[i] : bias, relu, y[i]);
        }
        ctx->saved_data["relu"] = relu;
        ctx->save_for_backward({x, weight, bias, relu ? y : at::Tensor()});
        return y;
    }

    static variable_list backward(AutogradContext* ctx, variable_list gradients) {
        auto saved = ctx->get_saved_variables();
        const auto &x = saved[0], &w = saved[1], &bias = saved[2], &y = saved[3];
        bool relu = ctx->saved_data["relu"].toBool();
        bool dx = ctx->needs_input_grad(0), dw = ctx->needs_input_grad(1), db = bias.defined() && ctx->needs_input_grad(2);
        if (at::GradMode::is_enabled()) return recorded_backward(gradients[0], saved, relu, {dx, dw, db});
        if (!x.is_cpu()) return backward_on_device(gradients[0], saved, relu, {dx, dw, db});
        auto g = gradients[0].contiguous();
        at::Tensor gx = dx ? at::empty(x.sizes(), x.options()) : at::Tensor();
        at::Tensor gw = dw ? like_weight(w) : at::Tensor();
        at::Tensor gb;
        if (w.dim() == 2) {
            auto flat = [](const at::Tensor& t) { return t.reshape({-1, t.size(-1)}); };
            backward_one(flat(g), relu ? flat(y) : y, flat(x), w, relu, dx ? gx.view({-1, x.size(-1)}) : gx, gw, db ? &gb : nullptr);
        } else {
            bool shared = x.dim() == 2;
            variable_list biases(w.size(0));
            for (int64_t i = 0; i < w.size(0); ++i) {
                auto to = dx ? shared && i > 0 ? at::empty_like(gx) : shared ? gx : gx[i] : gx;
                backward_one(g[i], relu ? y[i] : y, shared ? x : x[i], w[i], relu, to, dw ? gw[i] : gw, db ? &biases[i] : nullptr);
                if (dx && shared && i > 0) gx.add_(to);
            }
            if (db) gb = at::stack(biases);
        }
        return {gx, gw, db ? gb.to(bias.scalar_type()) : at::Tensor(), at::Tensor(), at::Tensor()};
    }
};

}  // namespace

namespace mt {

at::Tensor nonzero_rows(const at::Tensor& g) {
    auto live = at::empty({g.size(0)}, g.options().dtype(at::kInt));
    int64_t count = 0;
    for_type(g, [&](auto* data, auto) { count = live_rows(g.size(0), g.size(1), data, live.data_ptr<int32_t>()); });
    return leaves_out(g.size(0), count) ? live.narrow(0, 0, count) : at::Tensor();
}

at::Tensor dense(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool relu, at::ScalarType type) {
    return Dense::apply(x, weight, bias, relu, static_cast<int64_t>(type));
}

}  // namespace mt

mt_tensor mt_dense(mt_tensor x, mt_tensor weight, mt_tensor bias, int32_t relu, int32_t type) {
    return make([&] {
        return dense(tensor(x), tensor(weight), bias ? tensor(bias) : at::Tensor(), relu != 0, static_cast<at::ScalarType>(type));
    });
}
