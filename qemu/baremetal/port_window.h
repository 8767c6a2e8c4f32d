// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The windows of the port between the device and guest memory: what no window shows, the device
// cannot touch. A driver opens them by doorbell.
#ifndef QDPI_BAREMETAL_PORT_WINDOW_H
#define QDPI_BAREMETAL_PORT_WINDOW_H

#include <stdint.h>

enum qdpi_port_window_layout {
#include "qdpi_window_layout.inc"
};

enum {
    QDPI_PORT_WINDOWS = 64,  // that a port can hold
};

void qdpi_port_window_close_all(void);

/// Open the `length` bytes from `address` for QDPI_WINDOW_COMMAND_READ, _WRITE or both, rounded
/// outwards to words of `bus_bytes`, a power of two: a device touches whole words of its bus.
void qdpi_port_window_open(uint64_t address, uint32_t length, uint32_t rights, uint32_t bus_bytes);

#endif
