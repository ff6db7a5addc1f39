// Numbers below the smallest normal one count as zero while an object of this type lives. Intel's processors
// compute with them a hundred times more slowly, and the moments of parameters without a gradient decay to them.
#pragma once
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace mt {

class FlushSubnormal {
public:
#if defined(__SSE2__)
    FlushSubnormal() : before(_mm_getcsr()) { _mm_setcsr(before | _MM_FLUSH_ZERO_ON | 0x0040u /* inputs, too */); }
    ~FlushSubnormal() { _mm_setcsr(before); }

private:
    const unsigned int before;
#else
    FlushSubnormal() {}
#endif
    FlushSubnormal(const FlushSubnormal&) = delete;
    FlushSubnormal& operator=(const FlushSubnormal&) = delete;
};

}  // namespace mt
