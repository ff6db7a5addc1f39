// Prints Layout.g.cs: where the fields of mjModel and mjData lie in the installed MuJoCo. Compiled
// and run at build time, so that no offset is ever guessed.
//
// Of mjModel all arrays with a fixed number of columns are listed (arrays of user data and
// key frames, whose width is itself a size, are left out); of mjData those that this project reads.
#include <mujoco/mjxmacro.h>
#include <mujoco/mujoco.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

// Later headers mark arrays of derived sizes with other macros; they are fields all the same.
#define XNV X
#define XMJV X

#define SIZE_AT(name) (int)offsetof(mjModel, name)

static const char* kind(const char* type) {
  if (!strcmp(type, "mjtNum")) return "Float64";
  if (!strcmp(type, "float")) return "Float32";
  if (!strcmp(type, "int")) return "Int32";
  return "Byte";
}

static void field(const char* name, int at, const char* type, int rowsAt, const char* columnsText,
                  int columns) {
  if (strstr(columnsText, "MJ_M")) return;
  printf("        [\"%s\"] = new(%d, ArrayKind.%s, %d, %d),\n", name, at, kind(type), rowsAt,
         columns);
}

int main(void) {
  printf("// Generated from mujoco.h %d by Physics/native/layout.c.\n", mjVERSION_HEADER);
  printf("namespace MtrlFunctional.Physics;\n\n");
  printf("internal static class Layout\n{\n");
  printf("    internal const int SizeBytes = %d;\n", (int)sizeof(((mjModel*)0)->nq));

#define SIZE(name) \
  printf("    internal const int Model_" #name " = %d;\n", (int)offsetof(mjModel, name));
  SIZE(nq) SIZE(nv) SIZE(nu) SIZE(nbody) SIZE(njnt) SIZE(ngeom) SIZE(nsite) SIZE(nmesh) SIZE(ncam)
  SIZE(nsensor) SIZE(nsensordata) SIZE(ntendon) SIZE(nlight) SIZE(nmat) SIZE(ntex)
  SIZE(nmocap)
#undef SIZE
  printf("    internal const int Model_timestep = %d;\n", (int)offsetof(mjModel, opt.timestep));

#define DATA(name) \
  printf("    internal const int Data_" #name " = %d;\n", (int)offsetof(mjData, name));
  DATA(time) DATA(qpos) DATA(qvel) DATA(qacc) DATA(qacc_warmstart) DATA(ctrl)
  DATA(mocap_pos) DATA(mocap_quat) DATA(xpos) DATA(xquat) DATA(xmat) DATA(geom_xpos)
  DATA(geom_xmat) DATA(site_xpos) DATA(site_xmat)
  DATA(xipos) DATA(sensordata) DATA(ten_length) DATA(nefc)
  DATA(qacc_smooth) DATA(qfrc_bias) DATA(qfrc_passive) DATA(qfrc_actuator) DATA(qfrc_constraint) DATA(actuator_force)
  DATA(efc_type) DATA(efc_force) DATA(efc_pos) DATA(efc_D) DATA(efc_R) DATA(efc_aref)
#undef DATA

#define OBJECT(name, value) printf("    internal const int Object_" #name " = %d;\n", value);
  OBJECT(Body, mjOBJ_BODY) OBJECT(BodyFrame, mjOBJ_XBODY) OBJECT(Joint, mjOBJ_JOINT) OBJECT(Geom, mjOBJ_GEOM)
  OBJECT(Site, mjOBJ_SITE) OBJECT(Camera, mjOBJ_CAMERA) OBJECT(Mesh, mjOBJ_MESH)
  OBJECT(Actuator, mjOBJ_ACTUATOR) OBJECT(Sensor, mjOBJ_SENSOR)
  OBJECT(Light, mjOBJ_LIGHT) OBJECT(Material, mjOBJ_MATERIAL) OBJECT(Texture, mjOBJ_TEXTURE) OBJECT(Tendon, mjOBJ_TENDON)
#undef OBJECT
  printf("    internal const int Weld = %d;\n", mjEQ_WELD);
  printf("    internal const int Hinge = %d;\n", mjJNT_HINGE);

  printf("\n    internal static readonly Dictionary<string, ModelArray> Arrays = new()\n    {\n");
  // Widths that are themselves sizes: printed text is tested, the value is not used.
#undef MJ_M
#define MJ_M(n) 0
#define X(type, name, rows, columns) \
  field(#name, (int)offsetof(mjModel, name), #type, SIZE_AT(rows), #columns, columns);
  MJMODEL_POINTERS
#undef X
  printf("    };\n");

  printf("\n    internal static readonly Dictionary<string, ModelField> Fields = new()\n    {\n");
#define FIELD(name, at, type, count) \
  printf("        [\"%s\"] = new(%d, ArrayKind.%s, %d),\n", name, (int)(at), kind(type), count);
#define X(name) FIELD(#name, offsetof(mjModel, name), "int", 1)
  if (sizeof(((mjModel*)0)->nq) == sizeof(int)) {
    MJMODEL_INTS
    X(nbuffer)
  }
#undef X
#define X(type, name) FIELD("opt." #name, offsetof(mjModel, opt.name), #type, 1)
  MJOPTION_FLOATS
  MJOPTION_INTS
#undef X
#define X(name, count) FIELD("opt." #name, offsetof(mjModel, opt.name), "mjtNum", count)
  MJOPTION_VECTORS
#undef X
#define STAT(name, count) FIELD("stat." #name, offsetof(mjModel, stat.name), "mjtNum", count)
  STAT(meaninertia, 1) STAT(meanmass, 1) STAT(meansize, 1) STAT(extent, 1) STAT(center, 3)
#undef STAT
#undef FIELD
  printf("    };\n}\n");
  return 0;
}
