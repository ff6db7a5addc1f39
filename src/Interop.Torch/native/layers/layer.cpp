// See layer.h. Every product has its right operand in row-major order; a column-major operand is transposed first,
// at a fiftieth of the cost of the product.
#include "layers/layer.h"
#include "kernels/product.h"
#include <ATen/Parallel.h>
#include <cstring>

namespace mt {

bool is_bf16(const at::Tensor& t) { return t.scalar_type() == at::kBFloat16; }

namespace {

bf16* bf16_data(const at::Tensor& t) { return reinterpret_cast<bf16*>(t.data_ptr()); }
uint32_t* pairs(const at::Tensor& t) { return reinterpret_cast<uint32_t*>(t.data_ptr()); }

bool in_rows(const at::Tensor& t) { return t.stride(1) == 1 && t.stride(0) >= t.size(1); }
bool in_columns(const at::Tensor& t) { return t.stride(0) == 1 && t.stride(1) >= t.size(0); }

}  // namespace

at::Tensor rows_of(const at::Tensor& m) {
    if (in_rows(m)) return m;
    auto transposed = at::empty(m.sizes(), m.options());
    transpose(m.size(1), m.size(0), m.data_ptr<float>(), m.stride(1), transposed.data_ptr<float>());
    return transposed;
}

at::Tensor pairs_of(const at::Tensor& m) {
    const auto inner = m.size(0), columns = m.size(1);
    auto paired = at::empty({(inner + 1) / 2, columns}, m.options().dtype(at::kInt));
    if (is_bf16(m)) {
        pair_bf16(inner, columns, bf16_data(m), m.stride(0), pairs(paired));
    } else if (in_rows(m)) {
        pair_f32(inner, columns, m.data_ptr<float>(), m.stride(0), pairs(paired));
    } else {
        // The inner dimension is contiguous: rounded neighbours are pairs already.
        auto rounded = at::empty({columns, inner}, m.options().dtype(at::kBFloat16));
        for (int64_t c = 0; c < columns; ++c)
            round_to_bf16(inner, m.data_ptr<float>() + c * m.stride(1), bf16_data(rounded) + c * inner);
        transpose(columns, inner / 2, static_cast<float*>(rounded.data_ptr()), inner / 2, static_cast<float*>(paired.data_ptr()));
    }
    return paired;
}

Product product(int64_t rows, int64_t columns, const at::Tensor& left, bool transposed, const at::Tensor& right, const at::Tensor& to) {
    Product p{};
    p.rows = rows;
    p.columns = columns;
    p.inner = right.size(0);
    p.left = left.data_ptr();
    p.left_stride = is_bf16(left) ? left.stride(0) / 2 : left.stride(0);
    p.left_transposed = transposed;
    p.right = right.data_ptr();
    p.right_stride = right.stride(0);
    p.result = to.data_ptr();
    p.result_stride = to.stride(0);
    p.result_bf16 = is_bf16(to);
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
    if (!is_bf16(left) && columns < 16 && columns < rows && in_rows(right)) {
        // With so few columns most of a tile would be empty.
        auto transposed = at::empty({columns, rows}, to.options());
        inner_rows(right, left, transposed);
        transpose(columns, rows, transposed.data_ptr<float>(), rows, to.data_ptr<float>());
        return;
    }
    if (is_bf16(left)) multiply(product(rows, columns, pairs_of(left), true, pairs_of(right), to), true);
    else multiply(product(rows, columns, left, true, right, to), false);
}

}  // namespace

ReluMask relu_mask_of(const MaskedActivation& masked, const at::Tensor& sums) {
    ReluMask relu_mask{};
    relu_mask.data = masked.activation.data_ptr();
    relu_mask.is_bf16 = is_bf16(masked.activation);
    relu_mask.stride = masked.activation.stride(0);
    relu_mask.row_indices = masked.row_indices.defined() ? masked.row_indices.data_ptr<int32_t>() : nullptr;
    relu_mask.sums = sums.data_ptr<float>();
    return relu_mask;
}

bool has_layer_kernels(const at::Tensor& x, const at::Tensor& weight) {
    if (!x.is_cpu() || !weight.is_cpu() || x.dim() != 2 || weight.dim() != 2 || at::get_num_threads() != 1) return false;
    if (weight.scalar_type() != at::kFloat || !(in_rows(weight) || in_columns(weight)) || !in_rows(x)) return false;
    if (!has_product_f32()) return false;
    if (x.scalar_type() == at::kFloat) return true;
    // Rows are read in pairs of columns.
    auto even = x.stride(0) % 2 == 0 && weight.size(0) % 2 == 0 && weight.size(1) % 2 == 0;
    return is_bf16(x) && even;
}

void layer_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool relu, const at::Tensor& y) {
    auto right = is_bf16(x) ? pairs_of(weight.t()) : rows_of(weight.t());
    auto p = product(x.size(0), weight.size(0), x, false, right, y);
    p.bias = bias.defined() ? bias.data_ptr<float>() : nullptr;
    p.relu = relu;
    if (weight.size(0) == 1) column_f32(p);
    else multiply(p, is_bf16(x));
}

void value_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& head,
               const at::Tensor& tail, const at::Tensor& above, const at::Tensor& y) {
    auto parts = at::empty({x.size(0), 16}, y.options());
    auto right = is_bf16(x) ? pairs_of(weight.t()) : rows_of(weight.t());
    auto p = product(x.size(0), weight.size(0), x, false, right, parts);
    p.bias = bias.data_ptr<float>();
    p.value.head = head.data_ptr<float>();
    p.value.parts = parts.data_ptr<float>();
    p.value.above = above.defined() ? reinterpret_cast<uint16_t*>(above.data_ptr<int16_t>()) : nullptr;
    p.value.words = (weight.size(0) + 15) / 16;
    multiply(p, is_bf16(x));
    add_sixteen(x.size(0), parts.data_ptr<float>(), tail.data_ptr<float>()[0], y.data_ptr<float>());
}

void layer_hidden_gradient(const at::Tensor& g, const at::Tensor& weight, const MaskedActivation& masked, const at::Tensor& to,
                           const at::Tensor& sums) {
    auto right = is_bf16(g) ? pairs_of(weight) : rows_of(weight);
    auto p = product(g.size(0), weight.size(1), g, false, right, to);
    p.relu_mask = relu_mask_of(masked, sums);
    if (g.size(0) == 0) at::Tensor(sums).zero_();
    multiply(p, is_bf16(g));
}

void layer_input_gradient(const at::Tensor& g, const at::Tensor& weight, const at::Tensor& row_indices, const at::Tensor& to) {
    auto right = is_bf16(g) ? pairs_of(weight) : rows_of(weight);
    auto p = product(g.size(0), weight.size(1), g, false, right, to);
    if (row_indices.defined()) {
        // Rows without a source become 0.
        auto place = row_indices.data_ptr<int32_t>();
        const auto size = static_cast<size_t>(to.size(1) * to.element_size());
        auto memory = static_cast<char*>(to.data_ptr());
        for (int64_t row = 0, next = 0; row < to.size(0); ++row) {
            if (next < row_indices.size(0) && place[next] == row) ++next;
            else std::memset(memory + row * size, 0, size);
        }
    }
    p.row_indices = row_indices.defined() ? row_indices.data_ptr<int32_t>() : nullptr;
    multiply(p, is_bf16(g));
}

void relu_mask_backward(const at::Tensor& g, const at::Tensor& y, const at::Tensor& row_indices, const at::Tensor& rows,
                        const at::Tensor& sums) {
    Mask m{};
    m.rows = rows.size(0);
    m.columns = rows.size(1);
    m.gradient = g.data_ptr();
    m.activation = y.defined() ? y.data_ptr() : nullptr;
    m.bf16_in = is_bf16(g);
    m.row_indices = row_indices.defined() ? row_indices.data_ptr<int32_t>() : nullptr;
    m.out = rows.data_ptr();
    m.bf16_out = is_bf16(rows);
    m.sums = sums.data_ptr<float>();
    mask_f32(m);
}

void layer_weight_gradient(const at::Tensor& g, const at::Tensor& x, const at::Tensor& to) {
    if (in_rows(to)) inner_rows(g, x, to);
    else inner_rows(x, g, to.t());
}

}  // namespace mt
