/* io_fault: makes one write or sync below a folder fail, or it and all that follow. Loaded with LD_PRELOAD.
 *
 * Operations (write, writev, pwrite, pwritev, fsync, fdatasync, ftruncate, fallocate and their 64-bit names) on files
 * whose path begins with the folder are numbered from 1 in the order in which the process makes them.
 *
 *   SPINE_SHIM_FOLDER=DIR          the folder, absolute and without links
 *   SPINE_SHIM_OPERATIONS=FILE     appends one line per operation: number, name, path; " FAILED" behind one that was failed
 *   SPINE_SHIM_FAIL=N              operation N fails
 *   SPINE_SHIM_STICKY=1            and every later one too
 *   SPINE_SHIM_ERROR=EIO|ENOSPC    with this error; EIO when not given
 *   SPINE_SHIM_ERROR=KILL          the process is killed instead, before the operation
 *
 * Writes through a mapping and those inside the C library's own streams are not seen. */
#define _GNU_SOURCE
#include "report.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>

static atomic_long operations;
static const char* folder;
static size_t folder_length;
static long wanted;
static bool sticky;
static bool kills;
static int error_code = EIO;

__attribute__((constructor)) static void configure(void) {
    folder = getenv("SPINE_SHIM_FOLDER");
    folder_length = folder == NULL ? 0 : strlen(folder);
    const char* number = getenv("SPINE_SHIM_FAIL");
    wanted = number == NULL ? 0 : strtol(number, NULL, 10);
    sticky = getenv("SPINE_SHIM_STICKY") != NULL;
    const char* error = getenv("SPINE_SHIM_ERROR");
    if (error != NULL && strcmp(error, "ENOSPC") == 0)
        error_code = ENOSPC;
    kills = error != NULL && strcmp(error, "KILL") == 0;
}

/* Counts the operation if it is on a file below the folder; true when it is to fail. */
static bool fails(const char* name, int fd) {
    if (folder == NULL)
        return false;
    const int before = errno;
    char link[64];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length < 0)
        return false;
    path[length] = '\0';
    if (strncmp(path, folder, folder_length) != 0 || path[folder_length] != '/')
        return false;
    const long operation = atomic_fetch_add(&operations, 1) + 1;
    const bool fail = wanted != 0 && (operation == wanted || (sticky && operation > wanted));
    report("SPINE_SHIM_OPERATIONS", "%ld %s %s%s\n", operation, name, path, fail ? " FAILED" : "");
    if (fail && kills) {
        kill(getpid(), SIGKILL);
        for (;;)
            pause();
    }
    errno = fail ? error_code : before;
    return fail;
}

/* Defines one interposed function: its own name, type, parameters, arguments. */
#define INTERPOSE(type, name, parameters, arguments)                                                                   \
    type name parameters {                                                                                             \
        static type(*real) parameters;                                                                                 \
        if (real == NULL)                                                                                              \
            *(void**)&real = dlsym(RTLD_NEXT, #name);                                                                  \
        return fails(#name, fd) ? -1 : real arguments;                                                                 \
    }

INTERPOSE(ssize_t, write, (int fd, const void* bytes, size_t size), (fd, bytes, size))
INTERPOSE(ssize_t, writev, (int fd, const struct iovec* parts, int count), (fd, parts, count))
INTERPOSE(ssize_t, pwrite, (int fd, const void* bytes, size_t size, off_t at), (fd, bytes, size, at))
INTERPOSE(ssize_t, pwrite64, (int fd, const void* bytes, size_t size, off64_t at), (fd, bytes, size, at))
INTERPOSE(ssize_t, pwritev, (int fd, const struct iovec* parts, int count, off_t at), (fd, parts, count, at))
INTERPOSE(ssize_t, pwritev64, (int fd, const struct iovec* parts, int count, off64_t at), (fd, parts, count, at))
INTERPOSE(int, fsync, (int fd), (fd))
INTERPOSE(int, fdatasync, (int fd), (fd))
INTERPOSE(int, ftruncate, (int fd, off_t size), (fd, size))
INTERPOSE(int, ftruncate64, (int fd, off64_t size), (fd, size))
INTERPOSE(int, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size))
INTERPOSE(int, fallocate64, (int fd, int mode, off64_t at, off64_t size), (fd, mode, at, size))

/* These two return the error instead of setting errno. */
#define INTERPOSE_POSIX(name, offset)                                                                                  \
    int name(int fd, offset at, offset size) {                                                                         \
        static int (*real)(int, offset, offset);                                                                       \
        if (real == NULL)                                                                                              \
            *(void**)&real = dlsym(RTLD_NEXT, #name);                                                                  \
        return fails(#name, fd) ? error_code : real(fd, at, size);                                                     \
    }

INTERPOSE_POSIX(posix_fallocate, off_t)
INTERPOSE_POSIX(posix_fallocate64, off64_t)
