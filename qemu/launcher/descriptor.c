// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The launcher's standard descriptors, used without waiting.

#include "descriptor.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <termios.h>

// O_NONBLOCK on a standard descriptor would change it for everybody who shares it, the user's shell
// included, so open a description of our own.
int qdpi_descriptor_without_waiting(int descriptor, int access, bool *owned)
{
    struct stat status;
    *owned = false;
    if (fstat(descriptor, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode))) {
        char path[32];
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
        const int own = open(path, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (own >= 0) {
            *owned = true;
            return own;
        }
    }
    return descriptor;
}

const char *qdpi_descriptor_line_end(int descriptor)
{
    struct termios mode;
    return tcgetattr(descriptor, &mode) == 0 && (mode.c_oflag & OPOST) == 0 ? "\r\n" : "\n";
}
