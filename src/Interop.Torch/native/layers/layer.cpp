// See layer.h. Every product here is written as left × right with the right operand in rows; what lies in
// columns is turned first, which is a fiftieth of the work.
#include "layers/layer.h"
#include "kernels/product.h"
#include <ATen/Parallel.h>
#include <cstring>

namespace mt {

bool is_short(const at::Tensor& t) { return t.scalar_type() == at::kBFloat16; }

namespace {

bf16* shorts(const at::Tensor& t) { return reinterpret_cast<bf16*>(t.data_ptr()); }
uint32_t* pairs(const at::Tensor& t) { return reinterpret_cast<uint32_t*>(t.data_ptr()); }

bool in_rows(const at::Tensor& t) { return t.stride(1) == 1 && t.stride(0) >= t.size(1); }
bool in_columns(const at::Tensor& t) { return t.stride(0) == 1 && t.stride(1) >= t.size(0); }

}  // namespace

at::Tensor rows_of(const at::Tensor& m) {
    if (in_rows(m)) return m;
    auto turned = at::empty(m.sizes(), m.options());
    turn(m.size(1), m.size(0), m.data_ptr<float>(), m.stride(1), turned.data_ptr<float>());
    return turned;
}

at::Tensor pairs_of(const at::Tensor& m) {
    const auto inner = m.size(0), columns = m.size(1);
    auto paired = at::empty({(inner + 1) / 2, columns}, m.options().dtype(at::kInt));
    if (is_short(m)) {
        pair_bf16(inner, columns, shorts(m), m.stride(0), pairs(paired));
    } else if (in_rows(m)) {
        pair_f32(inner, columns, m.data_ptr<float>(), m.stride(0), pairs(paired));
    } else {
        // Neighbours along the inner dimension are neighbours in memory: rounded, they are pairs already.
        auto rounded = at::empty({columns, inner}, m.options().dtype(at::kBFloat16));
        for (int64_t c = 0; c < columns; ++c)
            shorten(inner, m.data_ptr<float>() + c * m.stride(1), shorts(rounded) + c * inner);
        turn(columns, inner / 2, static_cast<float*>(rounded.data_ptr()), inner / 2, static_cast<float*>(paired.data_ptr()));
    }
    return paired;
}

Product product(int64_t rows, int64_t columns, const at::Tensor& left, bool turned, const at::Tensor& right, const at::Tensor& to) {
    Product p{};
    p.rows = rows;
    p.columns = columns;
    p.inner = right.size(0);
    p.left = left.data_ptr();
    p.left_stride = is_short(left) ? left.stride(0) / 2 : left.stride(0);
    p.left_turned = turned;
    p.right = right.data_ptr();
    p.right_stride = right.stride(0);
    p.result = to.data_ptr();
    p.result_stride = to.stride(0);
    p.result_short = is_short(to);
    return p;
}

void multiply(const Product& p, bool rounded) {
    if (rounded) product_bf16(p);
    else product_f32(p);
}

namespace {

// to [columns of left, columns of right] = leftᵀ right.
void inner_rows(const at::Tensor& left, const at::Tensor& right, const at::Tensor& to) {
    const auto rows = left.size(1), columns = right.size(1);
    if (!is_short(left) && columns < 16 && columns < rows && in_rows(right)) {
        // So few columns leave most of a tile empty.
        auto turned = at::empty({columns, rows}, to.options());
        inner_rows(right, left, turned);
        turn(columns, rows, turned.data_ptr<float>(), rows, to.data_ptr<float>());
        return;
    }
    if (is_short(left)) multiply(product(rows, columns, pairs_of(left), true, pairs_of(right), to), true);
    else multiply(product(rows, columns, left, true, right, to), false);
}

}  // namespace

Kept kept_of(const Cut& cut, const at::Tensor& sums) {
    Kept kept{};
    kept.data = cut.activation.data_ptr();
    kept.is_short = is_short(cut.activation);
    kept.stride = cut.activation.stride(0);
    kept.places = cut.places.defined() ? cut.places.data_ptr<int32_t>() : nullptr;
    kept.sums = sums.data_ptr<float>();
    return kept;
}

bool own_products(const at::Tensor& x, const at::Tensor& weight) {
    if (!x.is_cpu() || !weight.is_cpu() || x.dim() != 2 || weight.dim() != 2 || at::get_num_threads() != 1) return false;
    if (weight.scalar_type() != at::kFloat || !(in_rows(weight) || in_columns(weight)) || !in_rows(x)) return false;
    if (x.scalar_type() == at::kFloat) return has_product_f32();
    // Rows are read in pairs of columns.
    auto even = x.stride(0) % 2 == 0 && weight.size(0) % 2 == 0 && weight.size(1) % 2 == 0;
    return is_short(x) && even && has_product_bf16();
}

void own_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool relu, const at::Tensor& y) {
    auto right = is_short(x) ? pairs_of(weight.t()) : rows_of(weight.t());
    auto p = product(x.size(0), weight.size(0), x, false, right, y);
    p.bias = bias.defined() ? bias.data_ptr<float>() : nullptr;
    p.relu = relu;
    if (weight.size(0) == 1) column_f32(p);
    else multiply(p, is_short(x));
}

void own_value(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& head,
               const at::Tensor& tail, const at::Tensor& above, const at::Tensor& y) {
    auto parts = at::empty({x.size(0), 16}, y.options());
    auto right = is_short(x) ? pairs_of(weight.t()) : rows_of(weight.t());
    auto p = product(x.size(0), weight.size(0), x, false, right, parts);
    p.bias = bias.data_ptr<float>();
    p.value.head = head.data_ptr<float>();
    p.value.parts = parts.data_ptr<float>();
    p.value.above = above.defined() ? reinterpret_cast<uint16_t*>(above.data_ptr<int16_t>()) : nullptr;
    p.value.words = (weight.size(0) + 15) / 16;
    multiply(p, is_short(x));
    add_sixteen(x.size(0), parts.data_ptr<float>(), tail.data_ptr<float>()[0], y.data_ptr<float>());
}

void own_hidden_gradient(const at::Tensor& g, const at::Tensor& weight, const Cut& cut, const at::Tensor& to, const at::Tensor& sums) {
    auto right = is_short(g) ? pairs_of(weight) : rows_of(weight);
    auto p = product(g.size(0), weight.size(1), g, false, right, to);
    p.kept = kept_of(cut, sums);
    if (g.size(0) == 0) at::Tensor(sums).zero_();
    multiply(p, is_short(g));
}

void own_input_gradient(const at::Tensor& g, const at::Tensor& weight, const at::Tensor& places, const at::Tensor& to) {
    auto right = is_short(g) ? pairs_of(weight) : rows_of(weight);
    auto p = product(g.size(0), weight.size(1), g, false, right, to);
    if (places.defined()) {
        // The rows that nothing goes to.
        auto place = places.data_ptr<int32_t>();
        const auto size = static_cast<size_t>(to.size(1) * to.element_size());
        auto memory = static_cast<char*>(to.data_ptr());
        for (int64_t row = 0, next = 0; row < to.size(0); ++row) {
            if (next < places.size(0) && place[next] == row) ++next;
            else std::memset(memory + row * size, 0, size);
        }
    }
    p.places = places.defined() ? places.data_ptr<int32_t>() : nullptr;
    multiply(p, is_short(g));
}

void own_mask(const at::Tensor& g, const at::Tensor& y, const at::Tensor& places, const at::Tensor& rows, const at::Tensor& sums) {
    Mask m{};
    m.rows = rows.size(0);
    m.columns = rows.size(1);
    m.gradient = g.data_ptr();
    m.kept = y.defined() ? y.data_ptr() : nullptr;
    m.short_in = is_short(g);
    m.places = places.defined() ? places.data_ptr<int32_t>() : nullptr;
    m.out = rows.data_ptr();
    m.short_out = is_short(rows);
    m.sums = sums.data_ptr<float>();
    mask_f32(m);
}

void own_weight_gradient(const at::Tensor& g, const at::Tensor& x, const at::Tensor& to) {
    if (in_rows(to)) inner_rows(g, x, to);
    else inner_rows(x, g, to.t());
}

}  // namespace mt
