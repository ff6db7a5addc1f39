// Plain C contract between MtrlFunctional.Rendering and the engine's OpenGL renderer.
//
// The graphics library is loaded at run time, one for the whole process, because the engine keeps
// one table of OpenGL functions. A canvas is an OpenGL context of its own; it is made current at
// the beginning of each function and released at its end, so any thread may call, one at a time
// for each canvas.
#ifndef MTRL_RENDER_H
#define MTRL_RENDER_H

#include "../../Physics/native/mtrl_mujoco.h"

enum {
  // Software: libOSMesa.
  MTRL_OSMESA = 1,
  // Without a window on a device: libEGL.
  MTRL_EGL = 2
};

// Opens a library, once for each; MTRL_FAILED: see mtrl_error(). EGL takes the device
// `device` (-1: the first that works); hardware: rejects software renderers.
MTRL_API int mtrl_graphics_open(int library, int device, int hardware);

// Name of the renderer, for example "llvmpipe (LLVM 15.0.6, 256 bits)".
MTRL_API const char* mtrl_graphics_name(void);

typedef struct mtrl_canvas mtrl_canvas;

// A picture of fixed size for the worlds of `model` and of its copies. samples: for each pixel.
// effects: 0 without shadows, reflections and sky, 1 with them.
MTRL_API int mtrl_canvas_make(const mjModel* model, int width, int height, int samples, int effects,
                              mtrl_canvas** canvas);
MTRL_API void mtrl_canvas_free(mtrl_canvas* canvas);

// Draws a world, which is only read: poses are computed anew in the canvas's own data. camera: a
// camera's id, or -1 with `view` (point looked at, distance, azimuth, elevation in degrees).
// upright: an upside-down camera is turned. caption: text in the upper left corner, or
// NULL. planes: 0 for pixels [height; width; 3], 1 for [3; height; width]; rows from the top.
MTRL_API int mtrl_canvas_draw(mtrl_canvas* canvas, const mjModel* model, const mjData* data,
                              int camera, const double* view, int upright, const char* caption,
                              int planes, unsigned char* pixels);

#endif
