// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The first serial port (16550 at 0x3f8), polled, output only.
#ifndef QDPI_BAREMETAL_SERIAL_H
#define QDPI_BAREMETAL_SERIAL_H

void qdpi_serial_init(void);
void qdpi_serial_put(char character);

#endif
