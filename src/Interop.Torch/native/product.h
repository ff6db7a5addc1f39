// Products of matrices with what stands around them in a dense layer, for processors with AVX-512.
//
// Why not the BLAS library: a result leaves the registers finished (bias added, negatives cut, rounded,
// rows put in their places), so that no further pass over memory is needed, and nothing is packed where
// the operands lie well already.
#pragma once
#include <cstdint>

namespace mt {

using bf16 = uint16_t;  // the bits

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
};

// Whether this processor can.
bool has_product_f32();
bool has_product_bf16();

void product_f32(const Product& product);
void product_bf16(const Product& product);

// product_f32 with one column, which lies without gaps in right: sums along the rows of left.
void column_f32(const Product& product);

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

// to [columns, rows] = the transpose of from [rows, columns]; moves any four bytes.
void turn(int64_t rows, int64_t columns, const float* from, int64_t from_stride, float* to);

// The right operand of product_bf16: rows 2 i and 2 i + 1 of from side by side; a last odd row meets zeros.
void pair_f32(int64_t rows, int64_t columns, const float* from, int64_t from_stride, uint32_t* to);
void pair_bf16(int64_t rows, int64_t columns, const bf16* from, int64_t from_stride, uint32_t* to);

// Rounds count numbers to bfloat16, ties to even.
void shorten(int64_t count, const float* from, bf16* to);

}  // namespace mt
