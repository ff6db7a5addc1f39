// Products of matrices with what stands around them in a dense layer, for processors with AVX-512.
//
// Why not the BLAS library: a result leaves the registers finished (bias added, negatives cut, rounded,
// rows put in their places), so that no further pass over memory is needed, and nothing is packed where
// the operands lie well already.
#pragma once
#include <cstdint>

namespace mt {

using bf16 = uint16_t;  // the bits

// The activation, cut at 0, whose gradient a result is: the result becomes 0 where it is not above 0.
struct Kept {
    const void* data;  // float, or bfloat16 if is_short; null: the result stays as it is
    bool is_short;
    int64_t stride;         // in elements
    const int32_t* places;  // the row multiplied for each row of the result; null: the same row
    float* sums;            // [columns]: becomes the sums of the result's columns
    bool sums_go_on;        // the sums are added to the present values
};

// The results of a layer that only a weighted sum of each row is made of.
struct Value {
    const float* head;  // [columns] or null
    float* parts;       // [rows, 16]: becomes the result times head, summed over every sixteenth column
    uint16_t* above;    // [rows, words of 16 columns]: becomes which results are above 0; or null
    int64_t words;
};

// A second product of the same size whose result is added while the sums are in registers: [left left'] [right; right'].
// Left is [rows, inner], never turned; inner 0: none.
struct Second {
    const void* left;
    int64_t left_stride;
    const void* right;
    int64_t right_stride;
    int64_t inner;
};

// result = left right + bias. An element is a float or, for product_bf16, two neighbours along the inner
// dimension in bfloat16, whose sums are floats. Strides count elements.
struct Product {
    int64_t rows, columns, inner;
    const void* left;  // [rows, inner], or [inner, rows] if turned
    int64_t left_stride;
    bool left_turned;
    const void* right;  // [inner, columns]
    int64_t right_stride;
    const float* bias;  // [columns] or null
    bool relu;          // negatives become 0; NaN stays
    void* result;       // [rows, columns] of float, or of bfloat16 if short
    int64_t result_stride;
    bool result_short;
    const int32_t* places;  // the row of the result that each row becomes; null: its own
    Second second;
    bool adds;              // to what the result, of float and without places, holds, instead of a bias
    Kept kept;              // where it names something, the result is a gradient
    Value value;            // where it has a head, the result is not stored
};

// Whether this processor can.
bool has_product_f32();
bool has_product_bf16();

void product_f32(const Product& product);
void product_bf16(const Product& product);

// Sums of chosen rows of a source: result[r] = scale[r] · sum of weights[i] source[i] over the set bits i of row r.
// As a product with a matrix of zeros and ones, by tables of all sums of five or six rows: see product_selected.cpp.
struct Chosen {
    int64_t rows, columns;
    const uint16_t* bits;  // [.., words]; the first of sixteen is the lowest
    int64_t words;
    const float* scale;     // [..] or null: 1
    const int32_t* places;  // the row of bits and scale for each row of the result; null: its own
    const void* source;     // [sources, columns], float or bfloat16; sources <= 16 words
    int64_t sources, source_stride;
    bool source_short;
    const float* weights;  // [sources] or null: 1
    void* result;          // [rows, columns], float or bfloat16
    int64_t result_stride;
    bool result_short;
    const int32_t* result_places;
    Kept kept;
};
void chosen_f32(const Chosen& chosen, void* room);

// How many bytes of room that needs, at a multiple of 64.
int64_t chosen_room(const Chosen& chosen);

// to [columns] = the sum of g[r] over the rows r where the bit of the column is set.
void add_chosen(int64_t rows, int64_t columns, const float* g, const uint16_t* bits, float* to);

// The last steps of value.h. Before: of_weight [inputs, units] and of_bias [units] lack the factor head[unit].
// After: they have it, and of_head[unit] = Σ weight of_weight + bias of_bias as it was before.
void finish_value_gradient(int64_t inputs, int64_t units, const float* weight, const float* bias, const float* head,
                           float* of_weight, float* of_bias, float* of_head);

// to [columns, words of rows] = the transpose of from [rows, words of columns].
void turn_bits(int64_t rows, int64_t columns, const uint16_t* from, uint16_t* to);

// product_f32 with one column, which lies without gaps in right: sums along the rows of left.
void column_f32(const Product& product);

// to[r] = start + the sum of the sixteen numbers of row r.
void add_sixteen(int64_t rows, const float* parts, float start, float* to);

// What comes back to a layer, in one pass: out = where kept > 0: gradient, elsewhere 0; sums[c] = the sum of
// a column of out. Row r comes from row places[r] of gradient and kept (null: its own); kept null keeps all.
// Gradient and kept are floats or (short_in) bfloat16, out likewise (short_out).
struct Mask {
    int64_t rows, columns;
    const void *gradient, *kept;
    bool short_in;
    const int32_t* places;
    void* out;
    bool short_out;
    float* sums;
};
void mask_f32(const Mask& mask);

// to [columns] = the sums of the columns of rows without gaps, float or bfloat16.
void add_rows(int64_t rows, int64_t columns, const void* from, bool is_short, float* to);

// What comes back to a layer whose results y [rows, columns] a weighted sum joined, in one pass: out[r] = g[r] head
// where y is above 0, elsewhere 0, float or bfloat16; sums += its column sums; of_head [columns] = sum of g[r] y[place of r].
struct Spread {
    int64_t rows, columns;
    const float* g;         // [..]
    const float* y;         // [.., columns] without gaps
    const int32_t* places;  // the row of g and y for each row; null: its own
    const float* head;
    void* out;
    bool out_short;
    float *sums, *of_head;
};
void spread_f32(const Spread& spread);

// How many groups of at most 64 rows the rows of a task make, and from y [tasks · rows, units] for each group and unit
// which of them are above 0, to [tasks, groups, units]; and for each row which units, to_rows [tasks · rows, words].
int64_t spread_groups(int64_t rows);
void spread_bits(int64_t tasks, int64_t rows, int64_t units, const float* y, uint64_t* to, uint16_t* to_rows);

// result [units, columns] = sum over tasks of diag(head of the task) times the sum of g[r] x[r] over its rows where the
// unit is above 0: the gradient of the weight, turned, that made y from x.
struct SpreadWeight {
    int64_t tasks, rows, units, columns;  // rows of each task
    const uint64_t* bits;                 // of spread_bits
    const float* g;                       // [tasks · rows]
    const float* x;                       // [tasks · rows, columns] without gaps
    const float* heads;                   // [tasks, units]
    float* result;
};
void spread_weight_f32(const SpreadWeight& spread, void* room);  // of 64 bytes a unit, at a multiple of 64

// to [columns, rows] = the transpose of from [rows, columns]; moves any four bytes.
void turn(int64_t rows, int64_t columns, const float* from, int64_t from_stride, float* to);

// The right operand of product_bf16: rows 2 i and 2 i + 1 of from side by side; a last odd row is paired with zeros.
void pair_f32(int64_t rows, int64_t columns, const float* from, int64_t from_stride, uint32_t* to);
void pair_bf16(int64_t rows, int64_t columns, const bf16* from, int64_t from_stride, uint32_t* to);

// Rounds count numbers to bfloat16, ties to even.
void shorten(int64_t count, const float* from, bf16* to);

}  // namespace mt
