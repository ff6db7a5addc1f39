// A file that is in memory, for functions of the engine that read files; for the sources of the shim only.
#ifndef MTRL_MEMORY_FILE_H
#define MTRL_MEMORY_FILE_H

#include <mujoco/mujoco.h>
#include <stdlib.h>
#include <string.h>

// A virtual file system with one file; NULL: out of memory. The caller frees it with mtrl_free_files.
static inline mjVFS* mtrl_as_file(const char* name, const void* bytes, int length) {
  mjVFS* files = malloc(sizeof(mjVFS));
  if (!files) return NULL;
  mj_defaultVFS(files);
#if mjVERSION_HEADER >= 320
  const int failed = mj_addBufferVFS(files, name, bytes, length);
#else
  const int failed = mj_makeEmptyFileVFS(files, name, length);
  if (!failed) memcpy(files->filedata[files->nfile - 1], bytes, length);
#endif
  if (!failed) return files;
  mj_deleteVFS(files);
  free(files);
  return NULL;
}

static inline void mtrl_free_files(mjVFS* files) {
  if (!files) return;
  mj_deleteVFS(files);
  free(files);
}

#endif
