// OpenGL contexts without a window; for the sources of the shim only.
#ifndef MTRL_GRAPHICS_H
#define MTRL_GRAPHICS_H

// All return MTRL_OK or MTRL_FAILED, with a text for mtrl_error().
int mtrl_context_make(void** context);
int mtrl_context_use(void* context);
void mtrl_context_leave(void);
void mtrl_context_free(void* context);

#endif
