// Counts, fails and records the system calls on files below one folder. Preloaded into a test process, and loaded by it
// in place of libc, so that calls of the runtime and of the program pass here.
//   FAULTS_ONLY=name       only calls of this name count
//   FAULTS_NO_FLOCK=1      a file system without flock
//   FAULTS_READ_ONLY=path  a disk that cannot be written
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "players.h"

static char root[PATH_MAX];   // empty: not armed
static char target[PATH_MAX]; // of snapshots, or the record
static long calls, failing;
static int error_number;
static FILE *record;
static char failed[256];

enum { SNAPSHOT = -1, RECORD = -2 };

#define REAL(name)                                              \
    static __typeof__(name) *real;                              \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int is_below(const char *path) {
    size_t length = strlen(root);
    return length && path && !strncmp(path, root, length) && (path[length] == 0 || path[length] == '/');
}

static const char *path_of(int descriptor, char *buffer) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, buffer, PATH_MAX - 1);
    buffer[length < 0 ? 0 : length] = 0;
    return buffer;
}

// The folder before this call: what a process leaves that is killed here.
static void snapshot(void) {
    char copy[PATH_MAX + 32];
    snprintf(copy, sizeof copy, "%s/%ld", target, calls);
    pid_t child = vfork();
    if (child == 0) {
        char *none[] = { NULL };
        execle("/bin/cp", "cp", "-a", root, copy, (char *)NULL, none);
        _exit(127);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) { }
    if (status) abort();
}

// Whether this call has to fail; the error is set then.
static int fails(const char *name, const char *path) {
    const char *only = getenv("FAULTS_ONLY");
    if (!is_below(path) || (only && strcmp(only, name))) return 0;
    if (fails_playing(name, path + strlen(root))) return 1;
    int saved = errno;
    if (error_number == SNAPSHOT) snapshot();
    errno = saved;
    if (calls++ != failing || error_number <= 0) return 0;
    snprintf(failed, sizeof failed, "%s %.200s", name, path + strlen(root));
    errno = error_number;
    return 1;
}

static int fails_on(const char *name, int descriptor) {
    char buffer[PATH_MAX];
    if (!root[0]) return 0;
    return fails(name, path_of(descriptor, buffer));
}

// Inode numbers tell files apart after they are renamed.
static unsigned long inode_of(int descriptor) {
    struct stat found;
    return fstat(descriptor, &found) ? 0 : (unsigned long)found.st_ino;
}

static int is_recorded(const char *path) { return record && is_below(path); }

static void record_data(int descriptor, const void *data, size_t count, off_t offset) {
    char buffer[PATH_MAX];
    if (!record || !is_below(path_of(descriptor, buffer))) return;
    fprintf(record, "write\t%lu\t%s\t%ld\t", inode_of(descriptor), buffer, (long)offset);
    for (size_t i = 0; i < count; i++) fprintf(record, "%02x", ((const unsigned char *)data)[i]);
    fputc('\n', record);
}

void faults_arm(const char *folder, const char *into, long call, int error) {
    calls = 0;
    failed[0] = 0;
    failing = call;
    error_number = error;
    snprintf(target, sizeof target, "%s", into);
    record = error == RECORD ? fopen(into, "w") : NULL;
    snprintf(root, sizeof root, "%s", folder);
}

long faults_disarm(void) {
    root[0] = 0;
    if (record) fclose(record);
    record = NULL;
    return calls;
}

const char *faults_failed(void) { return failed; }

static int opened(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
    const char *read_only = getenv("FAULTS_READ_ONLY");
    if (read_only && !strncmp(path, read_only, strlen(read_only)) && (flags & (O_WRONLY | O_RDWR))) {
        errno = EROFS;
        return -1;
    }
    if (fails("open", path)) return -1;
    int is_new = (flags & O_CREAT) && access(path, F_OK);
    int descriptor = real(path, flags, mode);
    if (is_below(path)) note_opened(descriptor);
    if (descriptor >= 0 && is_recorded(path)) {
        if (is_new) fprintf(record, "create\t%lu\t%s\n", inode_of(descriptor), path);
        if (flags & O_TRUNC) fprintf(record, "truncate\t%lu\t%s\t0\n", inode_of(descriptor), path);
    }
    return descriptor;
}

#define OPEN(name)                                              \
    int name(const char *path, int flags, ...) {                \
        va_list arguments;                                      \
        va_start(arguments, flags);                             \
        mode_t mode = flags & O_CREAT ? va_arg(arguments, int) : 0; \
        va_end(arguments);                                      \
        REAL(name);                                             \
        return opened(real, path, flags, mode);                 \
    }
OPEN(open)
OPEN(open64)

#define ON_PATH(type, failure, name, parameters, ...)           \
    type name parameters {                                      \
        REAL(name);                                             \
        return fails(#name, path) ? failure : real(__VA_ARGS__); \
    }
ON_PATH(DIR *, NULL, opendir, (const char *path), path)
ON_PATH(int, -1, access, (const char *path, int mode), path, mode)
ON_PATH(int, -1, chmod, (const char *path, mode_t mode), path, mode)
ON_PATH(ssize_t, -1, readlink, (const char *path, char *buffer, size_t size), path, buffer, size)
ON_PATH(int, -1, statx, (int folder, const char *path, int flags, unsigned mask, struct statx *found), folder, path, flags, mask, found)

#define CHANGE(name, parameters, format, ...)                   \
    int name parameters {                                       \
        REAL(name);                                             \
        if (fails(#name, path)) return -1;                      \
        int result = real(__VA_ARGS__);                         \
        if (!result && is_recorded(path)) fprintf(record, #name "\t" format "\n", __VA_ARGS__); \
        return result;                                          \
    }
CHANGE(mkdir, (const char *path, mode_t mode), "%s\t%o", path, mode)
CHANGE(rmdir, (const char *path), "%s", path)
CHANGE(unlink, (const char *path), "%s", path)
CHANGE(rename, (const char *from, const char *path), "%s\t%s", from, path)
CHANGE(link, (const char *from, const char *path), "%s\t%s", from, path)

#define STAT(name)                                              \
    int name(int version, const char *path, void *found) {      \
        int (*real)(int, const char *, void *) = dlsym(RTLD_NEXT, #name); \
        return fails("stat", path) ? -1 : real(version, path, found); \
    }
STAT(__xstat64)
STAT(__lxstat64)

int __fxstat64(int version, int descriptor, void *found) {
    int (*real)(int, int, void *) = dlsym(RTLD_NEXT, "__fxstat64");
    return fails_on("fstat", descriptor) ? -1 : real(version, descriptor, found);
}

#define ON_FILE(type, name, parameters, ...)                    \
    type name parameters {                                      \
        REAL(name);                                             \
        return fails_on(#name, descriptor) ? -1 : real(__VA_ARGS__); \
    }
ON_FILE(int, fchmod, (int descriptor, mode_t mode), descriptor, mode)
ON_FILE(off64_t, lseek64, (int descriptor, off64_t offset, int whence), descriptor, offset, whence)
ON_FILE(ssize_t, read, (int descriptor, void *data, size_t count), descriptor, data, count)
ON_FILE(ssize_t, pread64, (int descriptor, void *data, size_t count, off64_t offset), descriptor, data, count, offset)

int flock(int descriptor, int operation) {
    REAL(flock);
    if (getenv("FAULTS_NO_FLOCK") || (me >= 0 && !has_flock)) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return fails_on("flock", descriptor) ? -1 : real(descriptor, operation);
}

int close(int descriptor) {
    REAL(close);
    int is_failing = fails_on("close", descriptor), error = errno;
    note_closed(descriptor);
    int result = real(descriptor);
    if (!is_failing) return result;
    errno = error;
    return -1;
}

int fsync(int descriptor) {
    char buffer[PATH_MAX];
    REAL(fsync);
    if (fails_on("fsync", descriptor)) return -1;
    if (record && is_below(path_of(descriptor, buffer))) fprintf(record, "fsync\t%lu\t%s\n", inode_of(descriptor), buffer);
    return real(descriptor);
}

int ftruncate64(int descriptor, off64_t length) {
    char buffer[PATH_MAX];
    REAL(ftruncate64);
    if (fails_on("ftruncate", descriptor)) return -1;
    if (record && is_below(path_of(descriptor, buffer))) fprintf(record, "truncate\t%lu\t%s\t%ld\n", inode_of(descriptor), buffer, (long)length);
    return real(descriptor, length);
}

ssize_t pwrite64(int descriptor, const void *data, size_t count, off64_t offset) {
    REAL(pwrite64);
    if (fails_on("pwrite", descriptor)) return -1;
    ssize_t written = real(descriptor, data, count, offset);
    if (written > 0) record_data(descriptor, data, written, offset);
    return written;
}

ssize_t write(int descriptor, const void *data, size_t count) {
    REAL(write);
    if (fails_on("write", descriptor)) return -1;
    off_t offset = record ? lseek(descriptor, 0, SEEK_CUR) : 0;
    ssize_t written = real(descriptor, data, count);
    if (written > 0) record_data(descriptor, data, written, offset);
    return written;
}
