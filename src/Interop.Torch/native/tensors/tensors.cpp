// Lifetime, properties, creation and data of tensors.
#include "support.h"
#include <c10/core/GradMode.h>
#include <torch/version.h>

using namespace mt;

void mt_free(mt_tensor handle) { c10::raw::intrusive_ptr::decref(reinterpret_cast<c10::TensorImpl*>(handle)); }

int32_t mt_dimensions(mt_tensor x) { return static_cast<int32_t>(tensor(x).dim()); }

int32_t mt_shape(mt_tensor x, int64_t* sizes) {
    return run([&] { auto s = tensor(x).sizes(); std::copy(s.begin(), s.end(), sizes); });
}

int64_t mt_count(mt_tensor x) { return tensor(x).numel(); }
int64_t mt_element_size(mt_tensor x) { return static_cast<int64_t>(tensor(x).element_size()); }

void mt_tensor_options_of(mt_tensor x, mt_tensor_options* place) {
    const auto& t = tensor(x);
    *place = {static_cast<int32_t>(t.scalar_type()), static_cast<int32_t>(t.device().type()), t.device().index()};
}

int32_t mt_is_contiguous(mt_tensor x) { return tensor(x).is_contiguous(); }
int32_t mt_requires_grad(mt_tensor x) { return tensor(x).requires_grad(); }

int32_t mt_set_requires_grad(mt_tensor x, int32_t required) {
    return run([&] { at::Tensor(tensor(x)).requires_grad_(required != 0); });
}

void* mt_data(mt_tensor x) {
    return guarded(static_cast<void*>(nullptr), [&] { return static_cast<void*>(tensor(x).data_ptr()); });
}

int32_t mt_item(mt_tensor x, mt_scalar* value) {
    return run([&] {
        auto item = tensor(x).item();
        bool whole = !item.isFloatingPoint();
        *value = {item.toDouble(), whole ? item.toLong() : 0, whole};
    });
}

int32_t mt_copy(mt_tensor target, mt_tensor source) {
    return run([&] { at::Tensor(tensor(target)).copy_(tensor(source)); });
}

// Without version 2.2's copies of lists, one by one.
int32_t mt_copy_all(const mt_tensor* targets, const mt_tensor* sources, int32_t count) {
    return run([&] {
        const c10::NoGradGuard without_gradients;
        auto to = list(targets, count);
        const auto from = list(sources, count);
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 2)
        at::_foreach_copy_(to, from);
#else
        for (int32_t i = 0; i < count; ++i) to[i].copy_(from[i]);
#endif
    });
}

mt_tensor mt_empty(const int64_t* sizes, int32_t n, mt_tensor_options place) {
    return make([&] { return at::empty(shape(sizes, n), options(place)); });
}

mt_tensor mt_zeros(const int64_t* sizes, int32_t n, mt_tensor_options place) {
    return make([&] { return at::zeros(shape(sizes, n), options(place)); });
}

mt_tensor mt_full(const int64_t* sizes, int32_t n, mt_scalar value, mt_tensor_options place) {
    return make([&] { return at::full(shape(sizes, n), number(value), options(place)); });
}

mt_tensor mt_from_data(const void* data, const int64_t* sizes, int32_t n, int32_t type) {
    return make([&] {
        auto t = at::empty(shape(sizes, n), options({type, 0, -1}));
        // An empty tensor has no memory.
        if (t.nbytes()) std::memcpy(t.data_ptr(), data, t.nbytes());
        return t;
    });
}

mt_tensor mt_to(mt_tensor x, mt_tensor_options place) { return make([&] { return tensor(x).to(options(place)); }); }
