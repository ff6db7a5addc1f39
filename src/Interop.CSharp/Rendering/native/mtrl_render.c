#include "mtrl_render.h"

#include <stdlib.h>
#include <string.h>

#include "../../Physics/native/guard.h"
#include "graphics.h"

// Room for geoms, sites and lights of a scene beside those that the model counts.
enum { SURPLUS = 100 };

struct mtrl_canvas {
  int width, height;
  void* context;
  // The world that is drawn, as far as a picture needs it.
  mjData* data;
  mjvScene scene;
  mjvOption option;
  mjrContext engine;
  // As OpenGL returns them: rows from the bottom.
  unsigned char* pixels;
  // Sizes of the model that data and scene are allocated for.
  int nq, nv, nbody, njnt, ngeom, nsite, ncam, nlight, nmocap, nmesh, nskin, nskinvert, ntex, ntendon, nwrap;
};

// Letters of about a thirtieth of the picture's height.
static int fontScale(int height) {
  return height < 240 ? mjFONTSCALE_50
         : height < 600 ? mjFONTSCALE_100
         : height < 900 ? mjFONTSCALE_150
                        : mjFONTSCALE_200;
}

// A small picture shows no more of a large shadow map, which costs memory and time.
static int shadowSize(int most, const mtrl_canvas* canvas) {
  const int wanted = 4 * mju_max(canvas->width, canvas->height);
  int size = 256;
  while (size < wanted && size < most) size *= 2;
  return size < most ? size : most;
}

// What must be equal for a world to fit into the arrays of a canvas.
#define SIZES                                                                              \
  SIZE(nq) SIZE(nv) SIZE(nbody) SIZE(njnt) SIZE(ngeom) SIZE(nsite) SIZE(ncam) SIZE(nlight) \
  SIZE(nmocap) SIZE(nmesh) SIZE(nskin) SIZE(nskinvert) SIZE(ntex) SIZE(ntendon) SIZE(nwrap)

static void measure(mtrl_canvas* canvas, const mjModel* model) {
#define SIZE(name) canvas->name = model->name;
  SIZES
#undef SIZE
}

static int fits(const mtrl_canvas* canvas, const mjModel* model) {
#define SIZE(name) (canvas->name == model->name) &&
  return SIZES 1;
#undef SIZE
}

// The engine takes the size of its buffer from the model: from a copy, the caller's is read only.
static int prepare(mtrl_canvas* canvas, const mjModel* model, int samples, int effects) {
  mjModel* volatile sized = NULL;
  GUARDED(
      {
        sized = mj_copyModel(NULL, model);
        sized->vis.global.offwidth = canvas->width;
        sized->vis.global.offheight = canvas->height;
        sized->vis.quality.offsamples = samples;
        sized->vis.quality.shadowsize = shadowSize(sized->vis.quality.shadowsize, canvas);
        canvas->data = mj_makeData(model);
        mjv_defaultOption(&canvas->option);
        mjv_defaultScene(&canvas->scene);
        mjv_makeScene(model, &canvas->scene, model->ngeom + model->nsite + model->nlight + SURPLUS);
        if (!effects)
          canvas->scene.flags[mjRND_SHADOW] = canvas->scene.flags[mjRND_REFLECTION] =
              canvas->scene.flags[mjRND_SKYBOX] = 0;
        mjr_makeContext(sized, &canvas->engine, fontScale(canvas->height));
        mjr_setBuffer(mjFB_OFFSCREEN, &canvas->engine);
      },
      mj_deleteModel(sized))
  mj_deleteModel(sized);
  if (canvas->engine.currentBuffer != mjFB_OFFSCREEN)
    return mtrl_refuse("the graphics library cannot draw into a buffer of %d x %d", canvas->width,
                       canvas->height);
  return MTRL_OK;
}

void mtrl_canvas_free(mtrl_canvas* canvas) {
  if (!canvas) return;
  if (canvas->context) {
    if (mtrl_context_use(canvas->context) == MTRL_OK) {
      mjr_freeContext(&canvas->engine);
      mtrl_context_leave();
    }
    mtrl_context_free(canvas->context);
  }
  mjv_freeScene(&canvas->scene);
  mj_deleteData(canvas->data);
  free(canvas->pixels);
  free(canvas);
}

int mtrl_canvas_make(const mjModel* model, int width, int height, int samples, int effects,
                     mtrl_canvas** canvas) {
  mtrl_canvas* made = calloc(1, sizeof *made);
  *canvas = NULL;
  if (!made) return mtrl_refuse("out of memory for a canvas");
  made->width = width;
  made->height = height;
  measure(made, model);
  mjr_defaultContext(&made->engine);
  mjv_defaultScene(&made->scene);
  made->pixels = malloc(3 * (size_t)width * height);
  int status = made->pixels ? mtrl_context_make(&made->context)
                            : mtrl_refuse("out of memory for a picture of %d x %d", width, height);
  if (status == MTRL_OK) status = mtrl_context_use(made->context);
  if (status == MTRL_OK) {
    status = prepare(made, model, samples, effects);
    mtrl_context_leave();
  }
  if (status == MTRL_OK)
    *canvas = made;
  else
    mtrl_canvas_free(made);
  return status;
}

static mjvCamera cameraOf(int id, const double* view) {
  mjvCamera camera;
  mjv_defaultCamera(&camera);
  if (id >= 0) {
    camera.type = mjCAMERA_FIXED;
    camera.fixedcamid = id;
  } else {
    memcpy(camera.lookat, view, 3 * sizeof(double));
    camera.distance = view[3];
    camera.azimuth = view[4];
    camera.elevation = view[5];
  }
  return camera;
}

static void copyRows(const mtrl_canvas* canvas, unsigned char* rgb) {
  const size_t bytes = 3 * (size_t)canvas->width;
  for (int row = 0; row < canvas->height; row++)
    memcpy(rgb + row * bytes, canvas->pixels + (canvas->height - 1 - row) * bytes, bytes);
}

static void copyPlanes(const mtrl_canvas* canvas, unsigned char* planes) {
  const size_t width = canvas->width, plane = width * canvas->height;
  for (int row = 0; row < canvas->height; row++) {
    const unsigned char* from = canvas->pixels + 3 * width * (canvas->height - 1 - row);
    unsigned char* red = planes + width * row;
    for (size_t i = 0; i < width; i++) {
      red[i] = from[3 * i];
      red[plane + i] = from[3 * i + 1];
      red[2 * plane + i] = from[3 * i + 2];
    }
  }
}

// An upside-down camera is rolled by 180°.
static void setUpright(mjvScene* scene) {
  for (int eye = 0; eye < 2; eye++)
    if (scene->camera[eye].up[2] < 0)
      for (int i = 0; i < 3; i++) scene->camera[eye].up[i] *= -1;
}

static int draw(mtrl_canvas* canvas, const mjModel* model, const mjData* world, int id,
                const double* view, int upright, const char* caption) {
  mjData* const data = canvas->data;
  mjvCamera camera = cameraOf(id, view);
  const mjrRect whole = {0, 0, canvas->width, canvas->height};
  memcpy(data->qpos, world->qpos, model->nq * sizeof(double));
  memcpy(data->mocap_pos, world->mocap_pos, 3 * model->nmocap * sizeof(double));
  memcpy(data->mocap_quat, world->mocap_quat, 4 * model->nmocap * sizeof(double));
  GUARDED(
      {
        mj_kinematics(model, data);
        mj_comPos(model, data);
        mj_camlight(model, data);
        mj_tendon(model, data);
        mjv_updateScene(model, data, &canvas->option, NULL, &camera, mjCAT_ALL, &canvas->scene);
        if (upright) setUpright(&canvas->scene);
        mjr_render(whole, &canvas->scene, &canvas->engine);
        if (caption)
          mjr_overlay(mjFONT_NORMAL, mjGRID_TOPLEFT, whole, caption, NULL, &canvas->engine);
        mjr_readPixels(canvas->pixels, NULL, whole, &canvas->engine);
      }, )
  return MTRL_OK;
}

int mtrl_canvas_draw(mtrl_canvas* canvas, const mjModel* model, const mjData* data, int camera,
                     const double* view, int upright, const char* caption, int planes,
                     unsigned char* pixels) {
  if (!fits(canvas, model)) return mtrl_refuse("the world is of another scene than the canvas");
  if (mtrl_context_use(canvas->context) != MTRL_OK) return MTRL_FAILED;
  const int status = draw(canvas, model, data, camera, view, upright, caption);
  mtrl_context_leave();
  if (status == MTRL_OK) (planes ? copyPlanes : copyRows)(canvas, pixels);
  return status;
}
