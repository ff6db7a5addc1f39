// A device cuda:0 in main memory, for tests on machines without a GPU: operations run on the CPU, and those whose
// tensors are on different devices fail, as on a GPU. Its graphs repeat operations on the tensors of their capture, which all
// stay: it does not show what reuses the memory of others.
// Loaded beside a libtorch without CUDA, 1.13.
#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>
#include <cstdio>
#include "../../../src/Interop.Torch/native/tensors/graphs.h"

// An operation with the tensors that it had and made.
struct Operation {
    c10::OperatorHandle handle;
    torch::jit::Stack arguments;
    torch::jit::Stack results;
};

struct mt_graph {
    std::vector<Operation> operations;
};

namespace {

// The graph that is captured; none: operations are not.
mt_graph* captured = nullptr;

struct Launches {
    long graphs = 0, launches = 0;
    ~Launches() {
        if (graphs > 0) std::fprintf(stderr, "pretended GPU: %ld graphs, %ld launches\n", graphs, launches);
    }
} counted;

const c10::Device gpu(c10::DeviceType::CUDA, 0);
const c10::Device cpu(c10::DeviceType::CPU);

void release(void* storage) { delete static_cast<c10::Storage*>(storage); }

// The same memory as a storage of another device, which keeps the first one alive.
c10::Storage on(c10::Device device, const c10::Storage& storage) {
    auto memory = c10::DataPtr(storage.data(), new c10::Storage(storage), release, device);
    return {c10::Storage::use_byte_size_t(), storage.nbytes(), std::move(memory), c10::GetAllocator(c10::DeviceType::CPU), true};
}

void describe(const at::Tensor& t, const at::Tensor& like) {
    t.unsafeGetTensorImpl()->set_sizes_and_strides(like.sizes(), like.strides(), like.storage_offset());
}

// The same numbers as a tensor of another device.
at::Tensor alias(c10::Device device, const at::Tensor& t) {
    const auto key = device.is_cpu() ? c10::DispatchKey::CPU : c10::DispatchKey::CUDA;
    auto result = at::detail::make_tensor<c10::TensorImpl>(on(device, t.storage()), c10::DispatchKeySet(key), t.dtype());
    describe(result, t);
    return result;
}

struct Arguments {
    std::string operation;
    bool has_gpu = false;
    bool has_cpu = false;
    // Tensors of the GPU and their aliases.
    std::vector<std::pair<at::Tensor, at::Tensor>> aliases = {};

    at::Tensor on_cpu(const at::Tensor& t) {
        if (!t.defined()) return t;
        if (t.is_cpu()) {
            // As on a GPU, a number may stay in main memory where elements are combined.
            has_cpu |= t.dim() > 0 || operation == "aten::cat" || operation == "aten::stack";
            return t;
        }
        has_gpu = true;
        for (const auto& [mine, found] : aliases)
            if (mine.is_same(t)) return found;
        aliases.emplace_back(t, alias(cpu, t));
        return aliases.back().second;
    }

    c10::IValue on_cpu(const c10::IValue& value) {
        if (value.isTensor()) return on_cpu(value.toTensor());
        if (value.isDevice()) return cpu;
        if (value.isTensorList()) {
            c10::List<at::Tensor> list;
            for (const at::Tensor& t : value.toTensorVector()) list.push_back(on_cpu(t));
            return list;
        }
        if (value.isOptionalTensorList()) {
            c10::List<c10::optional<at::Tensor>> list;
            for (const c10::optional<at::Tensor>& t : value.toOptionalTensorVector())
                list.push_back(t ? c10::optional<at::Tensor>(on_cpu(*t)) : c10::nullopt);
            return list;
        }
        return value;
    }

    // What the operation resized.
    void follow() const {
        for (const auto& [mine, found] : aliases)
            if (found.sizes() != mine.sizes() || found.storage().data() != mine.storage().data()) {
                mine.unsafeGetTensorImpl()->set_storage_keep_dtype(on(gpu, found.storage()));
                describe(mine, found);
            }
    }

    // A result: the tensor that was changed in place, or a new one.
    at::Tensor on_gpu(const at::Tensor& t) const {
        if (!t.defined()) return t;
        for (const auto& [mine, found] : aliases)
            if (found.is_same(t)) return mine;
        return alias(gpu, t);
    }

    c10::IValue on_gpu(const c10::IValue& value) const {
        if (value.isTensor()) return on_gpu(value.toTensor());
        if (value.isTensorList()) {
            c10::List<at::Tensor> list;
            for (const at::Tensor& t : value.toTensorVector()) list.push_back(on_gpu(t));
            return list;
        }
        return value;
    }
};

void on_the_processor(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
    const auto& name = op.schema().name();
    Arguments arguments{name};
    const auto first = stack->end() - static_cast<std::ptrdiff_t>(op.schema().arguments().size());
    torch::jit::Stack on_cpu;
    for (auto value = first; value != stack->end(); ++value) on_cpu.push_back(arguments.on_cpu(*value));
    TORCH_CHECK(
        name == "aten::copy_" || !arguments.has_gpu || !arguments.has_cpu,
        "Expected all tensors to be on the same device, but ", name, " has some on cpu and some on ", gpu);
    TORCH_CHECK(
        !captured || (name != "aten::_local_scalar_dense" && (name != "aten::copy_" || !arguments.has_cpu)),
        "operation not permitted when stream is capturing: ", name);
    const torch::jit::Stack given(first, stack->end());
    stack->erase(first, stack->end());
    {
        at::AutoDispatchBelowAutograd guard;
        op.callBoxed(&on_cpu);
    }
    arguments.follow();
    torch::jit::Stack results;
    for (const auto& value : on_cpu) results.push_back(arguments.on_gpu(value));
    if (captured) captured->operations.push_back({op, given, results});
    stack->insert(stack->end(), results.begin(), results.end());
}

// Moves new numbers to the place of those of the capture.
void put(const at::Tensor& target, const at::Tensor& made) {
    if (!made.defined() || !made.is_cuda() || made.data_ptr() == target.data_ptr()) return;
    at::AutoDispatchBelowAutograd guard;
    alias(cpu, target).copy_(alias(cpu, made));
}

void put(const c10::IValue& target, const c10::IValue& made) {
    if (made.isTensor()) put(target.toTensor(), made.toTensor());
    if (!made.isTensorList()) return;
    const auto to = target.toTensorVector(), from = made.toTensorVector();
    for (size_t i = 0; i < from.size(); ++i) put(to[i], from[i]);
}

mt_graph* begin() { return captured = new mt_graph; }

void end(mt_graph*) {
    captured = nullptr;
    ++counted.graphs;
}

void launch(mt_graph* graph) {
    ++counted.launches;
    for (const auto& operation : graph->operations) {
        torch::jit::Stack stack = operation.arguments;
        on_the_processor(operation.handle, &stack);
        for (size_t i = 0; i < stack.size(); ++i) put(operation.results[i], stack[i]);
    }
}

void release_graph(mt_graph* graph) { delete graph; }

struct Guard final : c10::impl::DeviceGuardImplInterface {
    c10::DeviceType type() const override { return gpu.type(); }
    c10::Device exchangeDevice(c10::Device) const override { return gpu; }
    c10::Device getDevice() const override { return gpu; }
    void setDevice(c10::Device) const override {}
    void uncheckedSetDevice(c10::Device) const noexcept override {}
    c10::Stream getStream(c10::Device device) const noexcept override { return c10::Stream(c10::Stream::DEFAULT, device); }
    c10::Stream getDefaultStream(c10::Device device) const override { return c10::Stream(c10::Stream::DEFAULT, device); }
    c10::Stream exchangeStream(c10::Stream stream) const noexcept override { return stream; }
    c10::DeviceIndex deviceCount() const noexcept override { return 1; }
    void record(void**, const c10::Stream&, const c10::DeviceIndex, const c10::EventFlag) const override {}
    void block(void*, const c10::Stream&) const override {}
    bool queryEvent(void*) const override { return true; }
    void destroyEvent(void*, const c10::DeviceIndex) const noexcept override {}
};
C10_REGISTER_GUARD_IMPL(CUDA, Guard);

struct CUDAHooks final : at::CUDAHooksInterface {
    explicit CUDAHooks(at::CUDAHooksArgs) {}
    void initCUDA() const override {}
    bool hasCUDA() const override { return true; }
    bool hasPrimaryContext(int64_t) const override { return true; }
    int64_t current_device() const override { return 0; }
    int getNumGPUs() const override { return 1; }
    void deviceSynchronize(int64_t) const override {}
};
using at::CUDAHooksRegistry;
using at::RegistererCUDAHooksRegistry;
REGISTER_CUDA_HOOKS(CUDAHooks);

}  // namespace

const mt_graphs* mt_graphs_of_device(void) {
    static const mt_graphs graphs{begin, end, launch, release_graph};
    return &graphs;
}

TORCH_LIBRARY_IMPL(_, CUDA, library) {
    library.fallback(torch::CppFunction::makeFromBoxedFunction<&on_the_processor>());
}

// These have general implementations that need a real device.
TORCH_LIBRARY_IMPL(aten, CUDA, library) {
    for (const auto name : {"copy_", "convolution", "convolution_backward"})
        library.impl(name, torch::CppFunction::makeFromBoxedFunction<&on_the_processor>());
}
