// Adam and the Polyak average of large vectors on processors with AVX-512: results are written past the caches, from which
// most are evicted before they are read; to be written in a cache, a line is first read from memory. Bit by bit the results
// of adam.cpp.
#pragma once
#include <cstdint>

namespace mt {

template <class T>
struct AdamFactors {
    T beta1, rest1, beta2, rest2, decay, root, epsilon, step;
};

// Whether a thread with so many results writes them so.
bool streams(int64_t count, float);
inline bool streams(int64_t, double) { return false; }

// Numbers before the first that begins a line.
template <class T>
int64_t before_line(const T* results) {
    return (64 - reinterpret_cast<uintptr_t>(results) % 64) % 64 / sizeof(T);
}

// For lines only, whose first number begins one: the numbers computed, at most n. `bad` is set if a result is not finite.
int64_t adam_streamed(int64_t n, const AdamFactors<float>& factors, const float* g, const float* p, const float* m, const float* v,
                      float* p1, float* m1, float* v1, bool& bad);
int64_t polyak_streamed(int64_t n, float tau, float rest, const float* p, const float* target, float* target1, bool& bad);

inline int64_t adam_streamed(int64_t, const AdamFactors<double>&, const double*, const double*, const double*, const double*,
                             double*, double*, double*, bool&) { return 0; }
inline int64_t polyak_streamed(int64_t, double, double, const double*, const double*, double*, bool&) { return 0; }

// Before other threads read the results.
void end_streams();

}  // namespace mt
