// Plain C contract between MtrlFunctional.Physics and the installed libmujoco.
//
// The engine reports a fatal error by calling a handler that must not return; the shim's handler
// jumps back into the function below that was called, which then returns MTRL_FAILED and keeps the
// text for mtrl_error(). Nothing is printed, nothing is written into the working directory, the
// process never exits. All functions may be called from several threads, but not on the same data.
#ifndef MTRL_MUJOCO_H
#define MTRL_MUJOCO_H

#include <mujoco/mujoco.h>

#define MTRL_API __attribute__((visibility("default")))

enum {
  MTRL_OK = 0,
  // The engine met a number it could not go on with and put the world back to its start; or a position or a
  // velocity is beyond MTRL_LARGEST.
  MTRL_UNSTABLE = 1,
  MTRL_FAILED = 2
};

// The largest sound position (metres, radians) and velocity (metres, radians a second).
#define MTRL_LARGEST 1e5

// Installs the handlers; returns mj_version(). headerVersion: the engine version it was compiled for.
MTRL_API int mtrl_start(int* headerVersion);

// Path of the engine's library in force, and what it says of its build: NULL unless ./mtrl physics made it.
MTRL_API void mtrl_engine(const char** file, const char** build);

// Text of this thread's last MTRL_FAILED.
MTRL_API const char* mtrl_error(void);

// From a file (xml = NULL) or from a text in memory. Not to be called from two threads at once. For documents of
// this program only: a fatal error leaves the engine's mutex locked, so that no later call would return.
MTRL_API int mtrl_load(const char* path, const char* xml, int length, mjModel** model, char* error,
                       int capacity);

// From the bytes of mj_saveModel, which mtrl_mujoco_loader makes of any document.
MTRL_API int mtrl_load_compiled(const void* bytes, int length, mjModel** model);
MTRL_API int mtrl_copy_model(const mjModel* source, mjModel** copy);
MTRL_API void mtrl_free_model(mjModel* model);

// A model with body_pos, geom_pos, geom_size, site_pos, site_size, site_rgba, mat_rgba and dof_damping of its own;
// all other arrays belong to `source`, which has to outlive the view. A copy (mtrl_copy_model) has its numbers.
MTRL_API int mtrl_share_model(const mjModel* source, mjModel** view);
MTRL_API void mtrl_free_shared(mjModel* view);
MTRL_API int mtrl_make_data(const mjModel* model, mjData** data);
MTRL_API void mtrl_free_data(mjData* data);
MTRL_API int mtrl_set_const(mjModel* model, mjData* data);
MTRL_API int mtrl_name_to_id(const mjModel* model, int type, const char* name);
MTRL_API const char* mtrl_id_to_name(const mjModel* model, int type, int id);

MTRL_API int mtrl_reset(const mjModel* model, mjData* data);
MTRL_API int mtrl_forward(const mjModel* model, mjData* data);
MTRL_API int mtrl_advance(const mjModel* model, mjData* data, int substeps);

// pose: position (3) and quaternion (4) of mocap body `mocap`, or NULL. control: nu numbers.
// Repeats { write pose, write control, substeps }.
MTRL_API int mtrl_drive(const mjModel* model, mjData* data, int mocap, const double* pose,
                        const double* control, int substeps, int repeats);

// One environment step: as mtrl_drive once, then mj_forward.
// evaluated: world and model are unchanged since the last mtrl_act; the results of its mj_forward
// are reused for the first substep. Results are bit-identical.
MTRL_API int mtrl_act(const mjModel* model, mjData* data, int mocap, const double* pose,
                      const double* control, int substeps, int evaluated);

// As mtrl_forward, without the forces of actuators.
MTRL_API int mtrl_forward_passive(const mjModel* model, mjData* data);

// The first half of a physics step: positions and velocities, and what follows from them.
MTRL_API int mtrl_begin_step(const mjModel* model, mjData* data);

// One control step of DeepMind Control: writes the control, completes the physics step whose first half
// is evaluated, takes substeps - 1 whole ones, and evaluates the first half of the next. Then copies `count`
// numbers from their addresses to `out`, unless the step failed. Any warning of the engine is MTRL_UNSTABLE.
MTRL_API int mtrl_control_step(const mjModel* model, mjData* data, const double* control, int substeps,
                               const double* const* sources, int count, double* out);

// The summed normal forces between two geoms.
MTRL_API double mtrl_pressure(const mjData* data, int by, int on);

// The full state of the world, as one vector. Setting it also clears the counters of
// bad numbers; derived values are undefined until the next step or forward evaluation.
MTRL_API int mtrl_state_size(const mjModel* model);
MTRL_API void mtrl_get_state(const mjModel* model, const mjData* data, double* state);
MTRL_API void mtrl_set_state(const mjModel* model, mjData* data, const double* state);

MTRL_API int mtrl_contact_count(const mjData* data);

// Contact i: geom1, geom2, dim, dist, pos (3), frame (9).
MTRL_API void mtrl_contact_geometry(const mjData* data, int index, double* out);

// The joint-space inertia [nv; nv] of the last evaluation.
MTRL_API int mtrl_inertia(const mjModel* model, const mjData* data, double* matrix);

#endif
