/* hold_lock FILE: takes the lock of a store as a spine process has it (the first ticket's byte, and its name beside it), says so with a line, and stops
 * itself as Ctrl-Z would. For process.sh. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)1 << 21, .l_len = 1};
    char holder[128] = "";
    const int file = argc == 2 ? open(argv[1], O_RDWR) : -1;
    snprintf(holder, sizeof holder, "process %d", (int)getpid());
    if (file < 0 || fcntl(file, F_OFD_SETLK, &range) != 0 || pwrite(file, holder, sizeof holder, 192) != (ssize_t)sizeof holder)
        return 2;
    puts("held");
    fflush(stdout);
    raise(SIGSTOP);
    pause();
    return 0;
}
