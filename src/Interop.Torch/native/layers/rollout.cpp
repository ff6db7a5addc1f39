// Returns of action sequences under a model of dense layers: kernels/rollout.h on tensors.
#include "support.h"
#include "kernels/product.h"
#include "kernels/rollout.h"

namespace {

std::vector<at::Tensor> contiguous(const mt_tensor* handles, int32_t count) {
    auto tensors = mt::list(handles, count);
    for (auto& tensor : tensors) {
        TORCH_CHECK(tensor.is_cpu() && tensor.scalar_type() == at::kFloat, "a model is of floats in main memory");
        tensor = tensor.contiguous();
    }
    return tensors;
}

// Each layer takes what the one before gives; the first one state and action, and the last one gives `outputs` numbers.
void check(const std::vector<at::Tensor>& weights, const std::vector<at::Tensor>& biases, int64_t inputs, int64_t outputs) {
    TORCH_CHECK(!weights.empty(), "a model has at least one layer");
    for (size_t i = 0; i < weights.size(); ++i) {
        TORCH_CHECK(weights[i].dim() == 2 && weights[i].size(0) == inputs, "weight ", i, " ", weights[i].sizes(), " takes ", inputs, " numbers");
        inputs = weights[i].size(1);
        TORCH_CHECK(biases[i].sizes() == at::IntArrayRef({inputs}), "bias ", i, " ", biases[i].sizes(), " is not [", inputs, "]");
    }
    TORCH_CHECK(inputs == outputs, "the model gives ", inputs, " numbers, not ", outputs);
}

}  // namespace

int32_t mt_can_rollout(mt_tensor state) {
    return mt::has_product_f32() && mt::tensor(state).is_cpu() && mt::tensor(state).scalar_type() == at::kFloat;
}

mt_tensor mt_rollout(mt_tensor state, mt_tensor sequences, const mt_tensor* weights, const mt_tensor* biases, int32_t count,
                     double discount, int32_t terminates) {
    return mt::make([&] {
        TORCH_CHECK(mt_can_rollout(state) && mt_can_rollout(sequences), "rollouts take floats in main memory and AVX-512");
        const auto s = mt::tensor(state).contiguous(), a = mt::tensor(sequences).contiguous();
        TORCH_CHECK(s.dim() == 1 && a.dim() == 3, "state ", s.sizes(), " and sequences ", a.sizes(), " are not [n] and [steps, actions, candidates]");
        const auto w = contiguous(weights, count), b = contiguous(biases, count);
        check(w, b, s.size(0) + a.size(1), s.size(0) + (terminates ? 2 : 1));
        std::vector<mt::RolloutLayer> layers;
        for (size_t i = 0; i < w.size(); ++i)
            layers.push_back({w[i].size(0), w[i].size(1), w[i].data_ptr<float>(), b[i].data_ptr<float>()});
        const mt::Rollout rollout{a.size(2),        a.size(0), s.size(0), a.size(1), s.data_ptr<float>(), a.data_ptr<float>(),
                                  layers.data(),    count,     static_cast<float>(discount), terminates != 0};
        // libtorch aligns to 64 bytes.
        const auto workspace = at::empty({mt::rollout_floats(rollout)}, s.options());
        const auto returns = at::empty({a.size(2)}, s.options());
        mt::rollout_f32(rollout, workspace.data_ptr<float>(), returns.data_ptr<float>());
        return returns;
    });
}
