#include "attempt.h"
#include "mtrl_kernels.h"

int32_t mt_call_gradients(mt_gradients function, void** outputs, int64_t output_count, void** inputs, int64_t input_count,
                          void** weights, int64_t weight_count, int32_t retains, int32_t creates, mt_allocate allocate) {
    return mt::attempt([&] {
        function(outputs, output_count, inputs, input_count, weights, weight_count, retains != 0, creates != 0, true, allocate);
    });
}
