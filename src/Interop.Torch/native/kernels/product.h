// Matrix products fused with the elementwise parts of a dense layer, for processors with AVX-512.
//
// Why not the BLAS library: bias, ReLU, rounding and row scattering are applied in registers, so that no further
// pass over memory is needed, and operands in a suitable layout are not packed.
#pragma once
#include <cstdint>

namespace mt {

using bf16 = uint16_t;  // the bits

// Backward of ReLU, applied to a result: 0 where the activation is not above 0.
struct ReluMask {
    const void* data;  // float, or bfloat16 if is_bf16; null: no mask
    bool is_bf16;
    int64_t stride;    // in elements
    const int32_t* row_indices;  // row of the activation for each row of the result; null: the same row
    float* sums;                 // [columns]: output, the column sums of the result
    bool accumulates_sums;       // add to the present sums
};

// A weighted sum of each row of the results, which are not stored themselves.
struct Value {
    const float* head;  // [columns] or null
    float* parts;       // [rows, 16]: output, result times head, summed over every sixteenth column
    uint16_t* above;    // [rows, words of 16 columns]: output, bits of the results above 0; or null
    int64_t words;
};

// A second product of the same size, accumulated in registers: [left left'] [right; right'].
// Left is [rows, inner], never transposed; inner 0: none.
struct Second {
    const void* left;
    int64_t left_stride;
    const void* right;
    int64_t right_stride;
    int64_t inner;
};

// result = left right + bias. An element is a float or, for product_bf16, a pair of bfloat16
// along the inner dimension; sums are floats. Strides count elements.
struct Product {
    int64_t rows, columns, inner;
    const void* left;  // [rows, inner], or [inner, rows] if transposed
    int64_t left_stride;
    bool left_transposed;
    const void* right;  // [inner, columns]
    int64_t right_stride;
    const float* bias;  // [columns] or null
    bool relu;          // negatives become 0; NaN stays
    void* result;       // [rows, columns] of float, or of bfloat16 if result_bf16
    int64_t result_stride;
    bool result_bf16;
    const int32_t* row_indices;  // destination row of each row in the result; null: the same row
    Second second;
    bool accumulates;       // add to the present result (float, no row_indices) instead of a bias
    ReluMask relu_mask;     // with data: the result is a gradient
    Value value;            // with a head: the result is not stored
};

// Whether this processor has the instructions of both products.
bool has_product_f32();

void product_f32(const Product& product);
void product_bf16(const Product& product);

// Sums of selected rows of a source: result[r] = scale[r] · sum of weights[i] source[i] over the set bits i of row r.
// A product with a binary matrix, by lookup tables of all sums of five or six rows: see product_selected.cpp.
struct SelectedSums {
    int64_t rows, columns;
    const uint16_t* bits;  // [.., words]; the first of sixteen is the lowest
    int64_t words;
    const float* scale;     // [..] or null: 1
    const int32_t* row_indices;  // row of bits and scale for each row of the result; null: the same row
    const void* source;     // [sources, columns], float or bfloat16; sources <= 16 words
    int64_t sources, source_stride;
    bool source_bf16;
    const float* weights;  // [sources] or null: 1
    void* result;          // [rows, columns], float or bfloat16
    int64_t result_stride;
    bool result_bf16;
    const int32_t* result_row_indices;
    ReluMask relu_mask;
};
void selected_sums_f32(const SelectedSums& selected, void* workspace);

// Size of the workspace in bytes; it must be aligned to 64.
int64_t selected_sums_bytes(const SelectedSums& selected);

// to [columns] = the sum of g[r] over the rows r where the bit of the column is set.
void add_selected(int64_t rows, int64_t columns, const float* g, const uint16_t* bits, float* to);

// The last step of layers/value.h. Before: of_weight [inputs, units] and of_bias [units] lack the factor head[unit].
// After: multiplied by it, and of_head[unit] = Σ weight of_weight + bias of_bias of the values before.
void finish_value_gradient(int64_t inputs, int64_t units, const float* weight, const float* bias, const float* head,
                           float* of_weight, float* of_bias, float* of_head);

// to [columns, words of rows] = the transpose of from [rows, words of columns].
void transpose_bits(int64_t rows, int64_t columns, const uint16_t* from, uint16_t* to);

// product_f32 with one contiguous column on the right: a matrix-vector product.
void column_f32(const Product& product);

// to[r] = start + the sum of the sixteen numbers of row r.
void add_sixteen(int64_t rows, const float* parts, float start, float* to);

// Backward of ReLU and bias in one pass: out = gradient where activation > 0, elsewhere 0; sums[c] = the sum of a column
// of out. Row r is row row_indices[r] of gradient and activation (null: row r); without an activation nothing is masked.
// Gradient and activation are floats or (bf16_in) bfloat16, out likewise (bf16_out).
struct Mask {
    int64_t rows, columns;
    const void *gradient, *activation;
    bool bf16_in;
    const int32_t* row_indices;
    void* out;
    bool bf16_out;
    float* sums;
};
void mask_f32(const Mask& mask);

// to [columns] = the column sums of contiguous rows, float or bfloat16.
void add_rows(int64_t rows, int64_t columns, const void* from, bool is_bf16, float* to);

// Backward through a head with one output, for hidden results y [rows, columns], in one pass: out[r] = g[r] head
// where y is above 0, elsewhere 0, float or bfloat16; sums += its column sums; of_head [columns] = Σ g y over the rows.
struct HeadGradient {
    int64_t rows, columns;
    const float* g;         // [..]
    const float* y;         // [.., columns], contiguous
    const int32_t* row_indices;  // row of g and y for each row; null: the same row
    const float* head;
    void* out;
    bool out_bf16;
    float *sums, *of_head;
};
void head_gradient_f32(const HeadGradient& spread);

// Groups of at most 64 rows of a task; and the bits where y [tasks · rows, units] is above 0, by group and unit to
// to [tasks, groups, units], and by row to to_rows [tasks · rows, words].
int64_t row_groups(int64_t rows);
void positive_bits(int64_t tasks, int64_t rows, int64_t units, const float* y, uint64_t* to, uint16_t* to_rows);

// result [units, columns] = sum over tasks of diag(head of the task) times the sum of g[r] x[r] over its rows where the
// unit is above 0: the transposed gradient of the hidden layer's weight.
struct SelectedWeightGradient {
    int64_t tasks, rows, units, columns;  // rows per task
    const uint64_t* bits;                 // of positive_bits
    const float* g;                       // [tasks · rows]
    const float* x;                       // [tasks · rows, columns], contiguous
    const float* heads;                   // [tasks, units]
    float* result;
};
void selected_weight_gradient_f32(const SelectedWeightGradient& gradient, void* workspace);  // 64 bytes a unit, aligned to 64

// to [columns, rows] = the transpose of from [rows, columns]; for any type of four bytes.
void transpose(int64_t rows, int64_t columns, const float* from, int64_t from_stride, float* to);

// The right operand of product_bf16: rows 2 i and 2 i + 1 of from interleaved; a last odd row is paired with zeros.
void pair_f32(int64_t rows, int64_t columns, const float* from, int64_t from_stride, uint32_t* to);
void pair_bf16(int64_t rows, int64_t columns, const bf16* from, int64_t from_stride, uint32_t* to);

// Rounds count numbers to bfloat16, ties to even.
void round_to_bf16(int64_t count, const float* from, bf16* to);

}  // namespace mt
