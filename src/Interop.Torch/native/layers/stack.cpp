// Dense layers one after the other as one recorded step: h ← max(0, h weight + bias), without ReLU after the last.
// weight [in, out], bias [out], x [n, in]. A rounded layer multiplies numbers rounded to bfloat16.
//
// Compared with one step per layer: the gradient of a hidden layer is masked, summed for the bias and rounded in
// registers; gradients of all parameters are adjacent in one vector, in the order of the optimiser; and the last two
// layers of a network with a single output (a critic) need a third of their backward products (value.h).
//
// Rows whose gradient is all zero are skipped where they are many, as in dense.cpp.
#include "layers/dense.h"
#include "layers/layer.h"
#include "kernels/product.h"
#include "support.h"
#include "layers/value.h"
#include <algorithm>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

using namespace mt;
using torch::autograd::SavedVariable;
using torch::autograd::variable_list;

namespace {

// The parameters: weight and bias of each layer in turn.
struct Layers {
    const at::Tensor* parameters;
    int64_t count;
    uint64_t rounded;

    const at::Tensor& weight(int64_t i) const { return parameters[2 * i]; }
    const at::Tensor& bias(int64_t i) const { return parameters[2 * i + 1]; }
    bool is_rounded(int64_t i) const { return rounded >> i & 1; }
    at::ScalarType type(int64_t i) const { return is_rounded(i) ? at::kBFloat16 : at::kFloat; }
    // Whether the last two layers are those of value.h.
    bool is_value() const { return count > 1 && weight(count - 1).size(1) == 1; }
};

void check(const at::Tensor& x, const Layers& layers) {
    TORCH_CHECK(layers.count > 0, "a stack needs a layer");
    TORCH_CHECK(x.dim() == 2, "the input of a stack is [n, in], got ", x.sizes());
    auto width = x.size(1);
    for (int64_t i = 0; i < layers.count; ++i) {
        const auto &w = layers.weight(i), &b = layers.bias(i);
        TORCH_CHECK(w.dim() == 2 && w.size(0) == width, "weight ", i, " ", w.sizes(), " does not fit an input of ", width);
        TORCH_CHECK(b.dim() == 1 && b.size(0) == w.size(1), "bias ", i, " ", b.sizes(), " does not fit the weight ", w.sizes());
        width = w.size(1);
    }
}

bool has_kernels_for(const at::Tensor& x, const Layers& layers) {
    if (x.scalar_type() != at::kFloat || layers.is_rounded(0) || layers.is_rounded(layers.count - 1)) return false;
    for (int64_t i = 0; i < layers.count; ++i) {
        const auto &w = layers.weight(i), &b = layers.bias(i);
        if (!has_layer_kernels(x, w.t()) || !w.is_contiguous() || b.scalar_type() != at::kFloat || !b.is_contiguous() ||
            !b.is_cpu())
            return false;
        if (layers.is_rounded(i) && (w.size(0) % 2 != 0 || w.size(1) % 2 != 0)) return false;
    }
    return true;
}

// The same, layer by layer.
at::Tensor by_layers(const at::Tensor& x, const Layers& layers) {
    auto h = x;
    for (int64_t i = 0; i < layers.count; ++i) {
        const bool last = i == layers.count - 1;
        const auto in = layers.is_rounded(i) ? at::kBFloat16 : x.scalar_type();
        const auto out = !last && layers.is_rounded(i + 1) ? at::kBFloat16 : x.scalar_type();
        h = dense(h.to(in), layers.weight(i).t(), layers.bias(i), !last, out);
    }
    return h;
}

// Saved for backward: the hidden activations, and for value.h the bits of the last ones above 0.
using SavedResults = variable_list;

at::Tensor forward_by_kernels(const at::Tensor& x, const Layers& layers, SavedResults* saved_results) {
    const auto n = x.size(0), last = layers.count - 1;
    auto h = x;
    for (int64_t i = 0; i < (layers.is_value() ? last - 1 : layers.count); ++i) {
        auto y = at::empty({n, layers.weight(i).size(1)}, x.options().dtype(i < last ? layers.type(i + 1) : at::kFloat));
        layer_forward(h, layers.weight(i).t(), layers.bias(i), i < last, y);
        if (saved_results && i < last) saved_results->push_back(y);
        h = y;
    }
    if (!layers.is_value()) return h;
    const auto& weight = layers.weight(last - 1);
    at::Tensor above;
    if (saved_results) saved_results->push_back(above = at::empty({n, (weight.size(1) + 15) / 16}, x.options().dtype(at::kShort)));
    auto y = at::empty({n, 1}, x.options());
    value_forward(h, weight.t(), layers.bias(last - 1), layers.weight(last), layers.bias(last), above, y);
    return y;
}

// One pass backward. `wants`: whether the gradient of x and of each parameter is requested.
struct Backward {
    const at::Tensor& x;
    const Layers& layers;
    const at::Tensor* saved_results;
    const std::vector<bool>& wants;
    at::Tensor g, row_indices;
    variable_list gradients;

    bool wants_x() const { return wants[0]; }
    bool wants_parameter(int64_t i) const { return wants[1 + 2 * i] || wants[2 + 2 * i]; }
    bool wants_below(int64_t i) const {
        for (int64_t j = 0; j < i; ++j) if (wants_parameter(j)) return true;
        return wants_x();
    }
    at::Tensor& of_x() { return gradients[0]; }
    at::Tensor& of_weight(int64_t i) { return gradients[1 + 2 * i]; }
    at::Tensor& of_bias(int64_t i) { return gradients[2 + 2 * i]; }
    const at::Tensor& input(int64_t i) const { return i == 0 ? x : saved_results[i - 1]; }

    // Allocates all gradients: those of the parameters adjacent in memory, including those not requested.
    void allocate() {
        if (wants_x()) of_x() = at::empty(x.sizes(), x.options());
        if (std::none_of(wants.begin() + 1, wants.end(), [](bool wanted) { return wanted; })) return;
        int64_t length = 0, at = 0;
        for (int64_t i = 0; i < 2 * layers.count; ++i) length += layers.parameters[i].numel();
        const auto flat = at::empty({length}, x.options());
        for (int64_t i = 0; i < 2 * layers.count; ++i) {
            const auto& p = layers.parameters[i];
            gradients[1 + i] = flat.narrow(0, at, p.numel()).view(p.sizes());
            at += p.numel();
        }
    }

    // Output for the gradient of layer i's result, and for its column sums.
    at::Tensor empty_gradient(int64_t i) const {
        const auto rows = row_indices.defined() ? row_indices.size(0) : g.size(0);
        return at::empty({rows, layers.weight(i).size(1)}, x.options().dtype(layers.type(i)));
    }
    at::Tensor sums(int64_t i) {
        return of_bias(i).defined() ? of_bias(i) : at::empty({layers.weight(i).size(1)}, x.options());
    }

    // Backpropagates from the last layer to the first that needs a gradient.
    void run() {
        int64_t i = layers.count - 1;
        at::Tensor rows;
        if (layers.is_value()) {
            --i;
            const auto& above = saved_results[i];
            const auto flat = g.view(-1), head = layers.weight(i + 1).view(-1);
            const auto weight = layers.weight(i).t();
            if (wants_parameter(i) || wants_parameter(i + 1)) {
                ValueGradients to{of_weight(i), of_bias(i), of_weight(i + 1), of_bias(i + 1)};
                value_weight_gradient(flat, input(i), above, weight, layers.bias(i), head, to);
            }
            if (!wants_below(i)) return;
            if (i == 0) return value_input_gradient(flat, row_indices, above, weight, head, nullptr, of_x(), {});
            const MaskedActivation masked{saved_results[i - 1], row_indices};
            rows = empty_gradient(i - 1);
            value_input_gradient(flat, row_indices, above, weight, head, &masked, rows, sums(i - 1));
            --i;
        } else {
            rows = empty_gradient(i);
            relu_mask_backward(g, {}, row_indices, rows, sums(i));
        }
        for (;; --i) {
            if (wants_parameter(i))
                layer_weight_gradient(rows, row_indices.defined() ? input(i).index_select(0, row_indices) : input(i), of_weight(i).t());
            if (!wants_below(i)) return;
            const auto weight = layers.weight(i).t();
            if (i == 0) return layer_input_gradient(rows, weight, row_indices, of_x());
            auto below = empty_gradient(i - 1);
            layer_hidden_gradient(rows, weight, {saved_results[i - 1], row_indices}, below, sums(i - 1));
            rows = below;
        }
    }
};

// The gradients in plain operations, which can be differentiated again; the layers are recomputed.
// saved is x, then the parameters.
variable_list recorded_backward(const at::Tensor& g, const variable_list& saved, const std::vector<bool>& wants) {
    auto h = saved[0];
    const auto last = static_cast<int64_t>(saved.size() / 2) - 1;
    for (int64_t i = 0; i <= last; ++i) {
        h = at::addmm(saved[2 + 2 * i], h, saved[1 + 2 * i]);
        if (i < last) h = at::relu(h);
    }
    variable_list differentiated, result(saved.size());
    for (size_t i = 0; i < saved.size(); ++i) if (wants[i]) differentiated.push_back(saved[i]);
    auto found = torch::autograd::grad({h}, differentiated, {g}, true, true, true);
    for (size_t i = 0, at = 0; i < saved.size(); ++i) if (wants[i]) result[i] = found[at++];
    return result;
}

// The recorded step. A node of its own, because libtorch's Function takes no list of tensors.
struct StackNode : torch::autograd::Node {
    std::vector<SavedVariable> saved_inputs;  // x, then the parameters
    SavedResults saved_results;
    uint64_t rounded = 0;

    variable_list apply(variable_list&& gradients) override {
        variable_list saved;
        for (auto& variable : saved_inputs) saved.push_back(variable.unpack(shared_from_this()));
        TORCH_CHECK(!saved.empty(), "the record of a stack of layers was used up: keep it for a second gradient");
        std::vector<bool> wants;
        for (size_t i = 0; i < saved.size(); ++i) wants.push_back(task_should_compute_output(i));
        if (!gradients[0].defined()) return variable_list(saved.size());
        if (at::GradMode::is_enabled()) return recorded_backward(gradients[0], saved, wants);
        at::AutoDispatchBelowADInplaceOrView below;
        const Layers layers{saved.data() + 1, static_cast<int64_t>(saved.size() / 2), rounded};
        const auto g = gradients[0].contiguous();
        Backward backward{saved[0], layers, saved_results.data(), wants, g, nonzero_rows(g), variable_list(saved.size())};
        backward.allocate();
        backward.run();
        for (size_t i = 0; i < wants.size(); ++i) if (!wants[i]) backward.gradients[i] = at::Tensor();
        return std::move(backward.gradients);
    }

    void release_variables() override {
        saved_inputs.clear();
        saved_results.clear();
    }

    std::string name() const override { return "DenseStack"; }
};

at::Tensor recorded(const at::Tensor& x, const variable_list& parameters, const Layers& layers) {
    std::shared_ptr<StackNode> node(new StackNode(), torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(x, parameters));
    node->rounded = layers.rounded;
    node->saved_inputs.emplace_back(x, false);
    for (const auto& p : parameters) node->saved_inputs.emplace_back(p, false);
    at::Tensor y;
    {
        at::AutoDispatchBelowADInplaceOrView below;
        y = forward_by_kernels(x, layers, &node->saved_results);
    }
    torch::autograd::set_history(y, node);
    return y;
}

}  // namespace

mt_tensor mt_dense_stack(mt_tensor x, const mt_tensor* weights, const mt_tensor* biases, int32_t count, uint64_t rounded) {
    return make([&] {
        variable_list parameters;
        for (int32_t i = 0; i < count; ++i) {
            parameters.push_back(tensor(weights[i]));
            parameters.push_back(tensor(biases[i]));
        }
        const Layers layers{parameters.data(), count, rounded};
        check(tensor(x), layers);
        if (!has_kernels_for(tensor(x), layers)) return by_layers(tensor(x), layers);
        if (torch::autograd::compute_requires_grad(tensor(x), parameters)) return recorded(tensor(x), parameters, layers);
        at::AutoDispatchBelowADInplaceOrView below;
        return forward_by_kernels(tensor(x), layers, nullptr);
    });
}
