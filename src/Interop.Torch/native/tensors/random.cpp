// Generators as owned values; a null handle selects the default generator of the device.
#include "support.h"
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

using namespace mt;

static at::Generator* generator(mt_generator handle) { return reinterpret_cast<at::Generator*>(handle); }

static at::Generator generator_or_default(mt_generator handle, mt_tensor_options const& place) {
    return handle ? *generator(handle) : at::globalContext().defaultGenerator(device(place.device, place.index));
}

mt_generator mt_generator_new(uint64_t seed, int32_t type, int32_t index) {
    return guarded(static_cast<mt_generator>(nullptr), [&] {
        auto g = type == 0 ? at::detail::createCPUGenerator(seed)
                           : at::globalContext().defaultGenerator(device(type, index)).clone();
        g.set_current_seed(seed);
        return reinterpret_cast<mt_generator>(new at::Generator(std::move(g)));
    });
}

void mt_generator_free(mt_generator handle) { delete generator(handle); }

int32_t mt_generator_seed(mt_generator handle, uint64_t seed) {
    return run([&] { generator(handle)->set_current_seed(seed); });
}

mt_tensor mt_randn(const int64_t* sizes, int32_t n, mt_generator g, mt_tensor_options place) {
    return make([&] { return at::randn(shape(sizes, n), generator_or_default(g, place), options(place)); });
}

mt_tensor mt_rand(const int64_t* sizes, int32_t n, mt_generator g, mt_tensor_options place) {
    return make([&] { return at::rand(shape(sizes, n), generator_or_default(g, place), options(place)); });
}

