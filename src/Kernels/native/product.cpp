// Chooses the product of this processor.
#include "product.h"
#include <cstdlib>
#include <cstring>
#include "mtrl_kernels.h"

namespace mt {

void product_avx2(const Product& product);
void product_avx512(const Product& product);

namespace {

using Kernel = void (*)(const Product&);

Kernel choose() {
    const char* chosen = std::getenv("MTRL_KERNELS");
    const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && !(chosen && !std::strcmp(chosen, "avx2"));
    if (wide) return product_avx512;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? product_avx2 : nullptr;
}

Kernel kernel() {
    static const Kernel chosen = choose();
    return chosen;
}

}  // namespace

bool has_product() { return kernel() != nullptr; }

void product(const Product& product) { kernel()(product); }

void transpose(int64_t rows, int64_t columns, const float* from, float* to) {
    // Blocks whose rows and columns stay in the L1 cache.
    constexpr int64_t block = 16;
    for (int64_t r = 0; r < rows; r += block)
        for (int64_t c = 0; c < columns; c += block)
            for (int64_t j = c; j < columns && j < c + block; ++j)
                for (int64_t i = r; i < rows && i < r + block; ++i) to[j * rows + i] = from[i * columns + j];
}

}  // namespace mt

const char* mt_instruction_set(void) {
    const auto chosen = mt::kernel();
    return chosen == mt::product_avx512 ? "AVX-512" : chosen ? "AVX2" : "none";
}
