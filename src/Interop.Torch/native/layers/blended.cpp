// The layer of blended.h as one recorded step; in plain operations where the kernels do not apply.
#include "layers/blended.h"
#include "layers/dense.h"
#include "layers/layer.h"
#include "support.h"
#include <algorithm>
#include <torch/csrc/autograd/custom_function.h>

using namespace mt;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

BlendedSizes sizes_of(const at::Tensor& x, const at::Tensor& coefficients, const at::Tensor& sets, const at::Tensor& origin) {
    return {coefficients.size(0), x.size(-2), sets.size(1), sets.size(2), sets.size(0), origin.size(0) > 0};
}

BlendedSizes check(const at::Tensor& x, const at::Tensor& coefficients, const at::Tensor& sets, const at::Tensor& origin, const at::Tensor& bias) {
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

at::Tensor weights_of(BlendedSizes s, const at::Tensor& coefficients, const at::Tensor& sets, const at::Tensor& origin) {
    const auto sum = coefficients.matmul(sets.reshape({s.sets, -1})).view({s.tasks, s.inputs, s.units});
    return s.has_origin ? sum + origin : sum;
}

bool has_kernels(const at::Tensor& x, std::initializer_list<at::Tensor> others) {
    if (x.scalar_type() != at::kFloat || !has_layer_kernels(x.select(0, 0), x.select(0, 0))) return false;
    return std::all_of(others.begin(), others.end(), [](const at::Tensor& t) { return t.is_cpu() && t.scalar_type() == at::kFloat; });
}

// The same in plain operations, which can be differentiated again.
variable_list recorded_backward(BlendedSizes s, const at::Tensor& g, const variable_list& saved, bool relu) {
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
        const auto y = blended_forward(sizes_of(x, coefficients, sets, origin), x, coefficients, sets, origin, bias, relu);
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
            const BlendedWanted wanted{wants(0), wants(1), wants(2), s.has_origin && wants(3), wants(4)};
            result = blended_backward(s, gradients[0].contiguous(), saved[0], saved[1], saved[2], saved[3], saved[4], wanted);
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
