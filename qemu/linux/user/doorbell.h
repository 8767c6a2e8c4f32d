// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// /dev/qdpi-doorbell: rings a doorbell of the RTL, or of the testbench.

#ifndef QDPI_USER_DOORBELL_H_
#define QDPI_USER_DOORBELL_H_

#include <stdint.h>

#define QDPI_DOORBELL_DEVICE "/dev/qdpi-doorbell"

// What one write(2) to the device takes.
struct qdpi_doorbell {
    uint32_t index;
    uint32_t zero;
    uint64_t value;
};

// A descriptor to close, or the negative errno.
int qdpi_doorbell_open(void);

// 0, or the negative errno.
int qdpi_doorbell_ring(int file, const struct qdpi_doorbell *doorbell);

#endif  // QDPI_USER_DOORBELL_H_
