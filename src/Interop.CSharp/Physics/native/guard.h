// How the functions of the shim survive a fatal error of the engine; for the sources of the shim only.
#ifndef MTRL_GUARD_H
#define MTRL_GUARD_H

#include <setjmp.h>

// Where this thread's error handler jumps to.
extern _Thread_local jmp_buf* mtrl_landing;

// Keeps a text for mtrl_error(); returns MTRL_FAILED.
int mtrl_refuse(const char* format, ...) __attribute__((format(printf, 1, 2)));

// Runs `work`; an engine error inside it runs `onFailure` and returns MTRL_FAILED.
#define GUARDED(work, onFailure)       \
  jmp_buf here;                        \
  jmp_buf* const outer = mtrl_landing; \
  if (_setjmp(here)) {                 \
    mtrl_landing = outer;              \
    onFailure;                         \
    return MTRL_FAILED;                \
  }                                    \
  mtrl_landing = &here;                \
  work;                                \
  mtrl_landing = outer;

#endif
