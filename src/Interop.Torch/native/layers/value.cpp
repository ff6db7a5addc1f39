// See value.h.
#include "layers/value.h"
#include "kernels/product.h"
#include <vector>

namespace mt {
namespace {

const uint16_t* bits(const at::Tensor& t) { return reinterpret_cast<const uint16_t*>(t.data_ptr<int16_t>()); }

void choose(const SelectedSums& selected, const at::TensorOptions& options) {
    auto workspace = at::empty({selected_sums_bytes(selected)}, options.dtype(at::kByte));
    selected_sums_f32(selected, workspace.data_ptr());
}

}  // namespace

void value_input_gradient(const at::Tensor& g, const at::Tensor& row_indices, const at::Tensor& above, const at::Tensor& weight,
                          const at::Tensor& head, const MaskedActivation* masked, const at::Tensor& to, const at::Tensor& sums) {
    const auto units = weight.size(0), inputs = weight.size(1);
    auto rows = at::empty({units, inputs}, weight.options());
    transpose(inputs, units, weight.data_ptr<float>(), weight.stride(1), rows.data_ptr<float>());
    SelectedSums c{};
    c.rows = row_indices.defined() ? row_indices.size(0) : g.size(0);
    c.columns = inputs;
    c.bits = bits(above);
    c.words = above.size(1);
    c.scale = g.data_ptr<float>();
    c.row_indices = row_indices.defined() ? row_indices.data_ptr<int32_t>() : nullptr;
    c.source = rows.data_ptr();
    c.sources = units;
    c.source_stride = inputs;
    c.weights = head.data_ptr<float>();
    c.result = to.data_ptr();
    c.result_stride = to.stride(0);
    c.result_bf16 = is_bf16(to);
    if (masked) {
        c.relu_mask = relu_mask_of(*masked, sums);
    } else {
        c.result_row_indices = c.row_indices;
        if (c.row_indices) at::Tensor(to).zero_();
    }
    choose(c, g.options());
}

void value_weight_gradient(const at::Tensor& g, const at::Tensor& x, const at::Tensor& above, const at::Tensor& weight,
                           const at::Tensor& bias, const at::Tensor& head, const ValueGradients& to) {
    const auto rows = g.size(0), units = weight.size(0), inputs = weight.size(1);
    auto along = at::empty({units, (rows + 15) / 16}, above.options());
    transpose_bits(rows, units, bits(above), reinterpret_cast<uint16_t*>(along.data_ptr<int16_t>()));
    // sums[unit][input] = Σ g x over the rows where the unit was above 0.
    auto sums = at::empty({units, inputs}, weight.options());
    SelectedSums c{};
    c.rows = units;
    c.columns = inputs;
    c.bits = bits(along);
    c.words = along.size(1);
    c.source = x.data_ptr();
    c.sources = rows;
    c.source_stride = x.stride(0);
    c.source_bf16 = is_bf16(x);
    c.weights = g.data_ptr<float>();
    c.result = sums.data_ptr();
    c.result_stride = inputs;
    choose(c, g.options());
    transpose(units, inputs, sums.data_ptr<float>(), inputs, to.weight.data_ptr<float>());
    add_selected(rows, units, g.data_ptr<float>(), bits(above), to.bias.data_ptr<float>());
    // Σ g max(0, x weightᵀ + bias), from the sums above.
    finish_value_gradient(inputs, units, weight.data_ptr<float>(), bias.data_ptr<float>(), head.data_ptr<float>(),
                          to.weight.data_ptr<float>(), to.bias.data_ptr<float>(), to.head.data_ptr<float>());
    to.tail.copy_(g.sum());
}

}  // namespace mt
