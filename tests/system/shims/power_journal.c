/* Writes down, in order, everything that a process does to the files of a folder and that a loss of power could take back, with what it syncs and when
 * it first answers; tests/system/power_cut.c makes of it what a disk could hold after the power went.
 *
 *   SPINE_SHIM_FOLDER=PATH    only files below this folder count; the path has no symbolic links
 *   SPINE_SHIM_JOURNAL=FILE   where it is written down; appended to
 *   SPINE_SHIM_SKIP_SYNC=N    the Nth sync is not done and not written down: a disk that lies, for tests of the test
 *
 * A record is a struct record with its names and bytes behind it. Shared memory (-shm) is left out: nothing of it survives. */
#define _GNU_SOURCE
#include "power_journal.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const char* folder;
static size_t folder_length;
static int journal = -1;
static long skipped, syncs;
static ino_t answers_to;
static bool answered;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void configure(void) {
    folder = getenv("SPINE_SHIM_FOLDER");
    folder_length = folder == NULL ? 0 : strlen(folder);
    const char* path = getenv("SPINE_SHIM_JOURNAL");
    if (folder == NULL || path == NULL)
        return;
    const char* skip = getenv("SPINE_SHIM_SKIP_SYNC");
    skipped = skip == NULL ? 0 : strtol(skip, NULL, 10);
    journal = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (journal < 0)
        abort(); /* a test that writes nothing down would prove nothing */
    struct stat info;
    answers_to = fstat(1, &info) == 0 ? info.st_ino : 0;
}

static void note(char kind, ino_t file, long long at, const void* bytes, size_t size, const char* name, const char* other) {
    struct record head = {kind, {0}, (unsigned long long)file, at, size, name == NULL ? 0 : (unsigned)strlen(name), other == NULL ? 0 : (unsigned)strlen(other)};
    struct iovec parts[4] = {{&head, sizeof head}, {(void*)name, head.name_size}, {(void*)other, head.other_size}, {(void*)bytes, bytes == NULL ? 0 : size}};
    if (syscall(SYS_writev, journal, parts, 4L) < 0)
        abort();
}

static bool is_shared_memory(const char* path) {
    const size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, "-shm") == 0;
}

/* The path below the folder; null when it is none of ours. */
static const char* below(const char* path, char* whole) {
    if (journal < 0)
        return NULL;
    if (path[0] != '/') {
        if (getcwd(whole, 2048) == NULL)
            return NULL;
        strncat(whole, "/", 2);
        strncat(whole, path, 2000);
        path = whole;
    }
    if (strncmp(path, folder, folder_length) != 0 || (path[folder_length] != '/' && path[folder_length] != '\0') || is_shared_memory(path))
        return NULL;
    return path[folder_length] == '\0' ? "" : path + folder_length + 1;
}

/* The file that a descriptor is of, if it is one of ours; and its name. */
static ino_t ours(int fd, char* path, const char** name, bool* is_folder) {
    if (journal < 0)
        return 0;
    const int before = errno;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, path, 4000);
    struct stat info;
    errno = before;
    if (length < 0)
        return 0;
    path[length] = '\0';
    char whole[4100];
    *name = below(path, whole);
    if (*name == NULL || fstat(fd, &info) != 0)
        return 0;
    *is_folder = S_ISDIR(info.st_mode);
    return info.st_ino;
}

#define REAL(type, name, parameters)                                                                                                                  \
    static type(*real) parameters;                                                                                                                     \
    if (real == NULL)                                                                                                                                  \
        *(void**)&real = dlsym(RTLD_NEXT, #name);

static long long place_of(int fd) {
    struct stat info;
    if ((fcntl(fd, F_GETFL) & O_APPEND) != 0 && fstat(fd, &info) == 0)
        return info.st_size;
    return lseek(fd, 0, SEEK_CUR);
}

static void answer(int fd) {
    struct stat info;
    if (journal < 0 || answered || answers_to == 0 || fstat(fd, &info) != 0 || info.st_ino != answers_to)
        return;
    answered = true;
    note('A', 0, 0, NULL, 0, NULL, NULL);
}

ssize_t write(int fd, const void* bytes, size_t size) {
    REAL(ssize_t, write, (int, const void*, size_t))
    char path[4100];
    const char* name;
    bool is_folder;
    const ino_t file = ours(fd, path, &name, &is_folder);
    if (file == 0) {
        answer(fd);
        return real(fd, bytes, size);
    }
    pthread_mutex_lock(&order);
    const long long at = place_of(fd);
    const ssize_t wrote = real(fd, bytes, size);
    if (wrote > 0)
        note('W', file, at, bytes, (size_t)wrote, NULL, NULL);
    pthread_mutex_unlock(&order);
    return wrote;
}

#define PWRITE(name, offset)                                                                                                                          \
    ssize_t name(int fd, const void* bytes, size_t size, offset at) {                                                                                 \
        REAL(ssize_t, name, (int, const void*, size_t, offset))                                                                                       \
        char path[4100];                                                                                                                               \
        const char* of;                                                                                                                                \
        bool is_folder;                                                                                                                                \
        const ino_t file = ours(fd, path, &of, &is_folder);                                                                                           \
        if (file == 0)                                                                                                                                 \
            return real(fd, bytes, size, at);                                                                                                          \
        pthread_mutex_lock(&order);                                                                                                                    \
        const ssize_t wrote = real(fd, bytes, size, at);                                                                                              \
        if (wrote > 0)                                                                                                                                 \
            note('W', file, at, bytes, (size_t)wrote, NULL, NULL);                                                                                     \
        pthread_mutex_unlock(&order);                                                                                                                  \
        return wrote;                                                                                                                                  \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define TRUNCATE(name, offset)                                                                                                                        \
    int name(int fd, offset size) {                                                                                                                    \
        REAL(int, name, (int, offset))                                                                                                                 \
        char path[4100];                                                                                                                               \
        const char* of;                                                                                                                                \
        bool is_folder;                                                                                                                                \
        const ino_t file = ours(fd, path, &of, &is_folder);                                                                                           \
        pthread_mutex_lock(&order);                                                                                                                    \
        const int done = real(fd, size);                                                                                                               \
        if (done == 0 && file != 0)                                                                                                                    \
            note('T', file, size, NULL, 0, NULL, NULL);                                                                                                \
        pthread_mutex_unlock(&order);                                                                                                                  \
        return done;                                                                                                                                   \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(name)                                                                                                                                    \
    int name(int fd) {                                                                                                                                 \
        REAL(int, name, (int))                                                                                                                         \
        char path[4100];                                                                                                                               \
        const char* of;                                                                                                                                \
        bool is_folder;                                                                                                                                \
        const ino_t file = ours(fd, path, &of, &is_folder);                                                                                           \
        if (file == 0)                                                                                                                                 \
            return real(fd);                                                                                                                           \
        pthread_mutex_lock(&order);                                                                                                                    \
        /* The disk itself need not work: what is on it is decided by what is written down here. */                                                   \
        if (++syncs != skipped)                                                                                                                        \
            note(is_folder ? 'D' : 'S', file, 0, NULL, 0, of, NULL);                                                                                   \
        pthread_mutex_unlock(&order);                                                                                                                  \
        return 0;                                                                                                                                      \
    }
SYNC(fsync)
SYNC(fdatasync)

/* A file that the call makes, or empties. */
static int opened(int fd, const char* name, bool was_there, int flags) {
    struct stat info;
    if (fd >= 0 && name != NULL && fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        if (!was_there)
            note('C', info.st_ino, 0, NULL, 0, name, NULL);
        else if ((flags & O_TRUNC) != 0)
            note('T', info.st_ino, 0, NULL, 0, NULL, NULL);
    }
    return fd;
}

#define OPEN(name, head, call)                                                                                                                        \
    {                                                                                                                                                  \
        int mode = 0;                                                                                                                                  \
        if ((flags & O_CREAT) != 0) {                                                                                                                  \
            va_list arguments;                                                                                                                         \
            va_start(arguments, flags);                                                                                                                \
            mode = va_arg(arguments, int);                                                                                                             \
            va_end(arguments);                                                                                                                         \
        }                                                                                                                                              \
        char whole[4100];                                                                                                                              \
        const char* of = (flags & (O_CREAT | O_TRUNC)) != 0 ? below(path, whole) : NULL;                                                              \
        pthread_mutex_lock(&order);                                                                                                                    \
        const bool was_there = of != NULL && access(path, F_OK) == 0;                                                                                 \
        const int fd = opened(call, of, was_there, flags);                                                                                             \
        pthread_mutex_unlock(&order);                                                                                                                  \
        return fd;                                                                                                                                     \
    }
int open(const char* path, int flags, ...) {
    REAL(int, open, (const char*, int, ...))
    OPEN(open, (path, flags), real(path, flags, mode))
}
int open64(const char* path, int flags, ...) {
    REAL(int, open64, (const char*, int, ...))
    OPEN(open64, (path, flags), real(path, flags, mode))
}

#define TWO_NAMES(call, kind)                                                                                                                         \
    int call(const char* from, const char* to) {                                                                                                       \
        REAL(int, call, (const char*, const char*))                                                                                                    \
        char one[4100], two[4100];                                                                                                                     \
        pthread_mutex_lock(&order);                                                                                                                    \
        const int done = real(from, to);                                                                                                               \
        const char* name = below(from, one);                                                                                                           \
        const char* other = below(to, two);                                                                                                            \
        if (done == 0 && name != NULL && other != NULL)                                                                                               \
            note(kind, 0, 0, NULL, 0, name, other);                                                                                                    \
        pthread_mutex_unlock(&order);                                                                                                                  \
        return done;                                                                                                                                   \
    }
TWO_NAMES(rename, 'R')
TWO_NAMES(link, 'L')

#define ONE_NAME(call, kind, parameters, arguments)                                                                                                   \
    int call parameters {                                                                                                                              \
        REAL(int, call, parameters)                                                                                                                    \
        char whole[4100];                                                                                                                              \
        pthread_mutex_lock(&order);                                                                                                                    \
        const int done = real arguments;                                                                                                               \
        const char* name = below(path, whole);                                                                                                         \
        if (done == 0 && name != NULL)                                                                                                                \
            note(kind, 0, 0, NULL, 0, name, NULL);                                                                                                     \
        pthread_mutex_unlock(&order);                                                                                                                  \
        return done;                                                                                                                                   \
    }
ONE_NAME(unlink, 'U', (const char* path), (path))
ONE_NAME(mkdir, 'M', (const char* path, mode_t mode), (path, mode))
