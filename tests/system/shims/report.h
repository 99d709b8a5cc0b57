/* How the shims report: lines appended to a file, written by the system call itself, so that no shim counts its own
 * writes or another shim's. */
#ifndef SPINE_SHIMS_REPORT_H
#define SPINE_SHIMS_REPORT_H

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Appends a line to the file that the environment variable names; does nothing when it is not set. */
__attribute__((format(printf, 2, 3))) static inline void report(const char* variable, const char* format, ...) {
    const char* path = getenv(variable);
    if (path == NULL)
        return;
    char line[4352];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    const long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0 || length < 0)
        return;
    const size_t size = (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
    if (syscall(SYS_write, fd, line, size) < 0)
        abort(); /* a test that cannot count would prove nothing */
    syscall(SYS_close, fd);
}

#endif
