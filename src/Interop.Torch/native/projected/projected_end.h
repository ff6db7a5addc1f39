// The gradients before the last layer of a projected critic, by the tables of product_selected.cpp and product_by_task.cpp:
// row r of task t has the gradient g[r] head_t at the last hidden layer, 0 where its result was not above 0.
#pragma once
#include <ATen/ATen.h>

namespace mt {

struct CriticEnd {
    int64_t tasks, rows;  // of each task
    const float* g;       // [tasks · rows]
    const float* heads;   // [tasks, units]
    at::Tensor above;     // [tasks · rows, words]: which hidden results are above 0
};

// Finds these bits in the hidden results y [tasks · rows, units], and, where it is defined, the gradient of their weight
// [inputs, units], for the layer's input x [tasks · rows, inputs].
void end_gradient(CriticEnd& end, const at::Tensor& y, const at::Tensor& x, const at::Tensor& of_weight);

// to [tasks · rows, columns] = the gradient at the layer times weightᵀ, for a weight [columns, units].
void end_product(const CriticEnd& end, const at::Tensor& weight, const at::Tensor& to);

}  // namespace mt
