/*
 * Faults between a program and its disk, for LD_PRELOAD (fault-layer.ts compiles it). Every call that changes what lies below
 * TORTURE_ROOT has a number, counted over all processes. At number TORTURE_AT the machine "loses power": the group of
 * processes is killed before the call, after it, or when a part of its bytes is written (TORTURE_HOW). Calls from TORTURE_FAIL
 * on fail as on a full or broken disk, TORTURE_FAILURES of them (0: all). TORTURE_LOG gets each change with the bytes that it
 * replaced, so that what was not synced can be taken back. With TORTURE_CLOCK the time of day jumps by days.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE, SYNC, RENAME, UNLINK, CREATE, MKDIR, RMDIR };
/* Larger writes are logged without their bytes: they are those of large files that are written once, from their start. */
#define MOST_LOGGED (256 * 1024)

struct head { uint32_t magic, op; uint64_t seq, inode, offset, size, old, new; uint32_t path, path2; };

static struct { uint64_t count; } *shared;
static const char *root, *how;
static size_t root_length;
static int log_file = -1, failure;
static uint64_t at, fail_from, failures;
static int clock_jumps;

#define REAL(name) ((typeof(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static uint64_t number(const char *name) {
  const char *text = getenv(name);
  return text ? strtoull(text, 0, 10) : 0;
}

__attribute__((constructor)) static void begin(void) {
  clock_jumps = number("TORTURE_CLOCK");
  const char *counter = getenv("TORTURE_COUNTER");
  if (!counter) return;
  int file = REAL(open)(counter, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || REAL(ftruncate)(file, 64)) return;
  shared = mmap(0, 64, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (shared == MAP_FAILED) { shared = 0; return; }
  if (getenv("TORTURE_LOG")) log_file = REAL(open)(getenv("TORTURE_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  how = getenv("TORTURE_HOW") ?: "before";
  at = number("TORTURE_AT");
  fail_from = number("TORTURE_FAIL");
  failures = number("TORTURE_FAILURES");
  failure = number("TORTURE_ERRNO") ?: ENOSPC;
  root_length = strlen(getenv("TORTURE_ROOT") ?: "");
  root = getenv("TORTURE_ROOT");
}

/* Locks and the shared memory of SQLite are no data. */
static int counts(const char *path) {
  if (!shared || !root || strncmp(path, root, root_length)) return 0;
  size_t length = strlen(path);
  return !strstr(path, "lock.sqlite") && !(length > 4 && !strcmp(path + length - 4, "-shm"));
}

static int path_of(int file, char *path, size_t size) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, size - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return counts(path);
}

static int absolute(const char *name, char *path, size_t size) {
  if (name[0] == '/') snprintf(path, size, "%s", name);
  else if (getcwd(path, size)) strncat(strncat(path, "/", size - strlen(path) - 1), name, size - strlen(path) - 1);
  return counts(path);
}

static void die(void) { kill(0, SIGKILL); for (;;) pause(); }

/* The number of a call; the power may be lost before it. */
static uint64_t next(void) {
  uint64_t seq = __atomic_add_fetch(&shared->count, 1, __ATOMIC_SEQ_CST);
  if (at && seq >= at && (seq > at || !strcmp(how, "before"))) die();
  return seq;
}

static int fails(uint64_t seq) {
  return fail_from && seq >= fail_from && (!failures || seq < fail_from + failures);
}

static void done(uint64_t seq) { if (at && seq == at) die(); }

static void record(int op, uint64_t seq, uint64_t inode, uint64_t offset, uint64_t size, const char *path, const char *path2,
                   const void *old, size_t old_length, const void *new, size_t new_length) {
  if (log_file < 0) return;
  struct head head = {0x70757274, op, seq, inode, offset, size, old_length, new_length, strlen(path), strlen(path2)};
  struct iovec parts[] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)path2, head.path2},
                          {(void *)old, old_length}, {(void *)new, new_length}};
  if (REAL(writev)(log_file, parts, 5) < 0) die();
}

static void *read_range(const char *path, uint64_t offset, size_t length, size_t *found) {
  *found = 0;
  void *bytes = malloc(length + 1);
  int file = REAL(open)(path, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    ssize_t got = pread(file, bytes, length, offset);
    if (got > 0) *found = got;
    close(file);
  }
  return bytes;
}

static void log_write(uint64_t seq, int file, const char *path, uint64_t offset, const void *bytes, size_t length) {
  struct stat status;
  if (log_file < 0 || fstat(file, &status)) return;
  size_t old_length = 0;
  void *old = length <= MOST_LOGGED ? read_range(path, offset, length, &old_length) : 0;
  record(WRITE, seq, status.st_ino, offset, status.st_size, path, "", old ?: "", old_length, length <= MOST_LOGGED ? bytes : "",
         length <= MOST_LOGGED ? length : 0);
  free(old);
}

/* One write at an offset; `whole` does it. A torn one ends in the middle of a sector or between two. */
static ssize_t torn(int file, const char *path, uint64_t offset, const void *bytes, size_t length, ssize_t (*whole)(void *), void *call) {
  uint64_t seq = next();
  if (fails(seq)) { errno = failure; return -1; }
  if (at && seq == at && !strcmp(how, "torn")) {
    size_t part = length > 1 ? (length * (1 + at % 7)) / 8 : 0;
    log_write(seq, file, path, offset, bytes, part);
    if (REAL(pwrite)(file, bytes, part, offset) < 0) die();
    die();
  }
  log_write(seq, file, path, offset, bytes, length);
  ssize_t result = whole(call);
  done(seq);
  return result;
}

static uint64_t position(int file) {
  if (fcntl(file, F_GETFL) & O_APPEND) { struct stat status; fstat(file, &status); return status.st_size; }
  return lseek(file, 0, SEEK_CUR);
}

struct write_call { int file; const void *bytes; size_t length; off_t offset; };
static ssize_t do_write(void *c) { struct write_call *w = c; return REAL(write)(w->file, w->bytes, w->length); }
static ssize_t do_pwrite(void *c) { struct write_call *w = c; return REAL(pwrite)(w->file, w->bytes, w->length, w->offset); }

ssize_t write(int file, const void *bytes, size_t length) {
  char path[4096];
  struct write_call call = {file, bytes, length, 0};
  if (!path_of(file, path, sizeof path)) return do_write(&call);
  return torn(file, path, position(file), bytes, length, do_write, &call);
}
ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
  char path[4096];
  struct write_call call = {file, bytes, length, offset};
  if (!path_of(file, path, sizeof path)) return do_pwrite(&call);
  return torn(file, path, offset, bytes, length, do_pwrite, &call);
}
ssize_t pwrite64(int file, const void *bytes, size_t length, off_t offset) { return pwrite(file, bytes, length, offset); }

/* Of several pieces the first is one call; who wrote goes on with the others, as after every short write. */
ssize_t writev(int file, const struct iovec *parts, int count) {
  char path[4096];
  if (count < 1 || !path_of(file, path, sizeof path)) return REAL(writev)(file, parts, count);
  return write(file, parts[0].iov_base, parts[0].iov_len);
}
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset) {
  char path[4096];
  if (count < 1 || !path_of(file, path, sizeof path)) return REAL(pwritev)(file, parts, count, offset);
  return pwrite(file, parts[0].iov_base, parts[0].iov_len, offset);
}
ssize_t pwritev64(int file, const struct iovec *parts, int count, off_t offset) { return pwritev(file, parts, count, offset); }

int ftruncate(int file, off_t length) {
  char path[4096];
  if (!path_of(file, path, sizeof path)) return REAL(ftruncate)(file, length);
  uint64_t seq = next();
  if (fails(seq)) { errno = failure; return -1; }
  struct stat status;
  fstat(file, &status);
  size_t cut = 0;
  void *old = status.st_size > length && status.st_size - length <= 16 * MOST_LOGGED
                  ? read_range(path, length, status.st_size - length, &cut) : 0;
  record(TRUNCATE, seq, status.st_ino, length, status.st_size, path, "", old ?: "", cut, "", 0);
  free(old);
  int result = REAL(ftruncate)(file, length);
  done(seq);
  return result;
}
int ftruncate64(int file, off_t length) { return ftruncate(file, length); }

static int synced(int file, const char *name) {
  char path[4096];
  int (*sync)(int) = real(name);
  if (!path_of(file, path, sizeof path)) return sync(file);
  uint64_t seq = next();
  if (fails(seq)) { errno = failure == ENOSPC ? EIO : failure; return -1; }
  int result = sync(file);
  struct stat status;
  fstat(file, &status);
  record(SYNC, seq, status.st_ino, 0, 0, path, "", "", 0, "", 0);
  done(seq);
  return result;
}
int fsync(int file) { return synced(file, "fsync"); }
int fdatasync(int file) { return synced(file, "fdatasync"); }

/* A change of names: the content that is lost by it is logged, so that it can be taken back. */
static void log_names(int op, uint64_t seq, const char *path, const char *path2) {
  struct stat status;
  size_t length = 0;
  const char *gone = op == RENAME ? path2 : path;
  int is_file = !stat(gone, &status) && S_ISREG(status.st_mode) && status.st_size <= 16 * MOST_LOGGED;
  void *old = is_file && op != CREATE ? read_range(gone, 0, status.st_size, &length) : 0;
  record(op, seq, is_file, 0, is_file ? status.st_size : 0, path, path2, old ?: "", length, "", 0);
  free(old);
}

#define NAMES(op, result, function, ...)                                \
  uint64_t seq = next();                                                \
  if (fails(seq)) { errno = failure; return -1; }                       \
  log_names(op, seq, path, path2);                                      \
  result = REAL(function)(__VA_ARGS__);                                 \
  done(seq)

int rename(const char *from, const char *to) {
  char path[4096], path2[4096];
  if (!absolute(from, path, sizeof path) | !absolute(to, path2, sizeof path2)) return REAL(rename)(from, to);
  int result;
  NAMES(RENAME, result, rename, from, to);
  return result;
}
int unlink(const char *name) {
  char path[4096], path2[] = "";
  if (!absolute(name, path, sizeof path)) return REAL(unlink)(name);
  int result;
  NAMES(UNLINK, result, unlink, name);
  return result;
}
int mkdir(const char *name, mode_t mode) {
  char path[4096], path2[] = "";
  if (!absolute(name, path, sizeof path) || !access(path, F_OK)) return REAL(mkdir)(name, mode);
  int result;
  NAMES(MKDIR, result, mkdir, name, mode);
  return result;
}
int rmdir(const char *name) {
  char path[4096], path2[] = "";
  if (!absolute(name, path, sizeof path)) return REAL(rmdir)(name);
  int result;
  NAMES(RMDIR, result, rmdir, name);
  return result;
}

static int opened(const char *name, int flags, mode_t mode) {
  char path[4096], path2[] = "";
  if (!(flags & (O_CREAT | O_TRUNC)) || !absolute(name, path, sizeof path)) return REAL(open)(name, flags, mode);
  int there = !access(path, F_OK);
  if (there && (!(flags & O_TRUNC) || (flags & O_EXCL))) return REAL(open)(name, flags, mode);
  uint64_t seq = next();
  if (fails(seq)) { errno = failure; return -1; }
  /* A file that is emptied is as good as another one of its name. */
  if (there) log_names(UNLINK, seq, path, path2);
  log_names(CREATE, seq, path, path2);
  int result = REAL(open)(name, flags, mode);
  done(seq);
  return result;
}
int open(const char *name, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opened(name, flags, mode);
}
int open64(const char *name, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opened(name, flags, mode);
}

static long jump(void) {
  static unsigned calls;
  unsigned turn = (__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) * 2654435761u * clock_jumps) >> 20;
  return ((long)(turn % 4001) - 2000) * 3600;
}
int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = REAL(clock_gettime)(clock, time);
  if (clock_jumps && clock == CLOCK_REALTIME && !result) time->tv_sec += jump();
  return result;
}
int gettimeofday(struct timeval *time, void *zone) {
  int result = REAL(gettimeofday)(time, zone);
  if (clock_jumps && !result) time->tv_sec += jump();
  return result;
}
