#include "attempt.h"
#include <cstdio>
#include "mtrl_kernels.h"

static thread_local char last_error[256];

const char* mt_last_error(void) { return last_error; }

void mt::set_last_error(const char* text) noexcept { std::snprintf(last_error, sizeof last_error, "%s", text); }
