// Dense layers one after the other as one recorded step: h ← max(0, h weight + bias), the last one not cut.
// weight [in, out], bias [out], x [n, in]. A rounded layer multiplies numbers rounded to bfloat16.
//
// Against one step for each layer: the gradient of a hidden layer is cut, summed for the bias and rounded while
// it still lies in registers; gradients of all parameters lie in one vector, one after the other, as the
// optimiser wants them; and two last layers that end in a single number (a critic) need a third of their
// backward products (value.h).
//
// Rows whose gradient is all zero are left out where they are many, as in dense.cpp.
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

// Views of what was given: weight and bias of each layer in turn.
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

bool is_own(const at::Tensor& x, const Layers& layers) {
    if (x.scalar_type() != at::kFloat || layers.is_rounded(0) || layers.is_rounded(layers.count - 1)) return false;
    for (int64_t i = 0; i < layers.count; ++i) {
        const auto &w = layers.weight(i), &b = layers.bias(i);
        if (!own_products(x, w.t()) || !w.is_contiguous() || b.scalar_type() != at::kFloat || !b.is_contiguous() || !b.is_cpu()) return false;
        if (layers.is_rounded(i) && (!has_product_bf16() || w.size(0) % 2 != 0 || w.size(1) % 2 != 0)) return false;
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

// What forward leaves for backward: the hidden activations, and for value.h which of the last were above 0.
using Kept = variable_list;

at::Tensor forward_own(const at::Tensor& x, const Layers& layers, Kept* kept) {
    const auto n = x.size(0), last = layers.count - 1;
    auto h = x;
    for (int64_t i = 0; i < (layers.is_value() ? last - 1 : layers.count); ++i) {
        auto y = at::empty({n, layers.weight(i).size(1)}, x.options().dtype(i < last ? layers.type(i + 1) : at::kFloat));
        own_forward(h, layers.weight(i).t(), layers.bias(i), i < last, y);
        if (kept && i < last) kept->push_back(y);
        h = y;
    }
    if (!layers.is_value()) return h;
    const auto& weight = layers.weight(last - 1);
    at::Tensor above;
    if (kept) kept->push_back(above = at::empty({n, (weight.size(1) + 15) / 16}, x.options().dtype(at::kShort)));
    auto y = at::empty({n, 1}, x.options());
    own_value(h, weight.t(), layers.bias(last - 1), layers.weight(last), layers.bias(last), above, y);
    return y;
}

// One pass backward. `wants`: whether the gradient of x and of each parameter is requested.
struct Backward {
    const at::Tensor& x;
    const Layers& layers;
    const at::Tensor* kept;
    const std::vector<bool>& wants;
    at::Tensor g, places;
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
    const at::Tensor& input(int64_t i) const { return i == 0 ? x : kept[i - 1]; }

    // Room for all gradients: those of the parameters side by side, also of the few not requested.
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

    // Where the gradient of layer i's result goes, and its column sums.
    at::Tensor room(int64_t i) const {
        return at::empty({places.defined() ? places.size(0) : g.size(0), layers.weight(i).size(1)}, x.options().dtype(layers.type(i)));
    }
    at::Tensor sums(int64_t i) {
        return of_bias(i).defined() ? of_bias(i) : at::empty({layers.weight(i).size(1)}, x.options());
    }

    // From the gradient of the last result to that of the last layer's input and on.
    void run() {
        int64_t i = layers.count - 1;
        at::Tensor rows;
        if (layers.is_value()) {
            --i;
            const auto& above = kept[i];
            const auto flat = g.view(-1), head = layers.weight(i + 1).view(-1);
            const auto weight = layers.weight(i).t();
            if (wants_parameter(i) || wants_parameter(i + 1)) {
                ValueGradients to{of_weight(i), of_bias(i), of_weight(i + 1), of_bias(i + 1)};
                value_weight_gradient(flat, input(i), above, weight, layers.bias(i), head, to);
            }
            if (!wants_below(i)) return;
            if (i == 0) return value_input_gradient(flat, places, above, weight, head, nullptr, of_x(), {});
            const Cut cut{kept[i - 1], places};
            rows = room(i - 1);
            value_input_gradient(flat, places, above, weight, head, &cut, rows, sums(i - 1));
            --i;
        } else {
            rows = room(i);
            own_mask(g, {}, places, rows, sums(i));
        }
        for (;; --i) {
            if (wants_parameter(i))
                own_weight_gradient(rows, places.defined() ? input(i).index_select(0, places) : input(i), of_weight(i).t());
            if (!wants_below(i)) return;
            const auto weight = layers.weight(i).t();
            if (i == 0) return own_input_gradient(rows, weight, places, of_x());
            auto below = room(i - 1);
            own_hidden_gradient(rows, weight, {kept[i - 1], places}, below, sums(i - 1));
            rows = below;
        }
    }
};

// The gradients in plain operations, which can be differentiated again: the layers are computed once more.
// saved is x, then the parameters.
variable_list recorded_backward(const at::Tensor& g, const variable_list& saved, const std::vector<bool>& wants) {
    auto h = saved[0];
    const auto last = static_cast<int64_t>(saved.size() / 2) - 1;
    for (int64_t i = 0; i <= last; ++i) {
        h = at::addmm(saved[2 + 2 * i], h, saved[1 + 2 * i]);
        if (i < last) h = at::relu(h);
    }
    variable_list asked, result(saved.size());
    for (size_t i = 0; i < saved.size(); ++i) if (wants[i]) asked.push_back(saved[i]);
    auto found = torch::autograd::grad({h}, asked, {g}, true, true, true);
    for (size_t i = 0, at = 0; i < saved.size(); ++i) if (wants[i]) result[i] = found[at++];
    return result;
}

// The recorded step. A node of its own, because libtorch's Function takes no list of tensors.
struct StackNode : torch::autograd::Node {
    std::vector<SavedVariable> given;  // x, then the parameters
    Kept kept;
    uint64_t rounded = 0;

    variable_list apply(variable_list&& gradients) override {
        variable_list saved;
        for (auto& variable : given) saved.push_back(variable.unpack(shared_from_this()));
        TORCH_CHECK(!saved.empty(), "the record of a stack of layers was used up: keep it for a second gradient");
        std::vector<bool> wants;
        for (size_t i = 0; i < saved.size(); ++i) wants.push_back(task_should_compute_output(i));
        if (!gradients[0].defined()) return variable_list(saved.size());
        if (at::GradMode::is_enabled()) return recorded_backward(gradients[0], saved, wants);
        at::AutoDispatchBelowADInplaceOrView below;
        const Layers layers{saved.data() + 1, static_cast<int64_t>(saved.size() / 2), rounded};
        const auto g = gradients[0].contiguous();
        Backward backward{saved[0], layers, kept.data(), wants, g, few_rows(g), variable_list(saved.size())};
        backward.allocate();
        backward.run();
        for (size_t i = 0; i < wants.size(); ++i) if (!wants[i]) backward.gradients[i] = at::Tensor();
        return std::move(backward.gradients);
    }

    void release_variables() override {
        given.clear();
        kept.clear();
    }

    std::string name() const override { return "DenseStack"; }
};

at::Tensor recorded(const at::Tensor& x, const variable_list& parameters, const Layers& layers) {
    std::shared_ptr<StackNode> node(new StackNode(), torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(x, parameters));
    node->rounded = layers.rounded;
    node->given.emplace_back(x, false);
    for (const auto& p : parameters) node->given.emplace_back(p, false);
    at::Tensor y;
    {
        at::AutoDispatchBelowADInplaceOrView below;
        y = forward_own(x, layers, &node->kept);
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
        if (!is_own(tensor(x), layers)) return by_layers(tensor(x), layers);
        if (torch::autograd::compute_requires_grad(tensor(x), parameters)) return recorded(tensor(x), parameters, layers);
        at::AutoDispatchBelowADInplaceOrView below;
        return forward_own(tensor(x), layers, nullptr);
    });
}
