// The recorded step of projected.h, and the checks of its arguments.
#include "projected/projected.h"
#include "layers/layer.h"
#include "support.h"
#include <ATen/Parallel.h>
#include <algorithm>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

using namespace mt;
using torch::autograd::SavedVariable;
using torch::autograd::variable_list;

namespace {

bool is_plain(const at::Tensor& t) { return t.is_cpu() && t.scalar_type() == at::kFloat && t.is_contiguous(); }

void check(const at::Tensor& x, const ProjectedNet& net) {
    TORCH_CHECK(net.count > 0 && net.tasks > 0, "a projected network needs a layer and a task");
    TORCH_CHECK(x.dim() == 2 && x.size(0) > 0 && x.size(0) % net.tasks == 0,
                "the input of a projected network is [tasks · rows, in] for ", net.tasks, " tasks, got ", x.sizes());
    TORCH_CHECK(std::all_of(net.parameters, net.parameters + net.parameter_count, is_plain) && is_plain(x),
                "a projected network in one step computes in single precision, without gaps, in main memory");
    TORCH_CHECK(net.mix < net.parameter_count && (net.mix < 0 || net.parameters[net.mix].numel() == 3), "a residual has three shares");
    auto width = x.size(1);
    const auto fits = [](const at::Tensor& t, std::initializer_list<int64_t> sizes, const char* what, int64_t layer) {
        const at::IntArrayRef wanted(sizes);
        TORCH_CHECK(t.sizes() == wanted, what, " of layer ", layer, " should be ", wanted, ", is ", t.sizes());
    };
    for (int64_t i = 0; i < net.count; ++i) {
        const auto& layer = net.layers[i];
        for (const auto part : {layer.weight, layer.bias, layer.task_weight, layer.task_bias})
            TORCH_CHECK(0 <= part && part < net.parameter_count, "layer ", i, " lacks a parameter");
        TORCH_CHECK(layer.down < net.parameter_count && layer.up < net.parameter_count, "layer ", i, " lacks a projection");
        const auto &s = net.weight(i), &w = net.task_weight(i);
        TORCH_CHECK(s.dim() == 2 && w.dim() == 3, "layer ", i, ": weights ", s.sizes(), " and ", w.sizes());
        const auto units = s.size(1), entering = w.size(1), leaving = w.size(2);
        fits(s, {width, units}, "the weight", i);
        fits(net.bias(i), {units}, "the bias", i);
        fits(w, {net.tasks, net.has_down(i) ? entering : width, net.has_up(i) ? leaving : units}, "the task weight", i);
        fits(net.task_bias(i), {net.tasks, leaving}, "the task bias", i);
        if (net.has_down(i)) fits(net.down(i), {width, entering}, "the projection down", i);
        if (net.has_up(i)) fits(net.up(i), {leaving, units}, "the projection up", i);
        TORCH_CHECK(!net.has_residual || (net.has_down(i) && entering == net.task_weight(0).size(1) &&
                                          (i == net.count - 1 || (net.has_up(i) && leaving == entering))),
                    "layer ", i, " lacks a projection that residuals need");
        width = units;
        const bool even = s.size(0) % 2 == 0 && units % 2 == 0 && entering % 2 == 0 && leaving % 2 == 0;
        const bool inner = 0 < i && i < net.count - 1;
        TORCH_CHECK(!net.is_rounded(i) || (inner && even && !net.has_residual), "layer ", i, " cannot be rounded");
    }
}

// The layers in plain operations.
at::Tensor by_plain_operations(const at::Tensor& x, const ProjectedNet& net) {
    auto h = x;
    at::Tensor d_before, o_before;
    for (int64_t i = 0; i < net.count; ++i) {
        const auto& w = net.task_weight(i);
        const auto d = net.has_down(i) ? at::matmul(h, net.down(i)) : h;
        auto u = d;
        if (net.has_residual && i > 0) {
            const auto a = net.mix < 0 ? at::ones({3}, x.options()) : net.parameters[net.mix];
            u = a[0] * d + a[1] * d_before + a[2] * o_before;
        }
        const auto o = (at::matmul(u.view({net.tasks, -1, w.size(1)}), w) + net.task_bias(i).unsqueeze(1)).view({h.size(0), -1});
        const auto y = at::addmm(net.bias(i), h, net.weight(i)) + (net.has_up(i) ? at::matmul(o, net.up(i)) : o);
        h = i < net.count - 1 ? at::relu(y) : y;
        d_before = d;
        o_before = o;
    }
    return h;
}

// The gradients in plain operations, which can be differentiated again; the layers are recomputed.
variable_list recorded_backward(const at::Tensor& g, const variable_list& saved, const ProjectedNet& net, const std::vector<bool>& wants) {
    variable_list differentiated, result(saved.size());
    for (size_t i = 0; i < saved.size(); ++i) if (wants[i]) differentiated.push_back(saved[i]);
    const auto found = torch::autograd::grad({by_plain_operations(saved[0], net)}, differentiated, {g}, true, true, true);
    for (size_t i = 0, at = 0; i < saved.size(); ++i) if (wants[i]) result[i] = found[at++];
    return result;
}

struct ProjectedNode : torch::autograd::Node {
    std::vector<SavedVariable> saved_inputs;  // x, then the parameters
    std::vector<ProjectedTrace> traces;
    std::vector<ProjectedLayer> layers;
    uint64_t rounded = 0;
    int64_t tasks = 0;
    bool has_residual = false;
    int32_t mix = -1;

    variable_list apply(variable_list&& gradients) override {
        TORCH_CHECK(!traces.empty(), "the record of a projected network was used up: keep it for a second gradient");
        variable_list saved;
        for (auto& variable : saved_inputs) saved.push_back(variable.unpack(shared_from_this()));
        std::vector<bool> wants;
        for (size_t i = 0; i < saved.size(); ++i) wants.push_back(task_should_compute_output(i));
        if (!gradients[0].defined()) return variable_list(saved.size());
        const ProjectedNet net{saved.data() + 1, static_cast<int64_t>(saved.size()) - 1, layers.data(), static_cast<int64_t>(layers.size()),
                               rounded, tasks, has_residual, mix};
        if (at::GradMode::is_enabled()) return recorded_backward(gradients[0], saved, net, wants);
        at::AutoDispatchBelowADInplaceOrView below;
        const bool any = std::any_of(wants.begin() + 1, wants.end(), [](bool wanted) { return wanted; });
        auto found = projected_backward(gradients[0].contiguous(), net, traces, wants[0], any);
        for (size_t i = 0; i < wants.size(); ++i) if (!wants[i]) found[i] = at::Tensor();
        return found;
    }

    void release_variables() override {
        saved_inputs.clear();
        traces.clear();
    }

    std::string name() const override { return "ProjectedNet"; }
};

at::Tensor recorded(const at::Tensor& x, const variable_list& parameters, const ProjectedNet& net) {
    std::shared_ptr<ProjectedNode> node(new ProjectedNode(), torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(x, parameters));
    node->rounded = net.rounded;
    node->tasks = net.tasks;
    node->has_residual = net.has_residual;
    node->mix = net.mix;
    node->layers.assign(net.layers, net.layers + net.count);
    node->saved_inputs.emplace_back(x, false);
    for (const auto& p : parameters) node->saved_inputs.emplace_back(p, false);
    at::Tensor y;
    {
        at::AutoDispatchBelowADInplaceOrView below;
        y = projected_forward(x.detach(), net, &node->traces);
    }
    torch::autograd::set_history(y, node);
    return y;
}

}  // namespace

int32_t mt_can_project(mt_tensor x) {
    return has_product_f32() && tensor(x).numel() > 0 && tensor(x).is_cpu() && tensor(x).scalar_type() == at::kFloat &&
           at::get_num_threads() == 1;
}

mt_tensor mt_projected(mt_tensor x, const mt_tensor* parameters, int32_t parameter_count, const mt_projected_layer* layers, int32_t count,
                       uint64_t rounded, int64_t tasks, int32_t residual, int32_t mix) {
    return make([&] {
        const auto saved_inputs = list(parameters, parameter_count);
        static_assert(sizeof(ProjectedLayer) == sizeof(mt_projected_layer), "six row_indices");
        const ProjectedNet net{saved_inputs.data(), parameter_count, reinterpret_cast<const ProjectedLayer*>(layers), count, rounded, tasks,
                               residual != 0, mix};
        const auto rows = tensor(x).contiguous();
        check(rows, net);
        if (torch::autograd::compute_requires_grad(rows, saved_inputs)) return recorded(rows, saved_inputs, net);
        at::AutoDispatchBelowADInplaceOrView below;
        return projected_forward(rows, net, nullptr);
    });
}
