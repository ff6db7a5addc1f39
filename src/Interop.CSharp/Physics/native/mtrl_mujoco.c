// For dladdr.
#define _GNU_SOURCE
#include "mtrl_mujoco.h"

#include <dlfcn.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>
#include <unistd.h>

#include "guard.h"
#include "memory_file.h"

// ---------------------------------------------------------------- errors and warnings

_Thread_local jmp_buf* mtrl_landing;
static _Thread_local char errorText[1024];

static void onError(const char* text) {
  snprintf(errorText, sizeof errorText, "%s", text);
  if (mtrl_landing) longjmp(*mtrl_landing, 1);
  // Only reachable when the engine fails outside the functions of this file.
  fprintf(stderr, "MuJoCo: %s\n", text);
  abort();
}

// Its counters tell; without a handler the engine writes a file.
static void onWarning(const char* text) { (void)text; }

int mtrl_refuse(const char* format, ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(errorText, sizeof errorText, format, values);
  va_end(values);
  return MTRL_FAILED;
}

int mtrl_start(int* headerVersion) {
  mju_user_error = onError;
  mju_user_warning = onWarning;
  *headerVersion = mjVERSION_HEADER;
  return mj_version();
}

// Only a library of ./mtrl physics has it (eng/physics.mk).
extern const char mtrl_engine_build[] __attribute__((weak));

void mtrl_engine(const char** file, const char** build) {
  Dl_info found;
  *file = dladdr((const void*)mj_version, &found) ? found.dli_fname : "";
  *build = mtrl_engine_build;
}

const char* mtrl_error(void) { return errorText; }

// Whether a position or a velocity is beyond MTRL_LARGEST, or NaN. The engine itself accepts up to 1e10.
static int isBeyond(int count, const mjtNum* numbers) {
  int beyond = 0;
  for (int i = 0; i < count; i++) beyond |= !(fabs(numbers[i]) <= MTRL_LARGEST);
  return beyond;
}

static int isUnsound(const mjModel* model, const mjData* data, double before) {
  return !(data->time >= before) || isBeyond(model->nq, data->qpos) || isBeyond(model->nv, data->qvel);
}

// After a bad number the engine resets the data, clears the counters and sets this one to 1: they
// count since the caller's reset. Full buffers are not an error: the engine continues without
// the surplus contacts.
static int outcome(const mjModel* model, const mjData* data, double before) {
  const int bad = data->warning[mjWARN_BADQPOS].number + data->warning[mjWARN_BADQVEL].number +
                  data->warning[mjWARN_BADQACC].number + data->warning[mjWARN_BADCTRL].number +
                  data->warning[mjWARN_INERTIA].number;
  return bad || isUnsound(model, data, before) ? MTRL_UNSTABLE : MTRL_OK;
}

// ---------------------------------------------------------------- models

int mtrl_load(const char* path, const char* xml, int length, mjModel** model, char* error,
              int capacity) {
  static const char name[] = "model.xml";
  mjVFS* volatile files = NULL;
  *model = NULL;
  error[0] = 0;
  GUARDED(
      {
        if (xml && !(files = mtrl_as_file(name, xml, length))) mju_error("out of memory for a document");
        *model = mj_loadXML(xml ? name : path, files, error, capacity);
        mj_freeLastXML();
      },
      mtrl_free_files(files))
  mtrl_free_files(files);
  return MTRL_OK;
}

int mtrl_load_compiled(const void* bytes, int length, mjModel** model) {
  static const char name[] = "model.mjb";
  mjVFS* volatile files = NULL;
  *model = NULL;
  GUARDED(
      {
        if (!(files = mtrl_as_file(name, bytes, length))) mju_error("out of memory for a compiled model");
        *model = mj_loadModel(name, files);
        if (!*model) mju_error("the compiled model is not one of this engine");
      },
      mtrl_free_files(files))
  mtrl_free_files(files);
  return MTRL_OK;
}

// The sizes of the arrays that a view has of its own.
#define SIZES(model)                                                                             \
  const size_t nbody = model->nbody, ngeom = model->ngeom, nsite = model->nsite, nv = model->nv, \
               nmat = model->nmat

// The arrays that a view has of its own.
#define OWNED(X)                \
  X(mjtNum, body_pos, 3 * nbody)   \
  X(mjtNum, geom_pos, 3 * ngeom)   \
  X(mjtNum, geom_size, 3 * ngeom)  \
  X(mjtNum, site_pos, 3 * nsite)   \
  X(mjtNum, site_size, 3 * nsite)  \
  X(mjtNum, dof_damping, nv)       \
  X(float, site_rgba, 4 * nsite)   \
  X(float, mat_rgba, 4 * nmat)

int mtrl_copy_model(const mjModel* source, mjModel** copy) {
  *copy = NULL;
  GUARDED(*copy = mj_copyModel(NULL, source), )
  // A view keeps these beside the memory that the engine copies as a whole.
  SIZES(source);
#define X(type, name, count) memcpy((*copy)->name, source->name, (count) * sizeof(type));
  OWNED(X)
#undef X
  return MTRL_OK;
}

static mjModel* viewOf(const mjModel* source) {
  SIZES(source);
#define X(type, name, count) +(count) * sizeof(type)
  mjModel* view = malloc(sizeof(mjModel) OWNED(X));
#undef X
  if (!view) mju_error("out of memory for a model");
  *view = *source;
  char* at = (char*)(view + 1);
#define X(type, name, count)                                \
  view->name = (type*)at;                                   \
  memcpy(view->name, source->name, (count) * sizeof(type)); \
  at += (count) * sizeof(type);
  OWNED(X)
#undef X
  return view;
}

int mtrl_share_model(const mjModel* source, mjModel** view) {
  *view = NULL;
  GUARDED(*view = viewOf(source), )
  return MTRL_OK;
}

void mtrl_free_shared(mjModel* view) { free(view); }

void mtrl_free_model(mjModel* model) { mj_deleteModel(model); }

#if mjVERSION_HEADER < 230
// Hands pages back to the system; they read as zeros when they are next used.
static void forget(void* from, size_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t first = ((size_t)from + page - 1) / page * page;
  const size_t end = ((size_t)from + bytes) / page * page;
  if (end > first) madvise((void*)first, end - first, MADV_DONTNEED);
}

// Room for njmax² products of constraints is 3 of the 3.3 MB that a world of Meta-World takes. Only the
// dual solvers use it, and write it before they read it; the engine has just filled it with zeros.
static void forgetPairs(const mjModel* model, mjData* data) {
  const size_t pairs = (size_t)model->njmax * model->njmax;
  forget(data->efc_AR, pairs * sizeof(mjtNum));
  forget(data->efc_AR_colind, pairs * sizeof(int));
}
#else
static void forgetPairs(const mjModel* model, mjData* data) {}
#endif

int mtrl_make_data(const mjModel* model, mjData** data) {
  *data = NULL;
  GUARDED(*data = mj_makeData(model), )
  forgetPairs(model, *data);
  return MTRL_OK;
}

void mtrl_free_data(mjData* data) { mj_deleteData(data); }

int mtrl_set_const(mjModel* model, mjData* data) {
  GUARDED(mj_setConst(model, data), )
  return MTRL_OK;
}

int mtrl_name_to_id(const mjModel* model, int type, const char* name) {
  return mj_name2id(model, type, name);
}

const char* mtrl_id_to_name(const mjModel* model, int type, int id) {
  return mj_id2name(model, type, id);
}

// ---------------------------------------------------------------- motion

int mtrl_reset(const mjModel* model, mjData* data) {
  GUARDED(mj_resetData(model, data), )
  forgetPairs(model, data);
  return MTRL_OK;
}

int mtrl_forward(const mjModel* model, mjData* data) {
  const double before = data->time;
  GUARDED(mj_forward(model, data), )
  return outcome(model, data, before);
}

int mtrl_forward_passive(const mjModel* model, mjData* data) {
  const double before = data->time;
  mjModel passive = *model;
  passive.opt.disableflags |= mjDSBL_ACTUATION;
  GUARDED(mj_forward(&passive, data), )
  return outcome(model, data, before);
}

// mj_step1 without mj_camlight, up to a seventh of a step of a small model: nothing but pictures needs cameras
// and lights, and mtrl_render computes them. Energies are not computed either.
static void beginStep(const mjModel* model, mjData* data) {
  if (mjVERSION_HEADER != 222 || mjcb_control) {
    mj_step1(model, data);
    return;
  }
  mj_checkPos(model, data);
  mj_checkVel(model, data);
  mj_kinematics(model, data);
  mj_comPos(model, data);
  mj_tendon(model, data);
  mj_crb(model, data);
  mj_factorM(model, data);
  mj_collision(model, data);
  mj_makeConstraint(model, data);
  mj_transmission(model, data);
  mj_projectConstraint(model, data);
  mj_sensorPos(model, data);
  mj_fwdVelocity(model, data);
  mj_sensorVel(model, data);
}

int mtrl_begin_step(const mjModel* model, mjData* data) {
  const double before = data->time;
  GUARDED(beginStep(model, data), )
  return outcome(model, data, before);
}

// The second half of a physics step. mj_step2 integrates by Euler's method whatever the model names; a
// Runge-Kutta step is mj_step without the stages that mj_step1 has computed.
static void endStep(const mjModel* model, mjData* data) {
  if (model->opt.integrator != mjINT_RK4) {
    mj_step2(model, data);
    return;
  }
  mj_forwardSkip(model, data, mjSTAGE_VEL, 0);
  mj_checkAcc(model, data);
  mj_RungeKutta(model, data, 4);
}

// Warnings since the caller's reset; the engine also clears the counters after a bad number, and sets one.
static int warnings(const mjData* data) {
  int sum = 0;
  for (int i = 0; i < mjNWARNING; i++) sum += data->warning[i].number;
  return sum;
}

int mtrl_control_step(const mjModel* model, mjData* data, const double* control, int substeps,
                      const double* const* sources, int count, double* out) {
  const double before = data->time;
  GUARDED(
      {
        memcpy(data->ctrl, control, model->nu * sizeof(double));
        endStep(model, data);
        for (int i = 1; i < substeps; i++) mj_step(model, data);
        beginStep(model, data);
      }, )
  if (warnings(data) || isUnsound(model, data, before)) return MTRL_UNSTABLE;
  for (int i = 0; i < count; i++) out[i] = *sources[i];
  return MTRL_OK;
}

int mtrl_advance(const mjModel* model, mjData* data, int substeps) {
  const double before = data->time;
  GUARDED(for (int i = 0; i < substeps; i++) mj_step(model, data), )
  return outcome(model, data, before);
}

static void command(const mjModel* model, mjData* data, int mocap, const double* pose,
                    const double* control) {
  if (pose) {
    memcpy(data->mocap_pos + 3 * mocap, pose, 3 * sizeof(double));
    memcpy(data->mocap_quat + 4 * mocap, pose + 3, 4 * sizeof(double));
  }
  memcpy(data->ctrl, control, model->nu * sizeof(double));
}

int mtrl_drive(const mjModel* model, mjData* data, int mocap, const double* pose,
               const double* control, int substeps, int repeats) {
  const double before = data->time;
  GUARDED(
      for (int r = 0; r < repeats; r++) {
        command(model, data, mocap, pose, control);
        for (int i = 0; i < substeps; i++) mj_step(model, data);
      }, )
  return outcome(model, data, before);
}

enum { MAX_POSITIONS = 128 };

// Whether the poses of the commanded bodies affect only the equality constraints: none of
// their geoms collides, and there are no tendons, sensors or further stages that mj_step would run.
// Only for engine versions whose mj_step equals the calls in `stepOn`.
static int feltByConstraintsOnly(const mjModel* model) {
  if (mjVERSION_HEADER != 222 || model->nq > MAX_POSITIONS || model->ntendon || model->nsensor || mjcb_control || mjcb_passive ||
      model->opt.integrator != mjINT_EULER || model->opt.enableflags || model->opt.disableflags)
    return 0;
  for (int g = 0; g < model->ngeom; g++)
    if (model->body_mocapid[model->geom_bodyid[g]] >= 0 &&
        (model->geom_contype[g] || model->geom_conaffinity[g]))
      return 0;
  return 1;
}

// mj_step where only mocap poses and controls have changed since mj_forward: inertias, contacts,
// velocities and passive forces are still those that it computed, to the last bit. Except where
// mj_kinematics, which normalises the quaternions of free bodies anew each time, changes a last
// bit again: then all must be computed anew, from the quaternions as they were.
static void stepOn(const mjModel* model, mjData* data, double* positions) {
  const size_t bytes = model->nq * sizeof(double);
  memcpy(positions, data->qpos, bytes);
  mj_checkPos(model, data);
  mj_checkVel(model, data);
  mj_kinematics(model, data);
  if (memcmp(positions, data->qpos, bytes)) {
    memcpy(data->qpos, positions, bytes);
    mj_step(model, data);
    return;
  }
  mj_comPos(model, data);
  mj_makeConstraint(model, data);
  mj_projectConstraint(model, data);
  mj_referenceConstraint(model, data);
  mj_fwdActuation(model, data);
  mj_fwdAcceleration(model, data);
  mj_fwdConstraint(model, data);
  mj_checkAcc(model, data);
  mj_Euler(model, data);
}

int mtrl_act(const mjModel* model, mjData* data, int mocap, const double* pose,
             const double* control, int substeps, int evaluated) {
  const double before = data->time;
  double positions[MAX_POSITIONS];
  GUARDED(
      {
        command(model, data, mocap, pose, control);
        int done = 0;
        if (evaluated && substeps > 0 && feltByConstraintsOnly(model)) {
          stepOn(model, data, positions);
          done = 1;
        }
        for (int i = done; i < substeps; i++) mj_step(model, data);
        mj_forward(model, data);
      }, )
  return outcome(model, data, before);
}

// ---------------------------------------------------------------- readings

static double normalForce(const mjData* data, int i) {
  const int address = data->contact[i].efc_address;
  return address < 0 ? 0.0 : data->efc_force[address];
}

double mtrl_pressure(const mjData* data, int by, int on) {
  double sum = 0;
  for (int i = 0; i < data->ncon; i++) {
    const int a = data->contact[i].geom1;
    const int b = data->contact[i].geom2;
    if ((a == by && b == on) || (a == on && b == by)) sum += normalForce(data, i);
  }
  return sum;
}

int mtrl_contact_count(const mjData* data) { return data->ncon; }

void mtrl_contact_geometry(const mjData* data, int index, double* out) {
  const mjContact* c = data->contact + index;
  out[0] = c->geom1;
  out[1] = c->geom2;
  out[2] = c->dim;
  out[3] = c->dist;
  memcpy(out + 4, c->pos, 3 * sizeof(double));
  memcpy(out + 7, c->frame, 9 * sizeof(double));
}

int mtrl_inertia(const mjModel* model, const mjData* data, double* matrix) {
  GUARDED(mj_fullM(model, matrix, data->qM), )
  return MTRL_OK;
}

// ---------------------------------------------------------------- state

#if mjVERSION_HEADER >= 300

int mtrl_state_size(const mjModel* model) {
  return (int)mj_stateSize(model, mjSTATE_INTEGRATION);
}

void mtrl_get_state(const mjModel* model, const mjData* data, double* state) {
  mj_getState(model, data, state, mjSTATE_INTEGRATION);
}

void mtrl_set_state(const mjModel* model, mjData* data, const double* state) {
  mj_resetData(model, data);
  mj_setState(model, data, state, mjSTATE_INTEGRATION);
}

#else

// The fields that mj_step reads before it has computed them anew.
#define STATE                   \
  X(qpos, m->nq)                \
  X(qvel, m->nv)                \
  X(act, m->na)                 \
  X(qacc_warmstart, m->nv)      \
  X(ctrl, m->nu)                \
  X(qfrc_applied, m->nv)        \
  X(xfrc_applied, 6 * m->nbody) \
  X(mocap_pos, 3 * m->nmocap)   \
  X(mocap_quat, 4 * m->nmocap)  \
  X(userdata, m->nuserdata)

int mtrl_state_size(const mjModel* m) {
#define X(name, size) +(size)
  return 1 STATE;
#undef X
}

void mtrl_get_state(const mjModel* m, const mjData* data, double* state) {
  *state++ = data->time;
#define X(name, size)                                 \
  memcpy(state, data->name, (size) * sizeof(double)); \
  state += (size);
  STATE
#undef X
}

void mtrl_set_state(const mjModel* m, mjData* data, const double* state) {
  // mj_resetData would clear 3 MB more, which the next step computes anew without looking at them.
  memset(data->warning, 0, sizeof data->warning);
  data->ncon = data->nefc = data->ne = data->nf = 0;
  data->time = *state++;
#define X(name, size)                                 \
  memcpy(data->name, state, (size) * sizeof(double)); \
  state += (size);
  STATE
#undef X
}

#endif
