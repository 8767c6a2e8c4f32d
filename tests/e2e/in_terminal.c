// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs a command at a terminal of its own: in_terminal [--deaf] COMMAND [ARGUMENT...]
//
// What comes on standard input is typed, and what the terminal shows goes to standard output; with
// --deaf nobody reads the terminal until the command has ended. Standard error stays what it is,
// and gets the terminal's name first, "terminal /dev/pts/N", and at the end "mode restored" or
// "mode changed". Exit status: the command's, 128 + N if signal N killed it, 125 for our own
// failures.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { OWN_FAILURE = 125, TICK_MS = 20, SIGNAL_BASE = 128 };

static int fail(const char *what)
{
    fprintf(stderr, "in_terminal: %s: %s\n", what, strerror(errno));
    return OWN_FAILURE;
}

static void become(int terminal, char **command)
{
    // Only its session's leader can make the terminal the controlling one.
    if (setsid() >= 0 && ioctl(terminal, TIOCSCTTY, 0) == 0 && dup2(terminal, 0) >= 0 &&
        dup2(terminal, 1) >= 0) {
        execvp(command[0], command);
    }
    _exit(fail(command[0]));
}

// Carries what is there. Returns false at the end of `from`, or when `to` fails.
static bool carry(int from, int to)
{
    char bytes[4096];
    const ssize_t length = read(from, bytes, sizeof bytes);
    return length > 0 && write(to, bytes, (size_t)length) == length;
}

static bool readable(int descriptor)
{
    struct pollfd polled = {.fd = descriptor, .events = POLLIN};
    return poll(&polled, 1, 0) > 0 && (polled.revents & POLLIN) != 0;
}

static int wait_for(pid_t child, int master, bool deaf)
{
    bool typing = true;
    int status;
    pid_t ended;
    while ((ended = waitpid(child, &status, WNOHANG)) == 0) {
        struct pollfd polled[] = {
            {.fd = typing ? STDIN_FILENO : -1, .events = POLLIN},
            {.fd = deaf ? -1 : master, .events = POLLIN},
        };
        poll(polled, 2, TICK_MS);
        if (polled[0].revents != 0) {
            typing = carry(STDIN_FILENO, master);
        }
        if ((polled[1].revents & POLLIN) != 0) {
            carry(master, STDOUT_FILENO);
        }
    }
    while (readable(master) && carry(master, STDOUT_FILENO)) {
    }
    if (ended < 0) {
        return fail("wait");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : SIGNAL_BASE + WTERMSIG(status);
}

static bool same_mode(const struct termios *one, const struct termios *other)
{
    return one->c_iflag == other->c_iflag && one->c_oflag == other->c_oflag &&
           one->c_lflag == other->c_lflag && one->c_cflag == other->c_cflag;
}

int main(int argc, char **argv)
{
    const bool deaf = argc > 1 && strcmp(argv[1], "--deaf") == 0;
    char **command = argv + (deaf ? 2 : 1);
    const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*command == NULL || master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        return fail("make a terminal for a command");
    }
    const int terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios before;
    if (terminal < 0 || tcgetattr(terminal, &before) != 0) {
        return fail(ptsname(master));
    }
    dprintf(STDERR_FILENO, "terminal %s\n", ptsname(master));
    const pid_t child = fork();
    if (child < 0) {
        return fail("fork");
    }
    if (child == 0) {
        become(terminal, command);
    }
    const int status = wait_for(child, master, deaf);
    struct termios after;
    const bool restored = tcgetattr(terminal, &after) == 0 && same_mode(&before, &after);
    dprintf(STDERR_FILENO, "mode %s\n", restored ? "restored" : "changed");
    return status;
}
