// Functions of which the loader takes the form for this processor, whatever MTRL_KERNELS says.
#pragma once

#if defined(__x86_64__) && defined(__linux__)
#define MT_CLONES __attribute__((target_clones("arch=skylake-avx512", "avx2", "default")))
#else
#define MT_CLONES
#endif
