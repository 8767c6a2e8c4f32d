// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "port_window.h"

#include "doorbell.h"
#include "test_layout.h"

static void ring(enum qdpi_port_window_layout number, uint64_t value)
{
    qdpi_doorbell_ring(QDPI_TEST_DOORBELL_WINDOWS + (uint32_t)number, value);
}

void qdpi_port_window_close_all(void)
{
    ring(QDPI_WINDOW_REG_COMMAND, QDPI_WINDOW_COMMAND_CLOSE_ALL);
}

void qdpi_port_window_open(uint64_t address, uint32_t length, uint32_t rights, uint32_t bus_bytes)
{
    uint64_t lanes = bus_bytes - 1;
    ring(QDPI_WINDOW_REG_FIRST, address & ~lanes);
    ring(QDPI_WINDOW_REG_LAST, (address + length - 1) | lanes);
    ring(QDPI_WINDOW_REG_COMMAND, rights);
}
