// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// /dev/qdpi-doorbell.

#include "doorbell.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int qdpi_doorbell_open(void)
{
    const int file = open(QDPI_DOORBELL_DEVICE, O_WRONLY | O_CLOEXEC);
    return file < 0 ? -errno : file;
}

int qdpi_doorbell_ring(int file, const struct qdpi_doorbell *doorbell)
{
    const ssize_t written = write(file, doorbell, sizeof *doorbell);
    if (written == (ssize_t)sizeof *doorbell) {
        return 0;
    }
    return written < 0 ? -errno : -EIO;
}
