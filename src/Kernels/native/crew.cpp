// A stage lasts a fraction of a millisecond, so that threads wait for each other by spinning before they let others run.
#include "crew.h"
#include <system_error>
#include <thread>
#include <vector>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace mt {

namespace {

const int spins = 4000;

void pause(int turn) {
    if (turn == spins) return std::this_thread::yield();
#if defined(__SSE2__)
    _mm_pause();
#endif
}

}  // namespace

void Crew::wait() {
    const int64_t mine = stage.load(std::memory_order_relaxed);
    if (waiting.fetch_add(1, std::memory_order_acq_rel) + 1 == size) {
        waiting.store(0, std::memory_order_relaxed);
        stage.store(mine + 1, std::memory_order_release);
    }
    for (int turn = 0; stage.load(std::memory_order_acquire) == mine; turn += turn < spins) {
        if (failed.load(std::memory_order_relaxed)) throw Abandoned{};
        pause(turn);
    }
}

void Crew::fail(std::exception_ptr exception) {
    const std::lock_guard<std::mutex> locked(lock);
    if (!failure) failure = exception;
    failed.store(true, std::memory_order_relaxed);
}

void Crew::work(int32_t thread, void (*body)(void*, Crew&, int32_t), void* data) {
    try {
        body(data, *this, thread);
    } catch (const Abandoned&) {
    } catch (...) {
        fail(std::current_exception());
    }
}

void Crew::run(int32_t threads, void (*body)(void*, Crew&, int32_t), void* data) {
    std::vector<std::thread> others;
    others.reserve(threads > 1 ? threads - 1 : 0);
    // Nobody begins before the number of threads is known: a body reads it.
    std::atomic<bool> known{false};
    try {
        for (int32_t thread = 1; thread < threads; ++thread)
            others.emplace_back([&, thread] {
                while (!known.load(std::memory_order_acquire)) std::this_thread::yield();
                work(thread, body, data);
            });
    } catch (const std::exception&) {
    }
    size = int32_t(others.size()) + 1;
    known.store(true, std::memory_order_release);
    work(0, body, data);
    for (auto& other : others) other.join();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace mt
