/* measure FILE COMMAND [ARGUMENT ...]: runs a command and appends one line to FILE when it has ended:
 *
 *   wall-seconds cpu-seconds peak-KiB exit-code
 *
 * CPU seconds and peak memory include the processes that the command waited for; the peak is that of the largest. The exit
 * code is the command's, or 128 + the signal that ended it. Small and in C, so that its own memory is never the peak. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

int main(int count, char** arguments) {
    if (count < 3) {
        fputs("usage: measure FILE COMMAND [ARGUMENT ...]\n", stderr);
        return 2;
    }
    struct timespec begin;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    const pid_t child = fork();
    if (child < 0) {
        perror("fork");
        return 125;
    }
    if (child == 0) {
        execvp(arguments[2], arguments + 2);
        perror(arguments[2]);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) < 0) {
        perror("wait4");
        return 125;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    FILE* file = fopen(arguments[1], "a");
    if (file == NULL) {
        perror(arguments[1]);
        return 125;
    }
    const double wall = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    fprintf(file, "%.6f %.6f %ld %d\n", wall, seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss, code);
    if (fclose(file) != 0) {
        perror(arguments[1]);
        return 125;
    }
    return code;
}
