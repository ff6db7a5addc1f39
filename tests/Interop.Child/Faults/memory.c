// Large allocations that fail: of one thread, while it is armed. Preloaded into a test process. Those of malloc do not: libtorch's
// tensors are aligned, and the runtime's compiler ends the process when it has no memory for a method.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

// Smaller ones are the runtime's own, too.
enum { LARGE = 1 << 16 };

static __thread long large, failing = -1;

// Counts from 0; a negative number: none fails.
void memory_arm(long allocation) {
    large = 0;
    failing = allocation;
}

// How many large allocations there were.
long memory_disarm(void) {
    failing = -1;
    return large;
}

// Two in a row: TorchSharp allocates an empty tensor again after a garbage collection.
static int fails(size_t size) {
    if (size < LARGE) return 0;
    const long allocation = large++;
    return failing >= 0 && (allocation == failing || allocation == failing + 1);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    static int (*real)(void **, size_t, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "posix_memalign");
    return fails(size) ? ENOMEM : real(memory, alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    static void *(*real)(size_t, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "aligned_alloc");
    if (!fails(size)) return real(alignment, size);
    errno = ENOMEM;
    return NULL;
}
