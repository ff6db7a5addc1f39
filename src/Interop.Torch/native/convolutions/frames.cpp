// What both directions share, and the recorded step of libtorch around them.
#include "convolutions/frames.h"
#include "convolutions/plain.h"
#include "support.h"
#include <cmath>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

using namespace mt;
using torch::autograd::SavedVariable;
using torch::autograd::variable_list;

namespace mt {

at::Tensor padded(const at::Tensor& bias) {
    auto all = at::zeros({lanes_of(bias.size(0))}, bias.options());
    all.narrow(0, 0, bias.size(0)).copy_(bias);
    return all;
}

FrameSums::FrameSums(const FrameLayers& layers) {
    for (const auto& f : layers.filters) {
        filters.push_back(at::zeros({f.windows(), lanes_of(f.small)}));
        biases.push_back(at::zeros({lanes_of(layers.transposed ? f.big : f.small)}));
    }
}

void FrameSums::add(const FrameSums& other) {
    for (size_t i = 0; i < filters.size(); ++i) {
        filters[i].add_(other.filters[i]);
        biases[i].add_(other.biases[i]);
    }
}

}  // namespace mt

namespace {

struct Stack {
    bool transposed;
    double divisor;
    variable_list parameters;

    int64_t count() const { return static_cast<int64_t>(parameters.size() / 2); }
    const at::Tensor& weight(int64_t i) const { return parameters[2 * i]; }
    const at::Tensor& bias(int64_t i) const { return parameters[2 * i + 1]; }
    int64_t inputs() const { return weight(0).size(transposed ? 0 : 1); }
    int64_t outputs(int64_t i) const { return weight(i).size(transposed ? 1 : 0); }
    // The convolution between frames and images of half their size has stride 2.
    int64_t stride(int64_t i) const { return i == (transposed ? count() - 1 : 0) ? 2 : 1; }
    int64_t side(const at::Tensor& x) const { return std::llround(std::sqrt(static_cast<double>(x.size(1) / inputs()))); }
};

void check(const at::Tensor& x, const Stack& s) {
    TORCH_CHECK(s.count() > 0, "a stack needs a layer");
    for (int64_t i = 0; i < s.count(); ++i) {
        const auto &w = s.weight(i), &b = s.bias(i);
        TORCH_CHECK(w.dim() == 4 && w.size(2) == Filter && w.size(3) == Filter, "weight ", i, " ", w.sizes(), " has no filters of 3 × 3");
        TORCH_CHECK(i == 0 || w.size(s.transposed ? 0 : 1) == s.outputs(i - 1), "weight ", i, " ", w.sizes(), " does not fit ", s.outputs(i - 1), " channels");
        TORCH_CHECK(b.dim() == 1 && b.size(0) == s.outputs(i), "bias ", i, " ", b.sizes(), " does not fit the weight ", w.sizes());
    }
    TORCH_CHECK(x.dim() == 2, "the input of a stack is [n, channels · side²], got ", x.sizes());
    const auto side = s.side(x), smallest = s.transposed ? 1 : 2 * s.count() + 1;
    TORCH_CHECK(s.inputs() * side * side == x.size(1) && side >= smallest, "rows of ", x.size(1), " are no square images of ",
                s.inputs(), " channels and at least ", smallest, " rows");
}

FrameLayers frame_layers(const at::Tensor& x, const Stack& s) {
    FrameLayers layers{{}, s.parameters.data(), s.transposed, static_cast<float>(1.0 / s.divisor)};
    auto side = s.side(x);
    for (int64_t i = 0; i < s.count(); ++i) {
        Filters f{s.weight(i).size(0), s.weight(i).size(1), side, side, s.stride(i)};
        if (s.transposed) side = f.big_side = f.stride == 2 ? 2 * side + 2 : side + Filter - 1;
        else side = f.small_side = (side - Filter) / f.stride + 1;
        layers.filters.push_back(f);
    }
    return layers;
}

bool has_kernels_for(const at::Tensor& x, const Stack& s) {
    const auto is_bytes = !s.transposed && x.scalar_type() == at::kByte;
    if (!has_convolution_kernels() || !x.is_cpu() || !(is_bytes || x.scalar_type() == at::kFloat)) return false;
    // The gradient of frames is never computed.
    if (!s.transposed && x.requires_grad()) return false;
    for (const auto& p : s.parameters)
        if (p.scalar_type() != at::kFloat || !p.is_cpu() || !p.is_contiguous()) return false;
    return true;
}

// The same by libtorch, layer by layer.
at::Tensor by_layers(const at::Tensor& x, const Stack& s) {
    const auto side = s.side(x);
    auto h = x.to(s.weight(0).scalar_type());
    if (s.divisor != 1.0) h = h / s.divisor;
    h = h.reshape({x.size(0), s.inputs(), side, side});
    for (int64_t i = 0; i < s.count(); ++i) {
        const auto stride = s.stride(i);
        h = s.transposed ? transposed_convolution(h, s.weight(i), s.bias(i), stride, stride - 1)
                         : convolution(h, s.weight(i), s.bias(i), stride);
        if (!s.transposed || i < s.count() - 1) h = h.relu_();
    }
    return h.reshape({x.size(0), -1});
}

at::Tensor by_kernels(const at::Tensor& x, const Stack& s, Tensors* saved) {
    const auto layers = frame_layers(x, s);
    return s.transposed ? deconvolutions_forward(layers, x, saved) : convolutions_forward(layers, x, saved);
}

// The gradients in plain operations, which can be differentiated again; the layers are recomputed.
variable_list recorded_backward(const at::Tensor& g, const at::Tensor& x, const Stack& s, const std::vector<bool>& wants) {
    const auto y = by_layers(x, s);
    variable_list differentiated, result(wants.size());
    for (size_t i = 0; i < wants.size(); ++i) if (wants[i]) differentiated.push_back(i == 0 ? x : s.parameters[i - 1]);
    const auto found = torch::autograd::grad({y}, differentiated, {g}, true, true, true);
    for (size_t i = 0, at = 0; i < wants.size(); ++i) if (wants[i]) result[i] = found[at++];
    return result;
}

// Gradients of x and of each parameter, those of the parameters adjacent in memory.
variable_list backward(const at::Tensor& g, const at::Tensor& x, const Stack& s, const Tensors& saved, bool wants_x) {
    const auto layers = frame_layers(x, s);
    variable_list result(1 + s.parameters.size());
    if (wants_x) result[0] = at::empty_like(x);
    const auto sums = s.transposed ? deconvolutions_backward(layers, x, saved, g, result[0]) : convolutions_backward(layers, x, saved, g);
    int64_t length = 0, at = 0;
    for (const auto& p : s.parameters) length += p.numel();
    const auto flat = at::empty({length}, s.parameters[0].options());
    for (size_t i = 0; i < s.parameters.size(); ++i) {
        const auto& p = s.parameters[i];
        result[1 + i] = flat.narrow(0, at, p.numel()).view(p.sizes());
        at += p.numel();
    }
    for (int64_t i = 0; i < layers.count(); ++i) {
        filter_gradient(layers.filters[i], sums.filters[i].data_ptr<float>(), layers.scale_of(i), result[1 + 2 * i].data_ptr<float>());
        result[2 + 2 * i].copy_(sums.biases[i].narrow(0, 0, s.outputs(i)));
    }
    return result;
}

// The recorded step. A node of its own, because libtorch's Function takes no list of tensors.
struct FramesNode : torch::autograd::Node {
    std::vector<SavedVariable> saved_inputs;  // x, then the parameters
    Tensors saved_results;
    bool transposed = false;
    double divisor = 1.0;

    variable_list apply(variable_list&& gradients) override {
        variable_list saved;
        for (auto& variable : saved_inputs) saved.push_back(variable.unpack(shared_from_this()));
        TORCH_CHECK(!saved.empty(), "the record of a stack of convolutions was used up: keep it for a second gradient");
        std::vector<bool> wants;
        for (size_t i = 0; i < saved.size(); ++i) wants.push_back(task_should_compute_output(i));
        if (!gradients[0].defined()) return variable_list(saved.size());
        const Stack stack{transposed, divisor, variable_list(saved.begin() + 1, saved.end())};
        if (at::GradMode::is_enabled()) return recorded_backward(gradients[0], saved[0], stack, wants);
        at::AutoDispatchBelowADInplaceOrView below;
        auto result = backward(gradients[0].contiguous(), saved[0].contiguous(), stack, saved_results, wants[0]);
        for (size_t i = 0; i < wants.size(); ++i) if (!wants[i]) result[i] = at::Tensor();
        return result;
    }

    void release_variables() override {
        saved_inputs.clear();
        saved_results.clear();
    }

    std::string name() const override { return transposed ? "DeconvolutionStack" : "ConvolutionStack"; }
};

at::Tensor recorded(const at::Tensor& x, const Stack& s) {
    std::shared_ptr<FramesNode> node(new FramesNode(), torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(x, s.parameters));
    node->transposed = s.transposed;
    node->divisor = s.divisor;
    node->saved_inputs.emplace_back(x, false);
    for (const auto& p : s.parameters) node->saved_inputs.emplace_back(p, false);
    at::Tensor y;
    {
        at::AutoDispatchBelowADInplaceOrView below;
        y = by_kernels(x.contiguous(), s, &node->saved_results);
    }
    torch::autograd::set_history(y, node);
    return y;
}

at::Tensor run_stack(const at::Tensor& x, const Stack& s) {
    check(x, s);
    if (!has_kernels_for(x, s)) return by_layers(x, s);
    if (torch::autograd::compute_requires_grad(x, s.parameters)) return recorded(x, s);
    at::AutoDispatchBelowADInplaceOrView below;
    return by_kernels(x.contiguous(), s, nullptr);
}

Stack stack_of(bool transposed, double divisor, const mt_tensor* weights, const mt_tensor* biases, int32_t count) {
    Stack s{transposed, divisor, {}};
    for (int32_t i = 0; i < count; ++i) {
        s.parameters.push_back(tensor(weights[i]));
        s.parameters.push_back(tensor(biases[i]));
    }
    return s;
}

}  // namespace

mt_tensor mt_convolution_stack(mt_tensor x, double divisor, const mt_tensor* weights, const mt_tensor* biases, int32_t count) {
    return make([&] { return run_stack(tensor(x), stack_of(false, divisor, weights, biases, count)); });
}

mt_tensor mt_deconvolution_stack(mt_tensor x, const mt_tensor* weights, const mt_tensor* biases, int32_t count) {
    return make([&] { return run_stack(tensor(x), stack_of(true, 1.0, weights, biases, count)); });
}
