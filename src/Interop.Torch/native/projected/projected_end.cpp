// See projected_end.h.
#include "projected/projected_end.h"
#include "layers/layer.h"

namespace mt {
namespace {

uint16_t* words_of(const at::Tensor& t) { return reinterpret_cast<uint16_t*>(t.data_ptr<int16_t>()); }

}  // namespace

void end_gradient(CriticEnd& end, const at::Tensor& y, const at::Tensor& x, const at::Tensor& of_weight) {
    const auto units = y.size(1), inputs = x.size(1);
    end.above = at::empty({y.size(0), (units + 15) / 16}, y.options().dtype(at::kShort));
    const auto along = at::empty({end.tasks, spread_groups(end.rows), units}, y.options().dtype(at::kLong));
    const auto bits = reinterpret_cast<uint64_t*>(along.data_ptr<int64_t>());
    spread_bits(end.tasks, end.rows, units, y.data_ptr<float>(), bits, words_of(end.above));
    if (!of_weight.defined()) return;
    const auto room = at::empty({units, 16}, y.options()), sums = at::empty({units, inputs}, y.options());
    spread_weight_f32({end.tasks, end.rows, units, inputs, bits, end.g, x.data_ptr<float>(), end.heads, sums.data_ptr<float>()},
                      room.data_ptr());
    turn(units, inputs, sums.data_ptr<float>(), inputs, of_weight.data_ptr<float>());
}

void end_product(const CriticEnd& end, const at::Tensor& weight, const at::Tensor& to) {
    const auto units = weight.size(1), columns = weight.size(0);
    const auto turned = rows_of(weight.t());
    Chosen c{};
    c.rows = end.rows;
    c.columns = columns;
    c.words = end.above.size(1);
    c.source = turned.data_ptr();
    c.sources = units;
    c.source_stride = columns;
    c.result_stride = columns;
    const auto room = at::empty({chosen_room(c)}, to.options().dtype(at::kByte));
    for (int64_t t = 0; t < end.tasks; ++t) {
        const auto first = t * end.rows;
        c.bits = words_of(end.above) + first * c.words;
        c.scale = end.g + first;
        c.weights = end.heads + t * units;
        c.result = to.data_ptr<float>() + first * columns;
        chosen_f32(c, room.data_ptr());
    }
}

}  // namespace mt
