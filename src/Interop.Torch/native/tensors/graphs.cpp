// Graphs of a GPU: the kernels of a computation, recorded once and launched together. Without CUDA's headers there are
// none (CMakeLists.txt).
#include "support.h"

#ifdef MT_CUDA_GRAPHS
#include <ATen/cuda/CUDAGraph.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/StreamGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <memory>

struct mt_graph {
    at::cuda::CUDAGraph kernels;
    // Recording takes a stream of its own: the current one until its end.
    std::unique_ptr<c10::StreamGuard> recorded;
};

int32_t mt_graphs_available(void) { return 1; }

mt_graph* mt_graph_begin(int32_t device) {
    return mt::guarded(static_cast<mt_graph*>(nullptr), [&] {
        auto graph = std::make_unique<mt_graph>();
        const auto index = static_cast<c10::DeviceIndex>(device);
        at::detail::getCUDAHooks().deviceSynchronize(index);
        graph->recorded = std::make_unique<c10::StreamGuard>(c10::cuda::getStreamFromPool(false, index).unwrap());
        graph->kernels.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
        return graph.release();
    });
}

int32_t mt_graph_end(mt_graph* graph) {
    return mt::run([&] {
        // An exception restores the stream, too.
        const auto recorded = std::move(graph->recorded);
        graph->kernels.capture_end();
    });
}

int32_t mt_graph_launch(mt_graph* graph) { return mt::run([&] { graph->kernels.replay(); }); }
void mt_graph_free(mt_graph* graph) { delete graph; }

#else

// A library that is loaded before this one may bring graphs, as the pretended GPU of the tests does.
struct mt_graphs {
    mt_graph* (*begin)();
    void (*end)(mt_graph*);
    void (*launch)(mt_graph*);
    void (*free)(mt_graph*);
};
extern "C" __attribute__((weak, visibility("default"))) const mt_graphs* mt_graphs_of_device(void);

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
