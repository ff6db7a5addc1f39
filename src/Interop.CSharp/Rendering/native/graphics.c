// Contexts of OSMesa and EGL. The libraries are loaded by name on first use, so OpenGL is
// not needed to build or to run without rendering; the few declarations used are
// below.
#include "graphics.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../Physics/native/guard.h"
#include "mtrl_render.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int chosen;
static char rendererName[256];

static void* load(const char* const* names) {
  for (; *names; names++) {
    void* found = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
    if (found) return found;
  }
  return NULL;
}

// The engine resolves OpenGL functions from the global symbols.
static int publish(const char* const* names) {
  for (; *names; names++)
    if (dlopen(*names, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD)) return MTRL_OK;
  return mtrl_refuse("its symbols could not be made global");
}

// ---------------------------------------------------------------- OSMesa

enum { OSMESA_RGBA = 0x1908, GL_UNSIGNED_BYTE = 0x1401, GL_RENDERER = 0x1F01 };

static const char* const osmesaNames[] = {"libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so", NULL};
static void* (*osmesaCreate)(unsigned format, int depth, int stencil, int accum, void* share);
static unsigned char (*osmesaUse)(void* context, void* buffer, unsigned type, int width, int height);
static void (*osmesaFree)(void* context);
static void* (*osmesaFind)(const char* name);

// The engine draws into a buffer of its own; this one only has to be there.
enum { WINDOW = 16 };
static unsigned char window[4 * WINDOW * WINDOW];

static int osmesaOpen(void) {
  void* const library = load(osmesaNames);
  if (!library) return mtrl_refuse("libOSMesa is not installed");
  osmesaCreate = dlsym(library, "OSMesaCreateContextExt");
  osmesaUse = dlsym(library, "OSMesaMakeCurrent");
  osmesaFree = dlsym(library, "OSMesaDestroyContext");
  osmesaFind = dlsym(library, "OSMesaGetProcAddress");
  if (!osmesaCreate || !osmesaUse || !osmesaFree || !osmesaFind)
    return mtrl_refuse("libOSMesa lacks functions");
  return MTRL_OK;
}

// ---------------------------------------------------------------- EGL

enum {
  EGL_EXTENSIONS = 0x3055,
  EGL_OPENGL_API = 0x30A2,
  EGL_PLATFORM_DEVICE = 0x313F,
  EGL_RED_SIZE = 0x3024,
  EGL_GREEN_SIZE = 0x3023,
  EGL_BLUE_SIZE = 0x3022,
  EGL_ALPHA_SIZE = 0x3021,
  EGL_DEPTH_SIZE = 0x3025,
  EGL_STENCIL_SIZE = 0x3026,
  EGL_SURFACE_TYPE = 0x3033,
  EGL_PBUFFER_BIT = 0x0001,
  EGL_RENDERABLE_TYPE = 0x3040,
  EGL_OPENGL_BIT = 0x0008,
  EGL_NONE = 0x3038,
  MAX_DEVICES = 32
};

static const int configWanted[] = {EGL_RED_SIZE,     8,  EGL_GREEN_SIZE,   8,
                                   EGL_BLUE_SIZE,    8,  EGL_ALPHA_SIZE,   8,
                                   EGL_DEPTH_SIZE,   24, EGL_STENCIL_SIZE, 8,
                                   EGL_SURFACE_TYPE, EGL_PBUFFER_BIT,
                                   EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_NONE};

static const char* const eglNames[] = {"libEGL.so.1", "libEGL.so", NULL};
static void* (*eglFind)(const char* name);
static unsigned (*eglInitialize)(void* display, int* major, int* minor);
static unsigned (*eglTerminate)(void* display);
static unsigned (*eglBindAPI)(unsigned api);
static unsigned (*eglChooseConfig)(void*, const int* wanted, void** configs, int size, int* count);
static void* (*eglCreateContext)(void* display, void* config, void* share, const int* attributes);
static unsigned (*eglDestroyContext)(void* display, void* context);
static unsigned (*eglMakeCurrent)(void* display, void* draw, void* read, void* context);
static unsigned (*eglQueryDevices)(int most, void** devices, int* count);
static const char* (*eglQueryDeviceString)(void* device, int name);
static void* (*eglGetPlatformDisplay)(unsigned platform, void* native, const int* attributes);

static void* display;
static void* config;

static int isSoftware(void* device) {
  const char* extensions = eglQueryDeviceString ? eglQueryDeviceString(device, EGL_EXTENSIONS) : NULL;
  return extensions && strstr(extensions, "EGL_MESA_device_software");
}

static int eglTry(void* device) {
  int configs = 0;
  display = eglGetPlatformDisplay(EGL_PLATFORM_DEVICE, device, NULL);
  if (!display || !eglInitialize(display, NULL, NULL)) return 0;
  if (eglChooseConfig(display, configWanted, &config, 1, &configs) && configs > 0 &&
      eglBindAPI(EGL_OPENGL_API))
    return 1;
  eglTerminate(display);
  return 0;
}

static int eglOpen(int wanted, int hardware) {
  void* devices[MAX_DEVICES];
  int count = 0;
  void* const library = load(eglNames);
  if (!library) return mtrl_refuse("libEGL is not installed");
#define FIND(name) *(void**)&name = dlsym(library, #name)
  FIND(eglInitialize);
  FIND(eglTerminate);
  FIND(eglBindAPI);
  FIND(eglChooseConfig);
  FIND(eglCreateContext);
  FIND(eglDestroyContext);
  FIND(eglMakeCurrent);
#undef FIND
  eglFind = dlsym(library, "eglGetProcAddress");
  if (!eglFind || !eglInitialize || !eglTerminate || !eglBindAPI || !eglChooseConfig ||
      !eglCreateContext || !eglDestroyContext || !eglMakeCurrent)
    return mtrl_refuse("libEGL lacks functions");
  eglQueryDevices = eglFind("eglQueryDevicesEXT");
  eglQueryDeviceString = eglFind("eglQueryDeviceStringEXT");
  eglGetPlatformDisplay = eglFind("eglGetPlatformDisplayEXT");
  if (!eglQueryDevices || !eglGetPlatformDisplay || !eglQueryDevices(MAX_DEVICES, devices, &count))
    return mtrl_refuse("libEGL cannot list devices");
  if (wanted >= count) return mtrl_refuse("EGL finds %d device(s), there is no number %d", count, wanted);
  for (int d = wanted < 0 ? 0 : wanted; d < (wanted < 0 ? count : wanted + 1); d++)
    if (!(hardware && isSoftware(devices[d])) && eglTry(devices[d])) return MTRL_OK;
  return mtrl_refuse(hardware ? "EGL finds no GPU that answers" : "no EGL device answers");
}

// ---------------------------------------------------------------- either

// Creates a first context and reads the renderer's name, as a check that rendering works.
static int checkRenderer(void) {
  void* context;
  if (mtrl_context_make(&context) != MTRL_OK) return MTRL_FAILED;
  const int status = mtrl_context_use(context);
  if (status == MTRL_OK) {
    const unsigned char* (*glGetString)(unsigned) =
        chosen == MTRL_OSMESA ? osmesaFind("glGetString") : eglFind("glGetString");
    const unsigned char* name = glGetString ? glGetString(GL_RENDERER) : NULL;
    snprintf(rendererName, sizeof rendererName, "%s", name ? (const char*)name : "unknown");
    mtrl_context_leave();
  }
  mtrl_context_free(context);
  return status;
}

static int openLibrary(int wanted, int device, int hardware) {
  if (chosen)
    return chosen == wanted ? MTRL_OK : mtrl_refuse("this process draws with another library already");
  int status = wanted == MTRL_OSMESA ? osmesaOpen() : eglOpen(device, hardware);
  if (status == MTRL_OK) {
    chosen = wanted;
    status = checkRenderer();
    if (status == MTRL_OK) status = publish(wanted == MTRL_OSMESA ? osmesaNames : eglNames);
    if (status != MTRL_OK) chosen = 0;
  }
  return status;
}

int mtrl_graphics_open(int wanted, int device, int hardware) {
  pthread_mutex_lock(&gate);
  const int status = openLibrary(wanted, device, hardware);
  pthread_mutex_unlock(&gate);
  return status;
}

const char* mtrl_graphics_name(void) { return rendererName; }

int mtrl_context_make(void** context) {
  // EGL keeps the kind of context for each thread.
  *context = chosen == MTRL_OSMESA ? osmesaCreate(OSMESA_RGBA, 24, 8, 0, NULL)
             : eglBindAPI(EGL_OPENGL_API) ? eglCreateContext(display, config, NULL, NULL)
                                          : NULL;
  return *context ? MTRL_OK : mtrl_refuse("the graphics library made no context");
}

int mtrl_context_use(void* context) {
  const int used = chosen == MTRL_OSMESA
                       ? osmesaUse(context, window, GL_UNSIGNED_BYTE, WINDOW, WINDOW)
                       : eglBindAPI(EGL_OPENGL_API) && eglMakeCurrent(display, NULL, NULL, context);
  return used ? MTRL_OK : mtrl_refuse("the graphics library refused the context");
}

void mtrl_context_leave(void) {
  if (chosen == MTRL_OSMESA)
    osmesaUse(NULL, NULL, 0, 0, 0);
  else
    eglMakeCurrent(display, NULL, NULL, NULL);
}

void mtrl_context_free(void* context) {
  if (chosen == MTRL_OSMESA)
    osmesaFree(context);
  else
    eglDestroyContext(display, context);
}
