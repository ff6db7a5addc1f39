// See critic_head.h.
#include "projected/critic_head.h"
#include "layers/layer.h"

namespace mt {
namespace {

uint16_t* words_of(const at::Tensor& t) { return reinterpret_cast<uint16_t*>(t.data_ptr<int16_t>()); }

}  // namespace

void critic_head_gradient(CriticHead& end, const at::Tensor& y, const at::Tensor& x, const at::Tensor& of_weight) {
    const auto units = y.size(1), inputs = x.size(1);
    end.above = at::empty({y.size(0), (units + 15) / 16}, y.options().dtype(at::kShort));
    const auto along = at::empty({end.tasks, row_groups(end.rows), units}, y.options().dtype(at::kLong));
    const auto bits = reinterpret_cast<uint64_t*>(along.data_ptr<int64_t>());
    positive_bits(end.tasks, end.rows, units, y.data_ptr<float>(), bits, words_of(end.above));
    if (!of_weight.defined()) return;
    const auto workspace = at::empty({units, 16}, y.options()), sums = at::empty({units, inputs}, y.options());
    selected_weight_gradient_f32({end.tasks, end.rows, units, inputs, bits, end.g, x.data_ptr<float>(), end.heads, sums.data_ptr<float>()},
                      workspace.data_ptr());
    transpose(units, inputs, sums.data_ptr<float>(), inputs, of_weight.data_ptr<float>());
}

void critic_head_product(const CriticHead& end, const at::Tensor& weight, const at::Tensor& to) {
    const auto units = weight.size(1), columns = weight.size(0);
    const auto transposed = rows_of(weight.t());
    SelectedSums c{};
    c.rows = end.rows;
    c.columns = columns;
    c.words = end.above.size(1);
    c.source = transposed.data_ptr();
    c.sources = units;
    c.source_stride = columns;
    c.result_stride = columns;
    const auto workspace = at::empty({selected_sums_bytes(c)}, to.options().dtype(at::kByte));
    for (int64_t t = 0; t < end.tasks; ++t) {
        const auto first = t * end.rows;
        c.bits = words_of(end.above) + first * c.words;
        c.scale = end.g + first;
        c.weights = end.heads + t * units;
        c.result = to.data_ptr<float>() + first * columns;
        selected_sums_f32(c, workspace.data_ptr());
    }
}

}  // namespace mt
