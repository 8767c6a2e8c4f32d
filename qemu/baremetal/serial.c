// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "serial.h"

#include "io_port.h"

enum {
    SERIAL_BASE = 0x3f8,
    SERIAL_DATA = SERIAL_BASE,
    SERIAL_INTERRUPT_ENABLE = SERIAL_BASE + 1,
    SERIAL_FIFO_CONTROL = SERIAL_BASE + 2,
    SERIAL_LINE_CONTROL = SERIAL_BASE + 3,
    SERIAL_LINE_STATUS = SERIAL_BASE + 5,
    SERIAL_LINE_DIVISOR_ACCESS = 0x80,
    SERIAL_LINE_8N1 = 0x03,
    SERIAL_FIFO_ENABLE_AND_CLEAR = 0x07,
    SERIAL_STATUS_TRANSMITTER_EMPTY = 0x20,
    SERIAL_DIVISOR_115200 = 1,
};

void qdpi_serial_init(void)
{
    qdpi_port_write8(SERIAL_INTERRUPT_ENABLE, 0);
    qdpi_port_write8(SERIAL_LINE_CONTROL, SERIAL_LINE_DIVISOR_ACCESS);
    qdpi_port_write8(SERIAL_DATA, SERIAL_DIVISOR_115200);
    qdpi_port_write8(SERIAL_INTERRUPT_ENABLE, 0);
    qdpi_port_write8(SERIAL_LINE_CONTROL, SERIAL_LINE_8N1);
    qdpi_port_write8(SERIAL_FIFO_CONTROL, SERIAL_FIFO_ENABLE_AND_CLEAR);
}

void qdpi_serial_put(char character)
{
    while ((qdpi_port_read8(SERIAL_LINE_STATUS) & SERIAL_STATUS_TRANSMITTER_EMPTY) == 0) {
    }
    qdpi_port_write8(SERIAL_DATA, (uint8_t)character);
}
