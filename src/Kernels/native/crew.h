// Threads of one call that share numbered pieces of work, stage by stage.
#pragma once
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>

namespace mt {

class Crew {
public:
    // Runs body(crew, thread) on as many threads at once, the first of which is the caller's; where the system gives fewer, on those.
    // Rethrows the first exception of a body, when all have ended.
    template <class Body>
    static void run(int32_t threads, Body&& body);

    // Calls work(k) for this thread's share of the pieces 0 … count − 1, then waits until the pieces of all threads are done.
    template <class Work>
    void share(int32_t thread, int64_t count, Work&& work) {
        for (int64_t k = thread; k < count; k += size) work(k);
        wait();
    }

private:
    // Thrown out of `wait` where another thread has failed.
    struct Abandoned {};

    void wait();
    void fail(std::exception_ptr);
    void work(int32_t thread, void (*body)(void*, Crew&, int32_t), void* data);
    void run(int32_t threads, void (*body)(void*, Crew&, int32_t), void* data);

    int32_t size = 1;
    std::atomic<int32_t> waiting{0};
    std::atomic<int64_t> stage{0};
    std::atomic<bool> failed{false};
    std::mutex lock;
    std::exception_ptr failure;
};

template <class Body>
void Crew::run(int32_t threads, Body&& body) {
    Crew crew;
    crew.run(threads, [](void* data, Crew& crew, int32_t thread) { (*static_cast<Body*>(data))(crew, thread); }, &body);
}

}  // namespace mt
