// Chooses the kernels of this processor; see plain_product.h.
#include "kernels/plain_product.h"
#include "kernels/product_avx2.h"

namespace mt {

bool has_plain_product() { return has_product_f32() || has_product_avx2(); }

void plain_product(const Product& product) { (has_product_f32() ? product_f32 : product_avx2)(product); }

void plain_transpose(int64_t rows, int64_t columns, const float* from, int64_t from_stride, float* to) {
    (has_product_f32() ? transpose : transpose_avx2)(rows, columns, from, from_stride, to);
}

}  // namespace mt
