// State of the process: errors, version, devices, threads, the gradient mode of the calling thread.
#include "support.h"
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/grad_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/version.h>

namespace mt {
static thread_local std::string last_error;

void set_last_error(const char* text) noexcept {
    try {
        last_error = text;
    } catch (...) {
        last_error.clear();
    }
}
}  // namespace mt

const char* mt_last_error(void) { return mt::last_error.c_str(); }
const char* mt_version(void) { return TORCH_VERSION; }

const char* mt_build(void) {
    static const std::string text = mt::guarded(std::string(), [] { return at::show_config(); });
    return text.c_str();
}

int32_t mt_cuda_available(void) {
    return mt::guarded(int32_t{0}, [] {
        const auto cuda = c10::DeviceType::CUDA;
        return int32_t{c10::impl::hasDeviceGuardImpl(cuda) && c10::impl::getDeviceGuardImpl(cuda)->deviceCount() > 0};
    });
}

int32_t mt_cuda_synchronize(int32_t index) {
    return mt::run([&] { at::detail::getCUDAHooks().deviceSynchronize(static_cast<at::DeviceIndex>(index)); });
}

int32_t mt_get_threads(void) { return at::get_num_threads(); }
int32_t mt_set_threads(int32_t count) { return mt::run([&] { at::set_num_threads(count); }); }
int32_t mt_manual_seed(int64_t seed) { return mt::run([&] { at::manual_seed(static_cast<uint64_t>(seed)); }); }
int32_t mt_grad_enabled(void) { return at::GradMode::is_enabled(); }
void mt_set_grad_enabled(int32_t enabled) { at::GradMode::set_enabled(enabled != 0); }
