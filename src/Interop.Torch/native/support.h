// Shared by all files: conversion of handles to tensors, and exception handling around every call.
#pragma once
#include <ATen/ATen.h>
#include <string>
#include "mtrl_torch.h"

namespace mt {

// at::Tensor is one intrusive pointer: a borrowed handle is read in place, without touching the count.
static_assert(sizeof(at::Tensor) == sizeof(void*), "at::Tensor is no longer a single pointer");
inline const at::Tensor& tensor(mt_tensor const& handle) { return *reinterpret_cast<const at::Tensor*>(&handle); }

inline mt_tensor release(at::Tensor&& tensor) { return reinterpret_cast<mt_tensor>(tensor.unsafeReleaseTensorImpl()); }

inline std::vector<at::Tensor> list(const mt_tensor* handles, int32_t count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(count);
    for (int32_t i = 0; i < count; ++i) tensors.push_back(tensor(handles[i]));
    return tensors;
}

inline at::IntArrayRef shape(const int64_t* sizes, int32_t dimensions) {
    return {sizes, static_cast<size_t>(dimensions)};
}

inline at::Scalar number(mt_scalar const& s) { return s.is_whole ? at::Scalar(s.whole) : at::Scalar(s.real); }

inline at::Device device(int32_t type, int32_t index) {
    return {static_cast<at::DeviceType>(type), static_cast<at::DeviceIndex>(type == 0 ? -1 : index)};
}

inline at::TensorOptions options(mt_tensor_options const& place) {
    return at::TensorOptions().dtype(static_cast<at::ScalarType>(place.type)).device(device(place.device, place.index));
}

void set_last_error(const char* text) noexcept;

// The message of libtorch without its C++ stack.
template <class Body, class Failed>
auto guarded(Failed failed, Body&& body) noexcept -> decltype(body()) {
    try {
        return body();
    } catch (const c10::Error& e) {
        set_last_error(e.what_without_backtrace());
    } catch (const std::exception& e) {
        set_last_error(e.what());
    } catch (...) {
        set_last_error("unknown C++ exception");
    }
    return failed;
}

template <class Body>
mt_tensor make(Body&& body) noexcept {
    return guarded(static_cast<mt_tensor>(nullptr), [&] { return release(body()); });
}

template <class Body>
int32_t run(Body&& body) noexcept {
    return guarded(int32_t{1}, [&] { body(); return int32_t{0}; });
}

}  // namespace mt
