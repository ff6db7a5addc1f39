// Gradients below the last layer of a projected critic, by the tables of product_selected.cpp and product_by_task.cpp:
// row r of task t has the gradient g[r] head_t at the last hidden layer, 0 where its result is not above 0.
#pragma once
#include <ATen/ATen.h>

namespace mt {

struct CriticHead {
    int64_t tasks, rows;  // per task
    const float* g;       // [tasks · rows]
    const float* heads;   // [tasks, units]
    at::Tensor above;     // [tasks · rows, words]: bits of the hidden results above 0
};

// Computes these bits from the hidden results y [tasks · rows, units], and, where of_weight [inputs, units] is defined,
// the gradient of the hidden layer's weight for its input x [tasks · rows, inputs].
void critic_head_gradient(CriticHead& end, const at::Tensor& y, const at::Tensor& x, const at::Tensor& of_weight);

// to [tasks · rows, columns] = the gradient at the layer times weightᵀ, for a weight [columns, units].
void critic_head_product(const CriticHead& end, const at::Tensor& weight, const at::Tensor& to);

}  // namespace mt
