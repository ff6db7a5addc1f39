// A system clock that is set back or forward between any two readings: by seconds, days and decades, before 1970 and
// after 2038. The monotonic clock runs on. Preloaded into a training process.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <time.h>

static const long jumps[] = { 0, 86400, -1, -86400, 3600, -3600, 1000000000, 60, -2000000000, 1, 4000000000 };
static atomic_uint readings;

static long jump(void) { return jumps[atomic_fetch_add(&readings, 1) % (sizeof jumps / sizeof *jumps)]; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += jump();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int (*real)(struct timeval *restrict, void *restrict) = dlsym(RTLD_NEXT, "gettimeofday");
    int result = real(now, zone);
    now->tv_sec += jump();
    return result;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}
