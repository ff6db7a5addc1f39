// Graphs of a GPU: the kernels of a computation, captured once and launched together. Without CUDA's headers there are
// none (CMakeLists.txt).
#include "graphs.h"
#include "support.h"

#ifdef MT_CUDA_GRAPHS
#include <ATen/cuda/CUDAGraph.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/StreamGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/version.h>
#include <memory>

struct mt_graph {
    at::cuda::CUDAGraph kernels;
    // A capture takes a stream of its own: the current one until its end.
    std::unique_ptr<c10::StreamGuard> captured;
};

int32_t mt_graphs_available(void) { return 1; }

mt_graph* mt_graph_begin(int32_t device) {
    return mt::guarded(static_cast<mt_graph*>(nullptr), [&] {
        // Not freed where it fails: the allocator of the device then still refers to it.
        auto* graph = new mt_graph;
        const auto index = static_cast<c10::DeviceIndex>(device);
        at::detail::getCUDAHooks().deviceSynchronize(index);
        auto captured = std::make_unique<c10::StreamGuard>(c10::cuda::getStreamFromPool(false, index).unwrap());
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 2)
        // Other threads may go on using the device.
        graph->kernels.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
#else
        graph->kernels.capture_begin();
#endif
        graph->captured = std::move(captured);
        return graph;
    });
}

int32_t mt_graph_end(mt_graph* graph) {
    return mt::run([&] {
        // An exception restores the stream, too.
        const auto captured = std::move(graph->captured);
        graph->kernels.capture_end();
    });
}

int32_t mt_graph_launch(mt_graph* graph) { return mt::run([&] { graph->kernels.replay(); }); }
void mt_graph_free(mt_graph* graph) { delete graph; }

#else

int32_t mt_graphs_available(void) { return mt_graphs_of_device != nullptr; }

mt_graph* mt_graph_begin(int32_t) {
    return mt::guarded(static_cast<mt_graph*>(nullptr), [] {
        TORCH_CHECK(mt_graphs_of_device, "The native part was built without CUDA's headers: it has no graphs.");
        return mt_graphs_of_device()->begin();
    });
}

int32_t mt_graph_end(mt_graph* graph) {
    return mt::run([&] { mt_graphs_of_device()->end(graph); });
}

int32_t mt_graph_launch(mt_graph* graph) {
    return mt::run([&] { mt_graphs_of_device()->launch(graph); });
}

void mt_graph_free(mt_graph* graph) { mt_graphs_of_device()->free(graph); }

#endif
