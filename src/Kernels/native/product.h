// Matrix products for rows of small networks: the bias or the addition to the present result, and ReLU, are applied in registers.
#pragma once
#include <cstdint>

namespace mt {

// A second product of the same size, accumulated in registers: [left left'] [right; right']. Inner 0: none.
struct Second {
    const float* left;  // [rows, inner]
    int64_t left_stride;
    const float* right;
    int64_t right_stride;
    int64_t inner;
};

// result = left right + bias. Strides count elements.
struct Product {
    int64_t rows, columns, inner;
    const float* left;  // [rows, inner], or [inner, rows] if transposed
    int64_t left_stride;
    bool left_transposed;
    const float* right;  // [inner, columns]
    int64_t right_stride;
    const float* bias;  // [columns] or null
    bool accumulates;   // add to the present result instead of a bias
    bool relu;          // negatives become 0; NaN stays
    float* result;      // [rows, columns]
    int64_t result_stride;
    Second second;
};

// Whether this processor has the instructions of one of the two: AVX-512, or AVX2 with FMA. MTRL_KERNELS=avx2 chooses the second.
bool has_product();

// Both add along the inner dimension in the same order, each factor fused with its addition: results are equal bit by bit.
void product(const Product& product);

// to [columns, rows] = the transpose of contiguous from [rows, columns].
void transpose(int64_t rows, int64_t columns, const float* from, float* to);

}  // namespace mt
