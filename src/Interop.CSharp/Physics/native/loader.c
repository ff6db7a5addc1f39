// mtrl_mujoco_loader [FOLDER FILE]: compiles one MJCF model (without arguments: the text on its standard input) in
// a process of its own, so that no document can stop, crash or exhaust the process that wants the model.
//
// Standard output: 'M' and the compiled model (mj_saveModel), 'X' and the parser's complaint, or 'F' and a fatal
// error of the engine. A limit that is exceeded ends the process by a signal, SIGPROF for processor time.
// Files are opened only below FOLDER (without arguments: none), regular ones, for reading.
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "memory_file.h"

// Processor time: a second, and ten for each megabyte of the model's files. Wall time: a minute. Memory: 1 GiB.
enum { MICROSECONDS = 1000000, MICROSECONDS_A_BYTE = 10, WALL_SECONDS = 60, MEMORY = 1 << 30 };

#ifdef __SANITIZE_ADDRESS__
// The sanitizer takes terabytes of addresses and writes its findings; it limits allocations itself.
enum { IS_SANITIZED = 1 };
const char* __asan_default_options(void) { return "max_allocation_size_mb=1024"; }
#else
enum { IS_SANITIZED = 0 };
#endif

static int result;
// With a slash at its end.
static char folder[PATH_MAX + 1];

// ---------------------------------------------------------------- limits

static void allow(long long microseconds) {
  struct itimerval left = {0};
  getitimer(ITIMER_PROF, &left);
  left.it_interval = (struct timeval){0};
  microseconds += left.it_value.tv_sec * 1000000ll + left.it_value.tv_usec;
  left.it_value.tv_sec = microseconds / 1000000;
  left.it_value.tv_usec = microseconds % 1000000;
  setitimer(ITIMER_PROF, &left, NULL);
}

static void limit(int resource, rlim_t most) { setrlimit(resource, &(struct rlimit){most, most}); }

// The engine and its libraries open files by these functions; defined here, they replace the C library's.
// A path is resolved before it is opened: nothing outside the folder is, not even by a link.
static int openBelow(const char* path) {
  char real[PATH_MAX];
  struct stat facts;
  const size_t length = strlen(folder);
  if (!length || !realpath(path, real) || strncmp(real, folder, length) || stat(real, &facts) || !S_ISREG(facts.st_mode))
    return -1;
  allow(facts.st_size * MICROSECONDS_A_BYTE);
  return (int)syscall(SYS_openat, AT_FDCWD, real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
}

FILE* fopen(const char* path, const char* mode) {
  const int file = openBelow(path);
  return file < 0 ? NULL : fdopen(file, "r");
}

FILE* fopen64(const char* path, const char* mode) { return fopen(path, mode); }
int open(const char* path, int flags, ...) { return openBelow(path); }
int open64(const char* path, int flags, ...) { return openBelow(path); }

// ---------------------------------------------------------------- the result

static void answer(char kind, const void* bytes, size_t length) {
  const char* at = bytes;
  if (write(result, &kind, 1) != 1) _exit(1);
  while (length > 0) {
    const ssize_t written = write(result, at, length);
    if (written <= 0) _exit(1);
    at += written;
    length -= (size_t)written;
  }
  _exit(0);
}

static void onError(const char* text) { answer('F', text, strlen(text)); }
static void onWarning(const char* text) {}

static char* readAll(size_t* length) {
  size_t room = 1 << 16;
  char* text = malloc(room);
  for (ssize_t got = 1; got > 0; *length += (size_t)got) {
    if (*length == room) text = realloc(text, room *= 2);
    if (!text) onError("out of memory");
    got = read(0, text + *length, room - *length);
    if (got < 0) onError("the text could not be read");
  }
  return text;
}

int main(int count, char** words) {
  const int nowhere = (int)syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY);
  result = dup(1);
  dup2(nowhere, 1);
  if (!IS_SANITIZED) dup2(nowhere, 2);
  mju_user_error = onError;
  mju_user_warning = onWarning;

  size_t length = 0;
  char* const text = count == 1 ? readAll(&length) : NULL;
  if (count == 3 && realpath(words[1], folder)) strcat(folder, folder[1] ? "/" : "");
  if (!IS_SANITIZED) {
    limit(RLIMIT_AS, MEMORY);
    limit(RLIMIT_FSIZE, 0);
  }
  limit(RLIMIT_CORE, 0);
  alarm(WALL_SECONDS);
  allow(MICROSECONDS + (long long)length * MICROSECONDS_A_BYTE);

  char complaint[1024] = "";
  mjVFS* const files = text && length <= INT_MAX ? mtrl_as_file("model.xml", text, (int)length) : NULL;
  if (text && !files) onError("the text is too long");
  mjModel* const model = mj_loadXML(text ? "model.xml" : words[2], files, complaint, sizeof complaint);
  if (!model) answer('X', complaint, strlen(complaint));

  const int size = (int)mj_sizeModel(model);
  void* const bytes = malloc(size);
  if (!bytes) onError("out of memory for the compiled model");
  mj_saveModel(model, NULL, bytes, size);
  answer('M', bytes, size);
}
