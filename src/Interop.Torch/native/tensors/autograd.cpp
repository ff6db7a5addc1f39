// Gradients of outputs with respect to given inputs.
#include "support.h"
#include <torch/csrc/autograd/autograd.h>

using namespace mt;

int32_t mt_grad(const mt_tensor* outputs, const mt_tensor* seeds, int32_t output_count, const mt_tensor* inputs,
                int32_t input_count, int32_t retain, int32_t create, int32_t allow_unused, mt_tensor* gradients) {
    return run([&] {
        auto result = torch::autograd::grad(
            list(outputs, output_count), list(inputs, input_count),
            seeds ? list(seeds, output_count) : std::vector<at::Tensor>{},
            retain != 0, create != 0, allow_unused != 0);
        for (int32_t i = 0; i < input_count; ++i)
            gradients[i] = result[i].defined() ? release(std::move(result[i])) : nullptr;
    });
}
